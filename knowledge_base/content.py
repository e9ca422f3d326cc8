"""What an editor writes in an article, as one immutable value that is checked, stored and compared whole."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from knowledge_base.errors import InvalidArticle
from knowledge_base.models import Authority

MAX_QUESTION = 500
MAX_ANSWER = 20_000
MAX_PHRASINGS = 100
MAX_TAGS = 30
MAX_TAG = 64
MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class Basis:
    """A document that an answer rests on; `expires_on` is the last day on which it is in force."""

    title: str
    number: str | None = None
    url: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ArticleContent:
    """Everything about an article that a revision records. Dates are inclusive; None means no limit."""

    question: str
    answer: str
    phrasings: tuple[str, ...] = ()
    topic_code: str | None = None
    owner_code: str | None = None
    authority: Authority = Authority.COUNTY
    region: str | None = None
    service_url: str | None = None
    interpretation_url: str | None = None
    interpretation_title: str | None = None
    tags: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = field(default=())
    valid_from: date | None = None
    valid_until: date | None = None
    review_by: date | None = None

    def checked(self) -> "ArticleContent":
        """Return the content trimmed and without repeated phrasings.

        Raises InvalidArticle naming the first field that cannot be accepted.
        """
        clean = replace(
            self,
            question=_clean(self.question),
            answer=_clean(self.answer),
            phrasings=_distinct(self.phrasings, but=_clean(self.question)),
            tags=_distinct(self.tags),
            topic_code=self.topic_code or None,
            owner_code=self.owner_code or None,
            region=self.region or None,
            service_url=self.service_url or None,
            interpretation_url=self.interpretation_url or None,
            interpretation_title=(self.interpretation_title or "").strip() or None,
            basis=tuple(entry for entry in map(_named, self.basis) if entry.title),
        )
        _require_text(clean)
        _require_dates_and_links(clean)
        return clean

    @property
    def basis_expires_on(self) -> date | None:
        """Return the last day on which every document of the basis is in force; None when none of them ends."""
        return min((basis.expires_on for basis in self.basis if basis.expires_on), default=None)

    def to_json(self) -> dict[str, Any]:
        """Return the content as plain JSON values."""
        plain: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["authority"] = self.authority.value
        plain["phrasings"], plain["tags"] = list(self.phrasings), list(self.tags)
        plain["basis"] = basis_to_json(self.basis)
        for name in ("valid_from", "valid_until", "review_by"):
            plain[name] = plain[name].isoformat() if plain[name] else None
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "ArticleContent":
        """Read what `to_json` wrote; fields of later releases are left aside."""
        known = {f.name for f in fields(cls)}
        values = {name: value for name, value in plain.items() if name in known}
        values["authority"] = Authority(values.get("authority", Authority.COUNTY))
        values["phrasings"] = tuple(values.get("phrasings") or ())
        values["tags"] = tuple(values.get("tags") or ())
        values["basis"] = basis_from_json(values.get("basis") or ())
        for name in ("valid_from", "valid_until", "review_by"):
            values[name] = _day(values.get(name))
        return cls(**values)


def basis_to_json(basis: tuple[Basis, ...]) -> list[dict[str, Any]]:
    """Return documents as plain JSON values."""
    return [
        {
            "title": b.title,
            "number": b.number,
            "url": b.url,
            "expires_on": b.expires_on.isoformat() if b.expires_on else None,
        }
        for b in basis
    ]


def basis_from_json(plain: Any) -> tuple[Basis, ...]:
    """Read documents from plain JSON values."""
    return tuple(
        Basis(b["title"], b.get("number"), b.get("url"), _day(b.get("expires_on"))) for b in plain or ()
    )


def _require_text(content: ArticleContent) -> None:
    for name, limit in (("question", MAX_QUESTION), ("answer", MAX_ANSWER)):
        text = getattr(content, name)
        if not any(unicodedata.category(character)[0] in "LN" for character in text):
            raise InvalidArticle(name, "is empty")
        if len(text) > limit:
            raise InvalidArticle(name, f"is longer than {limit} characters")
    if len(content.phrasings) > MAX_PHRASINGS or any(len(p) > MAX_QUESTION for p in content.phrasings):
        raise InvalidArticle("phrasings", f"at most {MAX_PHRASINGS} of {MAX_QUESTION} characters each")
    if len(content.tags) > MAX_TAGS or any(len(tag) > MAX_TAG for tag in content.tags):
        raise InvalidArticle("tags", f"at most {MAX_TAGS} of {MAX_TAG} characters each")
    if len(content.interpretation_title or "") > MAX_TITLE:
        raise InvalidArticle("interpretation_title", f"is longer than {MAX_TITLE} characters")
    if any(len(basis.title) > MAX_TITLE or len(basis.number or "") > MAX_TITLE for basis in content.basis):
        raise InvalidArticle("basis", f"a title or number is longer than {MAX_TITLE} characters")


def _require_dates_and_links(content: ArticleContent) -> None:
    if content.valid_from and content.valid_until and content.valid_until < content.valid_from:
        raise InvalidArticle("valid_until", "is before valid_from")
    links = [("service_url", content.service_url), ("interpretation_url", content.interpretation_url)]
    links += [("basis", basis.url) for basis in content.basis]
    for name, link in links:
        if link and not _is_web_link(link):
            raise InvalidArticle(name, "is not an http or https link")


def _named(basis: Basis) -> Basis:
    """Return a document with a title: its number or link when it was given none."""
    return replace(basis, title=_clean(basis.title) or basis.number or basis.url or "")


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _clean(text: str) -> str:
    """Drop what no database stores (NUL, lone surrogates) and the spaces around."""
    text = text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
    return text.strip()


def _distinct(texts: tuple[str, ...], but: str = "") -> tuple[str, ...]:
    cleaned = (_clean(text) for text in texts)
    return tuple(dict.fromkeys(text for text in cleaned if text and text != but))


def _is_web_link(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc) and len(link) <= 1000
