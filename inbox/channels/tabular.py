"""Files of messages: XLSX, CSV (UTF-8 or GB18030) and JSONL, read into rows of plain text, whatever is in them."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from inbox.errors import FileRefused
from inbox.wording import clean_text

MAX_FILE_BYTES = 30_000_000
MAX_UNPACKED_BYTES = 300_000_000
MAX_ROWS = 50_000
MAX_COLUMNS = 500

FIELDS = (
    "external_id",
    "title",
    "text",
    "author_name",
    "author_ref",
    "contact",
    "place",
    "posted_at",
    "received_at",
)
"""What a column can be mapped to; every other column is kept in the raw record only."""

COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "external_id": (
        "external_id",
        "id",
        "message_id",
        "留言编号",
        "编号",
        "序号",
        "评论id",
        "留言id",
        "工单编号",
    ),
    "title": ("title", "subject", "标题", "主题", "留言主题", "题目"),
    "text": (
        "text",
        "content",
        "body",
        "comment",
        "message",
        "内容",
        "正文",
        "留言内容",
        "留言详情",
        "评论内容",
        "诉求内容",
        "评论",
    ),
    "author_name": (
        "author_name",
        "author",
        "name",
        "nickname",
        "昵称",
        "姓名",
        "留言人",
        "网友",
        "用户昵称",
        "留言用户",
    ),
    "author_ref": ("author_ref", "author_id", "user_id", "openid", "用户编号", "用户id"),
    "contact": ("contact", "phone", "mobile", "联系方式", "电话", "手机", "联系电话", "手机号"),
    "place": ("place", "address", "location", "地点", "地址", "事发地点"),
    "posted_at": (
        "posted_at",
        "received_at",
        "created_at",
        "time",
        "date",
        "留言时间",
        "时间",
        "发布时间",
        "评论时间",
        "来信时间",
        "提交时间",
    ),
}
"""Column names that are recognised by themselves. A time is when the citizen wrote; the clock starts at import."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `number` is the line a person sees in the file, the header being line 1."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A file's columns and rows; `encoding` tells how a text file was read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    kind: str
    encoding: str | None = None


