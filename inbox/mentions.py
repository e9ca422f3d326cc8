"""Mentions in internal notes (@姓名): who is meant, among those who may see the case, and that they are told."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from inbox.access import SEES_EVERYTHING, SEES_OWN_DEPARTMENT
from inbox.models import Case, Note
from inbox.notices import notify
from inbox.offline_tasks import task_departments
from routing.models import Officer, Role

_AT = re.compile(r"(?<![A-Za-z0-9._-])[@＠]")
_WORD = re.compile(r"[\w.·-]{1,20}")


@dataclass(frozen=True, slots=True)
class Mentioned:
    """Whom a text means; `unclear` are the words that fit nobody, or several people of the same name."""

    officer_ids: tuple[int, ...]
    unclear: tuple[str, ...] = ()


def mentionable(session: Session, case: Case) -> list[Officer]:
    """Return who may see a case and so can be mentioned: its departments' people and those who see everything."""
    departments = set(task_departments(session, case))
    officers = session.exec(
        select(Officer).where(col(Officer.disabled_at).is_(None)).order_by(col(Officer.name))
    ).all()
    return [officer for officer in officers if _sees(officer, departments)]


def find_mentions(text: str, officers: Iterable[Officer]) -> Mentioned:
    """Find whom a text mentions by name or login; the longest that fits counts, since Chinese has no spaces."""
    by_word: dict[str, set[int]] = {}
    for officer in officers:
        for word in (officer.login, officer.name, officer.name_en):
            if word:
                by_word.setdefault(word.lower(), set()).add(officer.id or 0)
    found: dict[int, None] = {}
    unclear: dict[str, None] = {}
    for at in _AT.finditer(text):
        rest = text[at.end() :].lower()
        fitting = max((word for word in by_word if rest.startswith(word)), key=len, default="")
        people = by_word.get(fitting, set())
        if len(people) == 1:
            found.update(dict.fromkeys(people))
        elif fitting or _WORD.match(rest):
            shown = fitting or _WORD.match(text[at.end() :]).group()  # type: ignore[union-attr]
            unclear[shown] = None
    return Mentioned(tuple(found), tuple(unclear))


def mention(session: Session, case: Case, note: Note, chosen: Sequence[int], *, now: datetime) -> Mentioned:
    """Tell the people whom a note mentions, or who were chosen beside it, and keep who they are."""
    people = mentionable(session, case)
    found = find_mentions(note.text, people)
    known = {officer.id for officer in people}
    ids = [i for i in dict.fromkeys([*found.officer_ids, *chosen]) if i in known and i != note.author_id]
    note.mentions = ids
    notify(session, ids, "mentioned", case_id=case.id, params={"officer_id": note.author_id}, now=now)
    return Mentioned(tuple(ids), found.unclear)


def _sees(officer: Officer, departments: set[int]) -> bool:
    roles = {Role(role) for role in officer.roles}
    return bool(roles & SEES_EVERYTHING) or (
        bool(roles & SEES_OWN_DEPARTMENT) and officer.department_id in departments
    )
