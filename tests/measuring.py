"""Where the measuring data lies: outside the repository, and tests that read it skip loudly when it is absent."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(os.environ.get("MINHU_MEASURING_DATA", Path(__file__).parents[2] / "shared" / "data"))


def measuring_lines(name: str) -> list[dict[str, Any]]:
    """Return the objects of a file of the measuring data, or skip the test."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"measuring data is absent: {path} (set MINHU_MEASURING_DATA to its folder)")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
