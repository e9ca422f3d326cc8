"""`minhu kb import` and `minhu kb export`: standard answers from a file and into one."""

import json
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from inbox.errors import FileRefused
from knowledge_base.articles import Provenance
from knowledge_base.errors import RowRefused
from knowledge_base.import_plan import Plan, RowFate
from knowledge_base.imports import begin_step, store_import
from knowledge_base.models import ArticleImportState
from knowledge_base.queries import ArticleFilter, ArticleList
from routing.officers import officer_by_login
from web.article_files import FileKind, export_answers, plan_file
from web.article_imports import run_step
from web.article_row_errors import article_row_error
from web.cli.entry import read_settings, say_error
from web.cli.language import _, shared
from web.runtime import Runtime, running, utc_now

MISUSED, UNREADABLE = 2, 4
"""Exit status: options do not fit; the file cannot be read."""

ERRORS_SHOWN = 20


def import_answers(
    file: Annotated[
        Path, typer.Argument(help="XLSX, CSV (UTF-8 or GB18030) or JSON.", exists=True, dir_okay=False)
    ],
    by: Annotated[str, typer.Option(help="Login of the editor who takes the file in.")],
    source: Annotated[str, typer.Option(help="Where the answers come from.")] = "",
    version: Annotated[str, typer.Option(help="Version of the source.")] = "",
    licence: Annotated[str, typer.Option(help="What may be done with them.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what the file would do.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as one line of JSON.")] = False,
) -> None:
    """Take standard answers in from a file; they wait for review by another editor. Twice changes nothing.

    Exit status: 0 done; 2 no such editor; 4 the file cannot be read.
    """
    content = file.read_bytes()
    with running(read_settings()) as runtime:
        plan = _plan(runtime, content, file.name)
        counts = plan.counts
        if not dry_run:
            counts = _take(runtime, content, file.name, Provenance(source, version, licence), by)
    if as_json:
        typer.echo(json.dumps(counts))
        return
    typer.echo(" · ".join(f"{name} {number}" for name, number in counts.items()))
    for row in plan.of(RowFate.REFUSED)[:ERRORS_SHOWN]:
        reason = article_row_error(row.reason, row.params or {}, shared)
        typer.echo(_("Line %(line)s: %(reason)s", line=row.line, reason=reason), err=True)
    if not dry_run:
        typer.echo(_("The answers wait for review; another editor publishes them on the page of the import."))


def export_file(
    out: Annotated[Path, typer.Argument(help="A file that ends in .xlsx, .csv or .json.", dir_okay=False)],
    work_list: Annotated[ArticleList, typer.Option("--list", help="Which articles.")] = ArticleList.PUBLISHED,
    encoding: Annotated[str, typer.Option(help="Of a CSV: utf-8-sig or gb18030.")] = "utf-8-sig",
) -> None:
    """Write the standard answers to a file that can be read in again."""
    ending = out.suffix.lstrip(".").lower()
    if ending not in set(FileKind) or encoding not in ("utf-8-sig", "utf-8", "gb18030"):
        raise typer.BadParameter("out ends in .xlsx, .csv or .json; encoding is utf-8-sig, utf-8 or gb18030")
    settings = read_settings()
    with running(settings) as runtime, runtime.database.reading() as session:
        today = utc_now().astimezone(ZoneInfo(settings.time_zone)).date()
        criteria = ArticleFilter(work_list=work_list)
        out.write_bytes(
            export_answers(session, criteria, FileKind(ending), today=today, english=False, encoding=encoding)
        )
    typer.echo(str(out))


def _plan(runtime: Runtime, content: bytes, name: str) -> Plan:
    try:
        with runtime.database.reading() as session:
            return plan_file(session, content, name)
    except (FileRefused, RowRefused) as refused:
        say_error(f"{name}: {refused}")
        raise typer.Exit(UNREADABLE) from refused


def _take(runtime: Runtime, content: bytes, name: str, origin: Provenance, login: str) -> dict[str, int]:
    with runtime.database.transaction() as session:
        officer = officer_by_login(session, login)
        if officer is None:
            say_error(_("No officer has the login %(login)s. Nothing was taken in.", login=login))
            raise typer.Exit(MISUSED)
        upload = store_import(session, name, content, origin, officer_id=officer.id, now=utc_now())
        import_id = upload.id or 0
        begin_step(session, import_id, ArticleImportState.WAITING, officer_id=officer.id)
    return run_step(runtime.database, import_id, clock=utc_now, pulse=lambda: None).counts
