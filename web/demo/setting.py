"""Who works in the demo county, which accounts it has and what its knowledge base holds."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session

from inbox.access import Viewer
from inbox.models import (
    Account,
    AccountState,
    Platform,
)
from knowledge_base.article_batches import Given, add_for_review, approve_together
from knowledge_base.articles import Provenance, install_article
from knowledge_base.content import ArticleContent, Basis
from knowledge_base.models import ArticleStatus, Authority
from knowledge_base.topics import create_topic
from routing.models import Department, Officer, Role
from routing.officers import hash_password
from web.demo.files import read_articles, read_json


def add_officers(
    session: Session, staff: dict[str, Any], departments: dict[str, Department], *, now: datetime
) -> list[Officer]:
    """Add the named people, then a reviewer and an officer for every unit, and more for busy ones."""
    hashed = hash_password(staff["password"])
    names = iter(staff["names"])
    rows = [(p["login"], p["name"], p["name_en"], p["department"], p["roles"]) for p in staff["named"]]
    units = [(code, role) for code in departments for role in (Role.OFFICER, Role.REVIEWER)]
    units += [(code, Role.OFFICER) for code in staff["second_officers"]]
    taken = {(p["department"], role) for p in staff["named"] for role in p["roles"]}
    for code, role in units:
        if (code, role.value) in taken:
            taken.discard((code, role.value))
            continue
        name, name_en = next(names)
        login = name_en.lower().replace(" ", ".").replace("ü", "u")
        rows.append((login, name, name_en, code, [role.value]))
    officers = [
        Officer(
            login=login,
            name=name,
            name_en=name_en,
            department_id=departments[code].id,
            roles=roles,
            password_hash=hashed,
            created_at=now,
        )
        for login, name, name_en, code, roles in rows
    ]
    session.add_all(officers)
    session.flush()
    return officers


def add_accounts(session: Session, departments: dict[str, Department], *, now: datetime) -> list[Account]:
    accounts = [
        Account(
            code=entry["code"],
            name=entry["name"],
            platform=Platform(entry["platform"]),
            department_id=departments[entry["department"]].id if entry["department"] else None,
            handle=entry["handle"],
            state=AccountState(entry.get("state", "active")),
            push_secret=f"demo-secret-{entry['code']}",
            created_at=now,
        )
        for entry in read_json("accounts.json")
    ]
    session.add_all(accounts)
    session.flush()
    return accounts


def add_articles(
    session: Session, county: dict[str, Any], officers: Sequence[Officer], *, now: datetime
) -> int:
    for topic in county["topics"]:
        create_topic(session, code=topic["code"], name=topic["name"], name_en=topic["name_en"])
    author, reviewer = (next(o.id for o in officers if o.login == login) for login in ("editor", "editor2"))
    rows = read_articles()
    today, since = now.date(), now - timedelta(days=110)
    origin = Provenance(source="岚汀县统一咨询答问库（样例）", version="2026", is_sample=True)
    published = [
        Given(row["key"], _content(row, today).checked(), origin)
        for row in rows
        if row["status"] == ArticleStatus.PUBLISHED
    ]
    handed = add_for_review(session, published, author_id=author, now=since)
    expected = {one.article.id or 0: one.article.revision for one in handed}
    approve_together(session, expected, reviewer_id=reviewer, now=since)
    for row in rows:
        if row["status"] != ArticleStatus.PUBLISHED:
            install_article(
                session,
                _content(row, today),
                key=row["key"],
                author_id=author,
                reviewer_id=reviewer,
                now=since,
                status=ArticleStatus(row["status"]),
                provenance=origin,
            )
    return len(rows)


def _content(row: dict[str, Any], today: date) -> ArticleContent:
    valid_from = today - timedelta(days=row["valid_from_days_ago"])
    days = row["valid_for_days"]
    return ArticleContent(
        question=row["question"],
        answer=row["answer"],
        phrasings=tuple(row["phrasings"]),
        topic_code=row["topic"],
        owner_code=row["owner"],
        authority=Authority(row["authority"]),
        region=row["region"],
        service_url=row["service_url"],
        tags=tuple(row["tags"]),
        basis=tuple(Basis(b["title"], b.get("number"), b.get("url")) for b in row["basis"]),
        valid_from=valid_from,
        valid_until=valid_from + timedelta(days=days) if days else None,
        review_by=today + timedelta(days=row["review_in_days"])
        if row["review_in_days"] is not None
        else None,
    )


def viewer_of(officer: Officer) -> Viewer:
    """Return an officer as the domain sees one."""
    return Viewer(
        officer.id or 0, officer.department_id, frozenset(Role(r) for r in officer.roles), officer.name
    )
