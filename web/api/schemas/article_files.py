"""Answers in and out: a list of records with the fields of the exported file."""

import json
from datetime import datetime
from typing import Annotated

from pydantic import Field

from knowledge_base.models import ArticleImportState
from knowledge_base.queries import ArticleList as WorkList
from web.api.schemas.base import Given, Id, Text, Told


class ExportQuery(Given):
    """Which answers to send."""

    work_list: WorkList = WorkList.PUBLISHED
    """Which list of the editors."""


class ArticleImportPath(Given):
    """Which import."""

    import_id: Id
    """The number of the import."""


class GivenFile(Given):
    """Answers to take in, each with the fields of the exported file; question and answer are needed."""

    source: Annotated[Text, Field(max_length=200)] = ""
    """Where they come from."""
    version: Annotated[Text, Field(max_length=64)] = ""
    licence: Annotated[Text, Field(max_length=200)] = ""
    answers: Annotated[list[dict[str, str | list[str]]], Field(min_length=1, max_length=10_000)]

    def as_file(self) -> bytes:
        """Return the answers as the file that an editor would upload."""
        return json.dumps(self.answers, ensure_ascii=False).encode("utf-8", "ignore")


class RefusedRow(Told):
    """An answer that is not taken in."""

    line: int
    """Its place in the list, from 1."""
    reason: str
    """A stable code."""
    text: str
    """The reason as a sentence in the language of the token's officer."""


class ArticleImportPreview(Told):
    """What answers would do."""

    counts: dict[str, int]
    """How many are received, added, changed, untouched and refused."""
    refused: list[RefusedRow]


class ArticleImport(Told):
    """How far an import of answers is."""

    id: int
    file_name: str
    source: str
    version: str
    licence: str
    state: ArticleImportState
    counts: dict[str, int]
    done: int
    to_do: int
    created_at: datetime
    finished_at: datetime | None
