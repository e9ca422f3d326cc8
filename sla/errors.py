"""Everything that can go wrong with calendars, limits, policies and deadlines."""

from collections.abc import Sequence
from datetime import date, datetime


class SlaError(Exception):
    """Base of all errors of this folder; the message is one plain English sentence."""


class BadLimit(SlaError):
    """A time limit that cannot be read, such as "5 days-ish", "0wd" or "-1h"."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(f"The time limit {text!r} cannot be used: {why}.")
        self.text = text
        self.why = why


class LimitTooLong(SlaError):
    """A limit that would fall due after the year 9999 or beyond what a calendar counts."""

    def __init__(self, start_at: datetime, limit: str) -> None:
        super().__init__(f"{limit} from {start_at.isoformat()} is further ahead than can be counted.")
        self.start_at = start_at
        self.limit = limit


class NaiveTime(SlaError):
    """A time without a time zone where an instant is needed."""

    def __init__(self, value: datetime) -> None:
        super().__init__(f"The time {value.isoformat()} has no time zone.")
        self.value = value


class BadPause(SlaError):
    """A pause that ends before it begins, or has no usable limit."""


class BadNotice(SlaError):
    """A holiday notice file that cannot be loaded; `problems` says every reason in words."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        super().__init__(f"The notice {source} cannot be loaded: {'; '.join(problems)}.")
        self.source = source
        self.problems = problems


class BadOfficeHours(SlaError):
    """Office hours that overlap, run backwards or leave a day without any opening; `problem` says which."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"These office hours cannot be used: {problem}.")
        self.problem = problem


class UnknownYear(SlaError):
    """A year for which no notice is known, asked for where a notice is needed."""

    def __init__(self, year: int) -> None:
        super().__init__(f"No holiday notice is known for {year}.")
        self.year = year


class NoSuchDay(SlaError):
    """A date that a calendar cannot hold."""

    def __init__(self, on: date) -> None:
        super().__init__(f"The calendar does not reach {on.isoformat()}.")
        self.on = on


class UnknownNotice(SlaError):
    """A notice that is not in the calendar, or no longer."""

    def __init__(self, year: int, number: str) -> None:
        super().__init__(f"The calendar holds no notice {number!r} for {year}.")
        self.year = year
        self.number = number


class BadPolicy(SlaError):
    """A policy table that cannot be used; `problems` says every reason in words."""

    def __init__(self, source: str, problems: Sequence[str]) -> None:
        super().__init__(f"The policy {source} cannot be used: {'; '.join(problems)}.")
        self.source = source
        self.problems = problems


class NoPolicyMatches(SlaError):
    """No policy covers the facts of a case."""

    def __init__(self, kind: str, tags: list[str]) -> None:
        super().__init__(f"No policy covers a case of kind {kind!r} with the tags {tags}.")
        self.kind = kind
        self.tags = tags


class PoliciesTie(SlaError):
    """Two policies of the same rank cover the same facts, so neither can be chosen."""

    def __init__(self, codes: tuple[str, str]) -> None:
        super().__init__(
            f"The policies {codes[0]} and {codes[1]} have the same rank and can cover the same case; "
            "give one of them a higher rank or narrower conditions."
        )
        self.codes = codes


class UnknownPolicy(SlaError):
    """A policy code, version or id that does not exist."""

    def __init__(self, policy: str | int) -> None:
        super().__init__(f"There is no policy {policy!r}.")
        self.policy = policy


class StalePolicy(SlaError):
    """Somebody else published a newer version of the policy in the meantime."""

    def __init__(self, code: str, expected: int, found: int) -> None:
        super().__init__(f"The policy {code} is at version {found}, not {expected}.")
        self.code = code
        self.expected = expected
        self.found = found


class NoDeadline(SlaError):
    """A case has no running deadline of the clock asked for."""

    def __init__(self, subject_id: int, clock: str) -> None:
        super().__init__(f"Case {subject_id} has no running {clock} deadline.")
        self.subject_id = subject_id
        self.clock = clock


class ExtensionRefused(SlaError):
    """An extension that the policy does not allow, comes too late, or was already given."""

    def __init__(self, subject_id: int, why: str, *, is_late: bool = False) -> None:
        super().__init__(f"The deadline of case {subject_id} cannot be extended: {why}.")
        self.subject_id = subject_id
        self.why = why
        self.is_late = is_late
