"""Decide, from a seed alone, when each demo message arrived and what has become of it since."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from web.demo.files import DemoMessage

HISTORY_DAYS = 92
RECENT_DAYS = 1.8
EVENT_SPREAD_HOURS = 60
_SUGGESTION_TAKEN = 0.75


class Fate(StrEnum):
    """How far a message has come by now."""

    SET_ASIDE = "set_aside"
    ANSWERED = "answered"
    SUGGESTED = "suggested"
    IN_REVIEW = "in_review"
    SENT_BACK = "sent_back"
    DRAFTING = "drafting"
    CLAIMED = "claimed"
    RETURNED = "returned"
    OPEN = "open"


_UNANSWERED = (Fate.OPEN, Fate.CLAIMED, Fate.DRAFTING, Fate.RETURNED)
_UNANSWERED_WEIGHTS = (66, 20, 9, 5)
_ANSWERED = (Fate.ANSWERED, Fate.IN_REVIEW, Fate.SENT_BACK, Fate.DRAFTING)
_ANSWERED_WEIGHTS = (91, 5, 1, 3)


@dataclass(frozen=True, slots=True)
class Plan:
    """One message's story: arrival, fate, and the dice for the choices along the way."""

    message: DemoMessage
    arrives_at: datetime
    fate: Fate
    dice: random.Random


def make_plans(
    messages: Sequence[DemoMessage], *, answerable: Collection[str], now: datetime, seed: int
) -> list[Plan]:
    """Return the stories in order of arrival; the same seed and instant give the same stories.

    `answerable` are the keys of messages that a standard answer fits, so that they can have been answered.
    """
    starts: dict[str, datetime] = {}
    plans = []
    for message in messages:
        dice = random.Random(f"{seed}:{message.key}")
        fate = _fate(message, dice, has_answer=message.key in answerable)
        plans.append(Plan(message, _arrival(message, fate, dice, starts, now, seed), fate, dice))
    return sorted(plans, key=lambda plan: (plan.arrives_at, plan.message.key))


def _fate(message: DemoMessage, dice: random.Random, *, has_answer: bool) -> Fate:
    if message.note == "spam":
        return dice.choices((Fate.SET_ASIDE, Fate.OPEN), (8, 2))[0]
    if message.reply is None:
        if has_answer and dice.random() < _SUGGESTION_TAKEN:
            return Fate.SUGGESTED
        return dice.choices(_UNANSWERED, _UNANSWERED_WEIGHTS)[0]
    return dice.choices(_ANSWERED, _ANSWERED_WEIGHTS)[0]


def _arrival(
    message: DemoMessage,
    fate: Fate,
    dice: random.Random,
    starts: dict[str, datetime],
    now: datetime,
    seed: int,
) -> datetime:
    """Spread finished stories over three months and unfinished ones over the last days; neighbours write together."""
    if message.event:
        if message.event not in starts:
            starts[message.event] = now - timedelta(
                days=random.Random(f"{seed}:{message.event}").uniform(4, 40)
            )
        at = starts[message.event] + timedelta(hours=dice.uniform(0, EVENT_SPREAD_HOURS))
    elif fate in (Fate.ANSWERED, Fate.SUGGESTED, Fate.SET_ASIDE):
        at = now - timedelta(days=dice.uniform(2.5, HISTORY_DAYS))
    elif fate in (Fate.IN_REVIEW, Fate.SENT_BACK, Fate.DRAFTING):
        at = now - timedelta(days=dice.triangular(0.2, 3, 0.8))
    else:
        at = now - timedelta(days=dice.triangular(0.01, RECENT_DAYS, 0.05))
    return min(_when_people_write(at, dice), now - timedelta(minutes=dice.uniform(3, 40)))


def _when_people_write(at: datetime, dice: random.Random) -> datetime:
    """Move nightly arrivals (in UTC+8) mostly into the day: people write at noon and after supper."""
    hour = (at.hour + 8) % 24
    if hour < 7 and dice.random() < 0.85:
        return at + timedelta(hours=dice.choice((7, 9, 12, 13)))
    return at