def read_table(content: bytes, file_name: str) -> Table:
    """Read a file by what it is, not by what it is called; raise FileRefused with the reason in words."""
    if not content.strip():
        raise FileRefused("empty_file", file=file_name)
    if len(content) > MAX_FILE_BYTES:
        raise FileRefused("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
    if content.startswith(b"PK"):
        return _read_workbook(content, file_name)
    if content.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x7fELF", b"\x1f\x8b")) or b"\0" in content[:4096]:
        raise FileRefused("not_a_table", file=file_name)
    text, encoding = _decode(content, file_name)
    if (records := _json_list(text)) is not None:
        return _records(enumerate(records, start=1), encoding)
    return _read_jsonl(text, encoding) if _looks_like_json(text) else _read_csv(text, encoding, file_name)


def guess_mapping(columns: Sequence[str]) -> dict[str, str]:
    """Return column → field for the names that are known, in Chinese and English; each field at most once."""
    by_name = {_plain(name): field for field, names in COLUMN_NAMES.items() for name in names}
    guessed: dict[str, str] = {}
    for column in columns:
        field = by_name.get(_plain(column))
        if field and field not in guessed.values():
            guessed[column] = field
    return guessed


def check_mapping(mapping: Mapping[str, str], columns: Sequence[str]) -> None:
    """Raise FileRefused unless the mapping names known columns and fields and says where the text is."""
    for column, field in mapping.items():
        if column not in columns:
            raise FileRefused("unknown_column", column=column, columns=", ".join(columns[:20]))
        if field not in FIELDS:
            raise FileRefused("unknown_field", field=field, fields=", ".join(FIELDS))
    if "text" not in mapping.values() and "title" not in mapping.values():
        raise FileRefused("no_text_column", columns=", ".join(columns[:20]))


def read_sheets(content: bytes, file_name: str) -> dict[str, list[dict[str, str]]]:
    """Return a workbook's rows by sheet name, each as column → text; raise FileRefused with the reason in words."""
    if len(content) > MAX_FILE_BYTES:
        raise FileRefused("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
    found = {}
    for name, lines in _sheets(content, file_name):
        table = _table(([_cell(value) for value in line] for line in lines), "xlsx", None)
        found[name] = [dict(row.values) for row in table.rows]
    return found


def _read_workbook(content: bytes, file_name: str) -> Table:
    lines = next((rows for _, rows in _sheets(content, file_name) if rows), [])
    return _table(([_cell(value) for value in line] for line in lines), "xlsx", None)


def _sheets(content: bytes, file_name: str) -> list[tuple[str, list[list[Any]]]]:
    """Return the sheets of a workbook that have rows, with the size checked before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise FileRefused("file_too_large", limit=MAX_FILE_BYTES // 1_000_000)
        if not any(name.startswith("xl/") for name in names):
            raise FileRefused("not_a_workbook", file=file_name)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            (name, rows)
            for name in workbook.sheet_names
            if (rows := workbook.get_sheet_by_name(name).to_python(skip_empty_area=False))
        ]
    except (zipfile.BadZipFile, CalamineError, EOFError, OSError, ValueError) as error:
        raise FileRefused("not_a_workbook", file=file_name) from error


def _read_csv(text: str, encoding: str, file_name: str) -> Table:
    csv.field_size_limit(10_000_000)
    first = text.split("\n", 1)[0]
    delimiter = max((",", "\t", ";"), key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise FileRefused("not_a_table", file=file_name) from error
    return _table(lines, "csv", encoding)


def _read_jsonl(text: str, encoding: str) -> Table:
    return _records(_json_lines(text), encoding)


def _json_list(text: str) -> list[Any] | None:
    """Return the records of a file that is one JSON list; None for any other file."""
    if not text.lstrip().startswith("["):
        return None
    try:
        records = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return records if isinstance(records, list) and records else None


def _json_lines(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise FileRefused("json_line", line=number, error=str(error)[:120]) from error


def _records(records: Iterable[tuple[int, Any]], encoding: str) -> Table:
    rows: list[Row] = []
    columns: dict[str, None] = {}
    for number, record in records:
        if not isinstance(record, dict):
            raise FileRefused("json_line", line=number, error="not an object")
        values = {clean_text(key): _cell(value) for key, value in record.items()}
        columns.update(dict.fromkeys(values))
        rows.append(Row(number, values))
        _check_size(len(rows), len(columns))
    return Table(tuple(columns), tuple(rows), "jsonl", encoding)


def _table(lines: Any, kind: str, encoding: str | None) -> Table:
    """Take the first line with two filled cells as the header (a merged title above it is passed over)."""
    numbered: Iterator[tuple[int, list[str]]] = enumerate(lines, start=1)
    header: list[str] = []
    rows: list[Row] = []
    for number, line in numbered:
        filled = [cell for cell in line if cell.strip()]
        if not header:
            if len(filled) > 1 or (filled and guess_mapping([c.strip() for c in line])):
                header = _unique_names([cell.strip() for cell in line])
                _check_size(0, len(header))
            continue
        if filled:
            rows.append(Row(number, dict(zip(header, line, strict=False))))
            _check_size(len(rows), len(header))
    if not header:
        raise FileRefused("no_header")
    return Table(tuple(name for name in header if name), tuple(rows), kind, encoding)


def _unique_names(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        label = clean_text(name) or f"column {position}"
        seen[label] = seen.get(label, 0) + 1
        unique.append(label if seen[label] == 1 else f"{label} ({seen[label]})")
    return unique


def _check_size(rows: int, columns: int) -> None:
    if rows > MAX_ROWS:
        raise FileRefused("too_many_rows", limit=MAX_ROWS)
    if columns > MAX_COLUMNS:
        raise FileRefused("too_many_columns", limit=MAX_COLUMNS)


def _decode(content: bytes, file_name: str) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), "UTF-8" if encoding.startswith("utf") else "GB18030"
        except UnicodeDecodeError:
            continue
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            pass
    raise FileRefused("unknown_encoding", file=file_name)


def _looks_like_json(text: str) -> bool:
    return text.lstrip().startswith("{")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, list):
        return "\n".join(_cell(part) for part in value)
    return value if isinstance(value, str) else str(value)


def _plain(name: str) -> str:
    return name.strip().strip("\ufeff").lower().replace(" ", "_")
