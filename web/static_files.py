"""Static files: kept by browsers for a year under an address that changes with their content."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

_YEAR_SECONDS = 365 * 24 * 3600


def init_static_files(app: Flask) -> None:
    """Put a version into every address of a static file, and let browsers keep what has one."""
    folder = Path(str(app.static_folder))

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "v" not in values:
            version = _version(folder / str(values.get("filename", "")))
            if version is not None:
                values["v"] = version

    @app.after_request
    def keep(response: Response) -> Response:
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.cache_control.public = True
            response.cache_control.no_cache = None
            response.cache_control.max_age = _YEAR_SECONDS
            response.cache_control.immutable = True
        return response


@cache
def _version(file: Path) -> str | None:
    """Return the beginning of the content's hash; None for a file that does not exist."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()[:10]
    except OSError:
        return None
