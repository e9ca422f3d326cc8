"""Standard answers in and out for programs: the whole base as JSON, and a file of answers taken in for review."""

from flask import Response

from inbox.models import TaskKind
from inbox.outbox import add_tasks
from knowledge_base.articles import Provenance
from knowledge_base.import_plan import RowFate
from knowledge_base.imports import begin_step, import_view, store_import
from knowledge_base.models import ArticleImportState
from knowledge_base.queries import ArticleFilter
from routing.models import Role
from web.api.routes import ARTICLES, answer, api, gives
from web.api.schemas.article_files import (
    ArticleImport,
    ArticleImportPath,
    ArticleImportPreview,
    ExportQuery,
    GivenFile,
    RefusedRow,
)
from web.article_files import FileKind, export_answers, plan_file
from web.article_row_errors import article_row_error
from web.context import current_session, now, the_officer, today
from web.guards import reads_only, with_token

_NAME = "api.json"


@api.get("/articles/export", tags=[ARTICLES], responses=gives(None))
@with_token(Role.EDITOR)
def export_articles(query: ExportQuery) -> Response:
    """Send the answers of a list as a JSON list that can be taken in again."""
    content = export_answers(
        current_session(),
        ArticleFilter(work_list=query.work_list),
        FileKind.JSON,
        today=today(),
        english=True,
    )
    return Response(content, mimetype="application/json", headers={"Cache-Control": "private, no-store"})


@api.post("/article-imports/preview", tags=[ARTICLES], responses=gives(ArticleImportPreview, 422))
@with_token(Role.EDITOR)
@reads_only
def preview_article_import(body: GivenFile) -> Response:
    """Say what answers would do: add, change, leave untouched or be refused; nothing is taken in."""
    plan = plan_file(current_session(), body.as_file(), _NAME)
    refused = [
        RefusedRow(line=row.line, reason=row.reason, text=article_row_error(row.reason, row.params or {}))
        for row in plan.of(RowFate.REFUSED)
    ]
    return answer(ArticleImportPreview(counts=plan.counts, refused=refused))


@api.post("/article-imports", tags=[ARTICLES], responses=gives(ArticleImport, 422, status=201))
@with_token(Role.EDITOR)
def start_article_import(body: GivenFile) -> Response:
    """Take answers in; they wait for review by another editor. What is refused is left out."""
    session, officer_id, content = current_session(), the_officer().id, body.as_file()
    plan_file(session, content, _NAME)
    origin = Provenance(body.source, body.version, body.licence)
    upload = store_import(session, _NAME, content, origin, officer_id=officer_id, now=now())
    import_id = upload.id or 0
    begin_step(session, import_id, ArticleImportState.WAITING, officer_id=officer_id)
    add_tasks(session, TaskKind.ARTICLES, [import_id], now=now())
    return answer(ArticleImport.model_validate(import_view(session, import_id)), 201)


@api.get("/article-imports/<int:import_id>", tags=[ARTICLES], responses=gives(ArticleImport, 404))
@with_token(Role.EDITOR)
def show_article_import(path: ArticleImportPath) -> Response:
    """Say how far an import of answers is."""
    return answer(ArticleImport.model_validate(import_view(current_session(), path.import_id)))
