"""Files for people to keep: sent as attachments, under a name in their language, and never cached."""

import io
import re

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_UNFIT = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')


def send_workbook(content: bytes, name: str) -> Response:
    """Send a workbook; what no file name can hold is taken out of `name`, and .xlsx put behind it."""
    return send_kept(content, name, mimetype=XLSX, suffix=".xlsx")


def send_kept(content: bytes, name: str, *, mimetype: str, suffix: str) -> Response:
    """Send any file for people to keep; what no file name can hold is taken out of `name`."""
    stem = _UNFIT.sub(" ", name).strip()[:100] or "minhu"
    response = send_file(
        io.BytesIO(content), mimetype=mimetype, as_attachment=True, download_name=stem + suffix, max_age=0
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
