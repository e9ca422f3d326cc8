"""What officers did with suggestions, counted by article and day."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import Session, col

from knowledge_base.models import ArticleUse


class Use(StrEnum):
    """What happened to an answer; edited means inserted and then changed by more than a fifth.

    The last two are what citizens said of it on the public page.
    """

    SHOWN = "shown"
    INSERTED = "inserted"
    EDITED = "edited"
    REJECTED = "rejected"
    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"


def record_uses(session: Session, use: Use, counts: Mapping[int, int], *, day: date) -> None:
    """Add to the counts of several articles (id to number) on one day."""
    wanted = {ident: number for ident, number in counts.items() if number > 0}
    if not wanted:
        return
    known = set(
        session.scalars(
            select(col(ArticleUse.article_id)).where(
                col(ArticleUse.article_id).in_(wanted), col(ArticleUse.day) == day
            )
        )
    )
    column = getattr(ArticleUse, use.value)
    if known:
        session.connection().execute(
            update(ArticleUse)
            .where(col(ArticleUse.article_id) == bindparam("ident"), col(ArticleUse.day) == bindparam("on"))
            .values({use.value: column + bindparam("number")}),
            [{"ident": ident, "on": day, "number": wanted[ident]} for ident in sorted(known)],
        )
    zero = {other.value: 0 for other in Use}
    rows = [
        {**zero, "article_id": ident, "day": day, use.value: number}
        for ident, number in wanted.items()
        if ident not in known
    ]
    if rows:
        session.execute(insert(ArticleUse), rows)
