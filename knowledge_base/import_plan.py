"""What a file of articles would do: add, change, leave untouched, or refuse with a reason; nothing is written here."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlmodel import Session, col

from knowledge_base.content import ArticleContent
from knowledge_base.engine.normalise import plain
from knowledge_base.errors import InvalidArticle, RowRefused
from knowledge_base.exchange import GivenRow, Vocabulary, read_row, recognise, refused_by
from knowledge_base.models import Article, ArticleImportChange, ArticleRevision, Topic
from knowledge_base.revisions import FieldDifference, compare_contents

_AT_ONCE = 500


class RowFate(StrEnum):
    """What becomes of a row."""

    ADDED = "added"
    CHANGED = "changed"
    UNTOUCHED = "untouched"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NewTopic:
    """A topic that a row names and that does not exist yet."""

    code: str
    name: str
    parent_code: str | None


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row and what becomes of it; a refused row keeps its values, to be corrected."""

    line: int
    fate: RowFate
    key: str
    question: str
    content: ArticleContent | None = None
    before: ArticleContent | None = None
    article_id: int | None = None
    revision: int = 0
    topics: tuple[NewTopic, ...] = ()
    source: Mapping[str, str] | None = None
    reason: str = ""
    params: Mapping[str, object] | None = None
    values: Mapping[str, str] | None = None

    @property
    def differences(self) -> list[FieldDifference]:
        """Return what a changed article would say differently."""
        return compare_contents(self.before, self.content) if self.before and self.content else []


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do, row by row; `columns` says which column was taken for what."""

    rows: tuple[PlannedRow, ...]
    columns: Mapping[str, str]

    def of(self, fate: RowFate) -> list[PlannedRow]:
        """Return the rows that have this fate."""
        return [row for row in self.rows if row.fate is fate]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many rows have which fate."""
        return {"received": len(self.rows)} | {fate.value: len(self.of(fate)) for fate in RowFate}


@dataclass(frozen=True, slots=True)
class _Known:
    article: Article
    newest: ArticleContent
    by_import: bool


@dataclass(frozen=True, slots=True)
class _Tree:
    """The topics that exist and those that the file brings: by code and name, and who stands below whom."""

    codes: dict[str, str]
    parents: dict[str, str | None]
    new: dict[str, NewTopic]

    def chain(self, code: str) -> list[str]:
        """Return a topic and all above it; one that stands below itself comes twice."""
        found = [code]
        while (above := self.parents.get(found[-1])) is not None:
            found.append(above)
            if found.count(above) > 1:
                break
        return found


def plan_import(
    session: Session,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    columns: Sequence[str],
    words: Vocabulary,
) -> Plan:
    """Say what a table of (line, values) would do. Raises RowRefused when no column holds question or answer."""
    known_columns = recognise(columns)
    for needed in ("question", "answer"):
        if needed not in known_columns.values():
            raise RowRefused("no_column", field=needed, columns=", ".join(columns[:20]))
    read: list[GivenRow | PlannedRow] = []
    for line, values in rows:
        try:
            read.append(read_row(line, values, known_columns, words))
        except RowRefused as refused:
            read.append(_refused(line, values, refused))
    given = [row for row in read if isinstance(row, GivenRow)]
    tree, known = _tree(session, given), _known(session, given)
    seen: dict[str, int] = {}
    planned = [row if isinstance(row, PlannedRow) else _planned(row, tree, known, seen) for row in read]
    return Plan(tuple(planned), known_columns)


def _planned(row: GivenRow, tree: _Tree, known: Mapping[str, _Known], seen: dict[str, int]) -> PlannedRow:
    question = str(row.fields.get("question", ""))
    try:
        _refuse_repeats(row, question, seen)
        code, topics = _topic(row, tree)
        found = known.get(f"key {row.key}") if row.key else known.get(f"question {question}")
        content = row.content(found.newest if found else None, code)
    except RowRefused as refused:
        return _refused(row.line, row.values, refused)
    except InvalidArticle as invalid:
        return _refused(row.line, row.values, refused_by(invalid))
    if found is None:
        key = row.key or f"q-{hashlib.sha256(plain(question).encode()).hexdigest()[:16]}"
        return PlannedRow(
            row.line, RowFate.ADDED, key, content.question, content, topics=topics, source=row.source
        )
    if content == found.newest:
        return PlannedRow(row.line, RowFate.UNTOUCHED, found.article.key, content.question)
    if found.article.pending is not None and not found.by_import:
        return _refused(row.line, row.values, RowRefused("change_waiting", key=found.article.key))
    return PlannedRow(
        row.line,
        RowFate.CHANGED,
        found.article.key,
        content.question,
        content,
        before=found.newest,
        article_id=found.article.id,
        revision=found.article.revision,
        topics=topics,
        source=row.source,
    )


