"""The article form: what is typed in it and what an article holds, one turned into the other."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from knowledge_base.content import ArticleContent, Basis
from knowledge_base.errors import InvalidArticle
from knowledge_base.models import Authority

SEPARATOR = "|"
_DATES = ("valid_from", "valid_until", "review_by")


def content_from_form(typed: Mapping[str, str]) -> ArticleContent:
    """Return what the form says; raise InvalidArticle naming the field that cannot be read.

    Similar phrasings stand one a line, tags are separated by commas, and each line of the basis reads
    ``title | number | link | last day in force``.
    """
    days = {name: _date(name, typed.get(name, "")) for name in _DATES}
    authority = typed.get("authority", "")
    return ArticleContent(
        question=typed.get("question", ""),
        answer=typed.get("answer", "").replace("\r\n", "\n"),
        phrasings=tuple(_lines(typed.get("phrasings", ""))),
        topic_code=typed.get("topic_code") or None,
        owner_code=typed.get("owner_code") or None,
        authority=Authority(authority) if authority in set(Authority) else Authority.COUNTY,
        region=typed.get("region") or None,
        service_url=typed.get("service_url", "").strip() or None,
        interpretation_url=typed.get("interpretation_url", "").strip() or None,
        interpretation_title=typed.get("interpretation_title", "").strip() or None,
        tags=tuple(t.strip() for t in typed.get("tags", "").replace("，", ",").split(",") if t.strip()),
        basis=tuple(_basis(line) for line in _lines(typed.get("basis", ""))),
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        review_by=days["review_by"],
    )


def form_values(content: ArticleContent | None) -> dict[str, Any]:
    """Return what the form shows for an article; an empty form for None."""
    if content is None:
        return {"authority": Authority.COUNTY.value}
    return {
        "question": content.question,
        "answer": content.answer,
        "phrasings": "\n".join(content.phrasings),
        "topic_code": content.topic_code or "",
        "owner_code": content.owner_code or "",
        "authority": content.authority.value,
        "region": content.region or "",
        "service_url": content.service_url or "",
        "interpretation_url": content.interpretation_url or "",
        "interpretation_title": content.interpretation_title or "",
        "tags": ", ".join(content.tags),
        "basis": "\n".join(_basis_line(entry) for entry in content.basis),
        **{name: day.isoformat() if (day := getattr(content, name)) else "" for name in _DATES},
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _basis(line: str) -> Basis:
    parts = [part.strip() or None for part in line.replace("｜", SEPARATOR).split(SEPARATOR)]
    title, number, url, ends = (*parts, None, None, None)[:4]
    return Basis(title or "", number, url, _date("basis", ends or ""))


def _basis_line(entry: Basis) -> str:
    ends = entry.expires_on.isoformat() if entry.expires_on else ""
    parts = [entry.title, entry.number or "", entry.url or "", ends]
    while parts and not parts[-1]:
        parts.pop()
    return f" {SEPARATOR} ".join(parts)


def _date(name: str, typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip()) if typed.strip() else None
    except ValueError as error:
        raise InvalidArticle(name, _("this is not a date")) from error
