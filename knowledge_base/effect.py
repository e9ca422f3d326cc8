"""What a changed draft would do: the last messages put to the base as it is, and as it would be once published."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from knowledge_base.article_rows import article_by_id
from knowledge_base.content import ArticleContent
from knowledge_base.engine.entries import Entry
from knowledge_base.errors import WrongState
from knowledge_base.models import Article, ArticleRevision, DraftEffect
from knowledge_base.suggest import SuggestionEngine

OFFERED = 3
MESSAGES_TRIED = 500
CHANGES_KEPT = 100


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message that came in; `shown` is how editors may read it, with personal information covered."""

    case_id: int
    shown: str
    text: str
    title: str | None
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """What changes for one message: which articles were offered and which would be, best first."""

    shown: str
    before: tuple[int, ...]
    after: tuple[int, ...]


def ask_for_effect(session: Session, article_id: int, *, now: datetime) -> DraftEffect:
    """Ask for the effect of an article's waiting change to be worked out anew. Raises WrongState without one."""
    article = article_by_id(session, article_id)
    if article.pending is None:
        raise WrongState("article", article_id, article.status.value, "try")
    known = effect_of(session, article_id, article.revision)
    effect = known or DraftEffect(article_id=article_id, revision=article.revision, asked_at=now)
    effect.result, effect.asked_at, effect.finished_at = None, now, None
    session.add(effect)
    session.flush()
    return effect


def effect_of(session: Session, article_id: int, revision: int) -> DraftEffect | None:
    """Return what was asked for and perhaps worked out about a revision."""
    return session.scalars(
        select(DraftEffect).where(
            col(DraftEffect.article_id) == article_id, col(DraftEffect.revision) == revision
        )
    ).one_or_none()


def draft_to_try(session: Session, effect_id: int) -> Entry | None:
    """Return the waiting change as it would be suggested; None once it was published or replaced."""
    effect = session.get(DraftEffect, effect_id)
    article = session.get(Article, effect.article_id) if effect else None
    if effect is None or article is None or article.revision != effect.revision or not article.pending:
        return None
    newest = select(col(ArticleRevision.content)).where(
        col(ArticleRevision.article_id) == article.id, col(ArticleRevision.number) == article.revision
    )
    content = ArticleContent.from_json(session.scalars(newest).one())
    return Entry(
        effect.article_id,
        content.question,
        content.phrasings,
        content.region,
        content.authority,
        content.valid_from,
        content.valid_until,
    )


def compare_engines(
    before: SuggestionEngine,
    after: SuggestionEngine,
    messages: Sequence[PastMessage],
    *,
    today: date,
    pulse: Callable[[], None] = lambda: None,
) -> list[Shift]:
    """Return the messages for which another list of articles would be offered."""
    shifts = []
    for number, message in enumerate(messages):
        lists = [
            tuple(
                hit.article_id
                for hit in engine.suggest(
                    message.text,
                    title=message.title,
                    region=message.areas or None,
                    limit=OFFERED,
                    today=today,
                )
            )
            for engine in (before, after)
        ]
        if lists[0] != lists[1]:
            shifts.append(Shift(message.shown, *lists))
        if number % 50 == 0:
            pulse()
    return shifts


def keep_effect(
    session: Session, effect_id: int, shifts: Sequence[Shift], tried: int, *, now: datetime
) -> None:
    """Write down what was worked out: how many messages gain the article, lose it, see it elsewhere."""
    effect = session.get_one(DraftEffect, effect_id)
    mine = effect.article_id
    gained = [s for s in shifts if mine in s.after and mine not in s.before]
    lost = [s for s in shifts if mine in s.before and mine not in s.after]
    others = [s for s in shifts if s not in gained and s not in lost]
    kept = [*gained, *lost, *others][:CHANGES_KEPT]
    ids = {ident for shift in kept for ident in (*shift.before, *shift.after)}
    questions = dict(
        session.execute(select(col(Article.id), col(Article.question)).where(col(Article.id).in_(ids))).all()
    )
    effect.result = {
        "tried": tried,
        "appears": len(gained),
        "vanishes": len(lost),
        "moves": len(others),
        "shifts": [asdict(shift) for shift in kept],
        "questions": {str(ident): question for ident, question in questions.items()},
    }
    effect.finished_at = now
    session.flush()


def effect_lines(effect: DraftEffect) -> list[dict[str, Any]]:
    """Return the kept changes with the questions of the articles, for a page."""
    result = effect.result or {}
    names = result.get("questions", {})
    return [
        {
            "shown": shift["shown"],
            "before": [(ident, names.get(str(ident), "")) for ident in shift["before"]],
            "after": [(ident, names.get(str(ident), "")) for ident in shift["after"]],
        }
        for shift in result.get("shifts", [])
    ]
