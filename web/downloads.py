"""Files for people to keep: sent as attachments, under a name in their language, and never cached."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_FORMULA = re.compile(r"^'*[=+\-@\t\r]")
_UNFIT = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')


def send_workbook(content: bytes, name: str) -> Response:
    """Send a workbook; what no file name can hold is taken out of `name`, and .xlsx put behind it."""
    return send_kept(content, name, mimetype=XLSX, suffix=".xlsx")


def send_csv(heads: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> Response:
    """Send a table as CSV, in UTF-8 with the mark by which spreadsheets know it."""
    return send_kept(write_csv(heads, rows), name, mimetype="text/csv", suffix=".csv")


def write_csv(heads: Sequence[str], rows: Iterable[Sequence[str]], *, encoding: str = "utf-8-sig") -> bytes:
    """Write a CSV that a spreadsheet opens without computing anything in it.

    What an encoding cannot hold is written as a question mark; GB18030 holds everything.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(heads)
    writer.writerows([f"'{cell}" if _FORMULA.match(cell) else cell for cell in row] for row in rows)
    return buffer.getvalue().encode(encoding, "replace")


def send_kept(content: bytes, name: str, *, mimetype: str, suffix: str) -> Response:
    """Send any file for people to keep; what no file name can hold is taken out of `name`."""
    stem = _UNFIT.sub(" ", name).strip()[:100] or "minhu"
    response = send_file(
        io.BytesIO(content), mimetype=mimetype, as_attachment=True, download_name=stem + suffix, max_age=0
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
