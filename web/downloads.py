"""Files for people to keep: sent as attachments, under a name in their language, and never cached."""

import io
import re

from flask import Response, send_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_UNFIT = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')


def send_workbook(content: bytes, name: str) -> Response:
    """Send a workbook; what no file name can hold is taken out of `name`, and .xlsx put behind it."""
    stem = _UNFIT.sub(" ", name).strip()[:100] or "minhu"
    response = send_file(
        io.BytesIO(content),
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"{stem}.xlsx",
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