def _refuse_repeats(row: GivenRow, question: str, seen: dict[str, int]) -> None:
    """Refuse a second row with the same key, or with the same question."""
    for name in filter(None, (row.key and f"key {row.key}", f"question {plain(question)}")):
        if name in seen:
            raise RowRefused("repeated", line=seen[name])
    if row.key:
        seen[f"key {row.key}"] = row.line
    seen[f"question {plain(question)}"] = row.line


def _refused(line: int, values: Mapping[str, str], refused: RowRefused) -> PlannedRow:
    beginning = next((value for value in values.values() if value.strip()), "")[:80]
    return PlannedRow(
        line,
        RowFate.REFUSED,
        "",
        beginning,
        reason=refused.reason,
        params=refused.params,
        values=values,
    )


def _topic(row: GivenRow, tree: _Tree) -> tuple[str | None, tuple[NewTopic, ...]]:
    """Return the code of a row's topic and the topics to make for it, upper ones first."""
    if not row.topic:
        return None, ()
    code = tree.codes[row.topic]
    chain = tree.chain(code)
    if len(set(chain)) < len(chain):
        names = {topic_code: name for name, topic_code in tree.codes.items() if name != topic_code}
        raise RowRefused(
            "topic_cycle", chain=" > ".join(names.get(above, above) for above in reversed(chain))
        )
    return code, tuple(tree.new[above] for above in reversed(chain) if above in tree.new)


def _tree(session: Session, rows: Sequence[GivenRow]) -> _Tree:
    topics = session.execute(
        select(col(Topic.id), col(Topic.code), col(Topic.name), col(Topic.parent_id))
    ).all()
    by_id = {topic.id: topic.code for topic in topics}
    parents: dict[str, str | None] = {topic.code: by_id.get(topic.parent_id) for topic in topics}
    codes = {topic.name: topic.code for topic in topics} | {topic.code: topic.code for topic in topics}
    tree = _Tree(codes, parents, {})
    for row in rows:
        for name in filter(None, (row.topic_parent, row.topic)):
            if name not in codes:
                codes[name] = f"t-{hashlib.sha256(name.encode()).hexdigest()[:12]}"
        if row.topic and row.topic_parent and codes[row.topic] not in by_id.values():
            parents.setdefault(codes[row.topic], codes[row.topic_parent])
    for name, code in codes.items():
        if code not in by_id.values():
            parents.setdefault(code, None)
            tree.new[code] = NewTopic(code, name[:100], parents[code])
    return tree


def _known(session: Session, rows: Sequence[GivenRow]) -> dict[str, _Known]:
    """Return the articles that rows name, by key or, for rows without one, by question."""
    keys = [row.key for row in rows if row.key]
    questions = [str(row.fields.get("question", "")) for row in rows if not row.key]
    articles: dict[str, Article] = {}
    for chunk in _chunks(keys):
        found = session.scalars(select(Article).where(col(Article.key).in_(chunk)))
        articles |= {f"key {article.key}": article for article in found}
    for chunk in _chunks(questions):
        found = session.scalars(
            select(Article).where(col(Article.question).in_(chunk)).order_by(col(Article.id).desc())
        )
        articles |= {f"question {article.question}": article for article in found}
    contents = _newest(session, [article.id or 0 for article in articles.values()])
    return {
        name: _as_known(article, contents) for name, article in articles.items() if article.id in contents
    }


def _as_known(article: Article, contents: Mapping[int, tuple[ArticleContent, bool]]) -> _Known:
    """Return an article with its newest content, and whether an import wrote that."""
    content, by_import = contents[article.id or 0]
    return _Known(article, content, by_import)


def _newest(session: Session, ids: Sequence[int]) -> dict[int, tuple[ArticleContent, bool]]:
    contents: dict[int, tuple[ArticleContent, bool]] = {}
    for chunk in _chunks(ids):
        rows = session.execute(
            select(
                col(Article.id), col(ArticleRevision.content), col(ArticleImportChange.id).label("imported")
            )
            .join(ArticleRevision, col(ArticleRevision.article_id) == col(Article.id))
            .outerjoin(
                ArticleImportChange,
                (col(ArticleImportChange.article_id) == col(Article.id))
                & (col(ArticleImportChange.after_revision) == col(Article.revision)),
            )
            .where(col(Article.id).in_(chunk), col(ArticleRevision.number) == col(Article.revision))
        )
        for ident, content, imported in rows:
            contents[ident] = (ArticleContent.from_json(content).checked(), imported is not None)
    return contents


def _chunks(values: Sequence[object]) -> Iterator[Sequence[object]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
