"""Files of messages: read by what they are, whatever they are called and whatever is in them."""

import io
import json
import zipfile
from contextlib import suppress
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.channels.tabular import (
    COLUMN_NAMES,
    FIELDS,
    MAX_COLUMNS,
    MAX_ROWS,
    check_mapping,
    guess_mapping,
    read_table,
)
from inbox.channels.workbook import write_workbook
from inbox.errors import FileRefused
from inbox.wording import clean_text

HEAD = ("编号", "标题", "内容", "来信时间")
ROW = ("1", "路灯不亮", "人民路路灯坏了三天", "2026-11-18 09:30")


def workbook(*rows: Any, merge: str | None = None) -> bytes:
    """Make a spreadsheet as people do."""
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(row)
    if merge:
        page.merge_cells(merge)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def csv_bytes(*rows: Any, encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


@pytest.mark.parametrize(
    ("content", "kind", "encoding"),
    [
        (workbook(HEAD, ROW), "xlsx", None),
        (csv_bytes(HEAD, ROW), "csv", "UTF-8"),
        (csv_bytes(HEAD, ROW, encoding="utf-8-sig"), "csv", "UTF-8"),
        (csv_bytes(HEAD, ROW, encoding="gb18030"), "csv", "GB18030"),
        (csv_bytes(HEAD, ROW, delimiter="\t"), "csv", "UTF-8"),
        (csv_bytes(HEAD, ROW, delimiter=";"), "csv", "UTF-8"),
        (json.dumps(dict(zip(HEAD, ROW, strict=True)), ensure_ascii=False).encode(), "jsonl", "UTF-8"),
    ],
)
@pytest.mark.parametrize("name", ["messages.xlsx", "messages.csv", "messages", "留言.doc"])
def test_every_kind_is_recognised_by_its_content(
    content: bytes, kind: str, encoding: str | None, name: str
) -> None:
    table = read_table(content, name)

    assert (table.kind, table.encoding) == (kind, encoding)
    assert table.columns == HEAD
    assert tuple(table.rows[0].values.values()) == ROW
    assert guess_mapping(table.columns) == {
        "编号": "external_id",
        "标题": "title",
        "内容": "text",
        "来信时间": "posted_at",
    }


def test_a_merged_title_above_the_header_is_passed_over() -> None:
    table = read_table(workbook(("热线留言汇总表", None, None, None), HEAD, ROW, merge="A1:D1"), "x.xlsx")

    assert table.columns == HEAD
    assert table.rows[0].number == 3


def test_merged_cells_in_a_column_leave_the_lower_rows_empty() -> None:
    table = read_table(workbook(HEAD, ROW, ("2", None, None, None), merge="C2:C3"), "x.xlsx")

    assert table.rows[1].values["内容"] == ""


def test_two_hundred_columns_are_read_and_too_many_are_refused() -> None:
    names = [f"列{number}" for number in range(199)]

    table = read_table(workbook([*names, "内容"], [*(["x"] * 199), "路灯坏了"]), "x.xlsx")

    assert len(table.columns) == 200
    assert guess_mapping(table.columns) == {"内容": "text"}
    with pytest.raises(FileRefused, match="too_many_columns"):
        read_table(csv_bytes([f"c{n}" for n in range(MAX_COLUMNS + 1)]), "x.csv")


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(FileRefused, match="too_many_rows"):
        read_table(b"a,text\n" + b"1,x\n" * (MAX_ROWS + 1), "x.csv")


def _zip(names: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in names.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b" \n\r\n ", "empty_file"),
        (_zip({"readme.txt": b"hello"}), "not_a_workbook"),
        (_zip({"xl/workbook.xml": b"<broken"}), "not_a_workbook"),
        (b"PK\x03\x04" + b"\x00" * 100, "not_a_workbook"),
        (workbook(HEAD, ROW)[:2000], "not_a_workbook"),
        (b"%PDF-1.7 text", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00", "not_a_table"),
        (b"a,text\n\x81\xff,x\n", "unknown_encoding"),
        (b'{"text": "x"}\n{broken\n', "json_line"),
        (b'{"text": "x"}\n[1]\n', "json_line"),
        (b"{" * 50_000, "json_line"),
        (b"just one line of words\n", "no_header"),
        (b",,,\n,,\n", "no_header"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_table(content, "messages.xlsx")

    assert refused.value.reason == reason


def test_a_workbook_that_would_unpack_to_gigabytes_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 301_000_000)

    with pytest.raises(FileRefused, match="file_too_large"):
        read_table(buffer.getvalue(), "bomb.xlsx")


def test_half_characters_of_a_json_file_do_not_stop_it() -> None:
    table = read_table(b'{"id": "1", "text": "\\u8def\\u706f\\ud83d"}\n', "x.jsonl")

    assert table.rows[0].values["text"] == "路灯\ud83d"


def test_quoted_cells_keep_their_line_breaks_and_lines_are_counted_as_records() -> None:
    table = read_table('id,text\n1,"第一行\n第二行"\n2,x\n'.encode(), "x.csv")

    assert table.rows[0].values["text"] == "第一行\n第二行"
    assert [row.number for row in table.rows] == [2, 3]


def test_numbers_and_dates_of_a_spreadsheet_become_plain_text() -> None:
    written = datetime.fromisoformat("2026-11-18T09:30:00")

    table = read_table(workbook(HEAD, (20261118.0, True, 3.5, written)), "x.xlsx")

    assert tuple(table.rows[0].values.values()) == ("20261118", "True", "3.5", "2026-11-18T09:30:00")


def test_equal_and_empty_column_names_are_told_apart() -> None:
    table = read_table("内容,内容,,编号\n甲,乙,丙,丁\n".encode(), "x.csv")

    assert table.columns == ("内容", "内容 (2)", "column 3", "编号")
    assert guess_mapping(table.columns) == {"内容": "text", "编号": "external_id"}


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"nothing": "text"}, "unknown_column"),
        ({"a": "colour"}, "unknown_field"),
        ({"a": "place"}, "no_text_column"),
        ({}, "no_text_column"),
    ],
)
def test_an_unusable_mapping_is_refused(mapping: dict[str, str], reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        check_mapping(mapping, ("a", "b"))

    assert refused.value.reason == reason


def test_every_known_column_name_leads_to_a_field_and_to_one_only() -> None:
    names = [name for known in COLUMN_NAMES.values() for name in known]

    assert len(names) == len(set(names))
    assert set(COLUMN_NAMES) <= set(FIELDS)


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_whatever_bytes_arrive_there_is_a_table_or_a_reason(content: bytes) -> None:
    with suppress(FileRefused):
        assert read_table(content, "x").columns


@settings(deadline=None)
@given(st.lists(st.lists(st.text(max_size=30), min_size=3, max_size=3), max_size=8))
def test_a_written_workbook_reads_back_as_the_same_text(rows: list[list[str]]) -> None:
    clean = [[clean_text(cell).replace("\n", " ") for cell in row] for row in rows]

    table = read_table(write_workbook("留言", ["甲", "乙", "丙"], clean), "x.xlsx")

    filled = [row for row in clean if any(cell.strip() for cell in row)]
    assert [list(row.values.values()) for row in table.rows] == filled


@pytest.mark.parametrize(
    "cell", ["=1+1", "+86 138", "-1", "@SUM(A1)", '=HYPERLINK("http://x")', "http://x", "007"]
)
def test_cells_that_look_like_formulas_are_written_as_words(cell: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_workbook("x", ["a", "b"], [[cell, "y"]])))
    page = book.active
    assert page is not None

    assert page["A2"].value == cell
    assert page["A2"].data_type == "s"


def test_a_cell_longer_than_the_format_allows_is_cut() -> None:
    table = read_table(write_workbook("x", ["a", "b"], [["长" * 40_000, "\ud83d"]]), "x.xlsx")

    assert len(table.rows[0].values["a"]) == 32_767
    assert table.rows[0].values["b"] == "\ufffd"
