"""Files of standard answers: read from XLSX, CSV and JSON, written to each; no cell is ever computed."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlmodel import Session

from inbox.channels.tabular import read_table
from inbox.channels.workbook import write_workbook
from knowledge_base.exchange import FIELDS, Vocabulary, written
from knowledge_base.import_plan import Plan, plan_import
from knowledge_base.queries import ArticleFilter, Exported, articles_to_export
from routing.departments import all_departments
from routing.models import DepartmentKind
from web.downloads import write_csv

_NEUTRAL = re.compile(r"^'(?='*[=+\-@\t\r])")


class FileKind(StrEnum):
    """What a file of answers can be written as."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class FileRows:
    """A file as lines and cells."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read_rows(content: bytes, file_name: str) -> FileRows:
    """Read a file; the quote that keeps a cell of a CSV from being a formula is taken off. Raises FileRefused."""
    table = read_table(content, file_name)
    if table.kind != "csv":
        return FileRows(table.columns, tuple((row.number, row.values) for row in table.rows))
    return FileRows(
        table.columns,
        tuple(
            (row.number, {name: _NEUTRAL.sub("", value) for name, value in row.values.items()})
            for row in table.rows
        ),
    )


def plan_file(session: Session, content: bytes, file_name: str) -> Plan:
    """Say what a file would do. Raises FileRefused, RowRefused."""
    file = read_rows(content, file_name)
    return plan_import(session, file.rows, file.columns, vocabulary(session))


def vocabulary(session: Session) -> Vocabulary:
    """Return what departments and towns are called in files: by code, by name, in either language."""
    units = all_departments(session)
    towns = [unit for unit in units if unit.kind == DepartmentKind.TOWN]
    owners, regions = (
        {name: unit.code for unit in some for name in (unit.code, unit.name, unit.name_en) if name}
        for some in (units, towns)
    )
    return Vocabulary(owners, regions)


def export_answers(
    session: Session,
    criteria: ArticleFilter,
    kind: FileKind,
    *,
    today: date,
    english: bool,
    encoding: str = "utf-8-sig",
) -> bytes:
    """Write the articles that a list holds; read in again it changes nothing."""
    names = {unit.code: unit.name for unit in all_departments(session, include_closed=True)}
    rows = [_cells(one, names) for one in articles_to_export(session, criteria, today=today)]
    heads = [known[1 if english else 0] for known in FIELDS.values()]
    if kind is FileKind.JSON:
        return _json(rows)
    cells = [[row.get(name, "") for name in FIELDS] for row in rows]
    if kind is FileKind.CSV:
        return write_csv(heads, cells, encoding=encoding)
    return write_workbook("answers" if english else "标准答复", heads, cells)


def _cells(one: Exported, names: Mapping[str, str]) -> dict[str, str]:
    content = one.content
    cells = written(
        content,
        key=one.key,
        topic=one.topic or "",
        owner=names.get(content.owner_code or "", content.owner_code or ""),
        region=names.get(content.region or "", content.region or ""),
    )
    origin = {"source": one.source, "version": one.version, "licence": one.licence}
    return {**cells, "topic_parent": one.topic_parent or "", **origin}


def _json(rows: Sequence[Mapping[str, str]]) -> bytes:
    lists = ("phrasings", "basis")
    records = [
        {name: row.get(name, "").splitlines() if name in lists else row.get(name, "") for name in FIELDS}
        for row in rows
    ]
    return json.dumps(records, ensure_ascii=False, indent=1).encode()
