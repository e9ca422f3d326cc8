"""Read the demo county's files from the package."""

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from inbox.kinds import Kind

_COUNTY = files("web.demo") / "county"


@dataclass(frozen=True, slots=True)
class DemoMessage:
    """One invented message with what its author meant: who should answer, and how it was answered."""

    key: str
    platform: str
    title: str | None
    text: str
    author: str
    kind: Kind
    department: str
    town: str | None
    event: str | None
    note: str | None
    reply: str | None


def read_json(name: str) -> Any:
    """Return one of the county's JSON files."""
    return json.loads((_COUNTY / name).read_text(encoding="utf-8"))


def read_articles() -> list[dict[str, Any]]:
    """Return the county's standard answers, topic by topic."""
    return _lines("articles")


def read_messages() -> list[DemoMessage]:
    """Return the county's messages in the order of their keys; neighbours in one event get one answer."""
    rows = sorted(_lines("messages"), key=lambda row: row["key"])
    answers = {row["event"]: row["reply"] for row in reversed(rows) if row.get("event") and row.get("reply")}
    return [
        DemoMessage(
            key=row["key"],
            platform=row["platform"],
            title=row.get("title"),
            text=row["text"],
            author=row["author"],
            kind=Kind.from_chinese(row["kind"]),
            department=row["department"],
            town=row.get("town"),
            event=row.get("event"),
            note=row.get("note"),
            reply=row.get("reply") or answers.get(row.get("event") or ""),
        )
        for row in rows
    ]


def _lines(folder: str) -> list[dict[str, Any]]:
    found = sorted((_COUNTY / folder).iterdir(), key=lambda entry: entry.name)
    return [
        json.loads(line)
        for entry in found
        if entry.name.endswith(".jsonl")
        for line in entry.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
