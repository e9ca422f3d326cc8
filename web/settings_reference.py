"""Writes the table of keys in docs/configuration.md from the model: `python -m web.settings_reference`."""

import sys
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from web.settings import Settings

BEGIN, END = "<!-- keys: begin -->", "<!-- keys: end -->"


def reference() -> str:
    """Return the table, one row a key, in the order of the model."""
    rows = [
        f"| `{_variable(name)}` | `{name}` | {_default(field)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    head = ["| environment | minhu.toml | default | meaning |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def insert(document: str) -> str:
    """Return the document with the table between its two marks."""
    before, rest = document.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n{reference()}\n{END}{after}"


def _variable(name: str) -> str:
    return "PORT` or `MINHU_PORT" if name == "port" else f"MINHU_{name.upper()}"


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{value}`" if value not in (None, "") else "empty"


if __name__ == "__main__":
    page = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/configuration.md")
    page.write_text(insert(page.read_text(encoding="utf-8")), encoding="utf-8")
