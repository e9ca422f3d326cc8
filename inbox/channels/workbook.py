"""Writes XLSX files that people open in a spreadsheet: every cell is text, so that nothing in it is ever computed."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from inbox.wording import clean_text

LONGEST_CELL = 32_767
"""What a cell of the format can hold; longer text is cut."""

_NARROWEST, _WIDEST = 10, 60


Sheet = tuple[str, Sequence[str], Iterable[Sequence[str]]]
"""A sheet's name, its columns and its rows."""


def write_workbook(sheet: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a workbook with one sheet."""
    return write_sheets([(sheet, columns, rows)])


def write_sheets(sheets: Iterable[Sheet]) -> bytes:
    """Return a workbook; each sheet has a header that stays in sight, filters, and the rows as text.

    A cell that begins with = + - or @ stays text: it is written as a string, never as a formula.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    head = book.add_format({"bold": True, "bg_color": "#DCECEA", "border": 1, "valign": "vcenter"})
    body = book.add_format({"text_wrap": True, "valign": "top"})
    for sheet in sheets:
        _fill(book, sheet, head, body)
    book.close()
    return buffer.getvalue()


def _fill(book: Any, sheet: Sheet, head: Any, body: Any) -> None:
    name, columns, rows = sheet
    page = book.add_worksheet(name[:31])
    widths = [len(name) * 2 for name in columns]
    for number, heading in enumerate(columns):
        page.write_string(0, number, heading, head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, value in enumerate(row):
            page.write_string(last, number, clean_text(value)[:LONGEST_CELL], body)
            widths[number] = max(widths[number], min(len(value[:200]) * 2, _WIDEST))
    for number, width in enumerate(widths):
        page.set_column(number, number, max(_NARROWEST, min(width, _WIDEST)))
    page.freeze_panes(1, 0)
    if columns:
        page.autofilter(0, 0, last, len(columns) - 1)
