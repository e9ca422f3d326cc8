"""The calendar is read once in a session, and anew after every change."""

from datetime import date

from sqlmodel import Session

from sla.calendar import load_calendar
from sla.defaults import install_defaults
from sla.policies import load_policies
from sla.revisions import bump_revision

DAY = date(2026, 11, 20)


def test_a_session_reads_its_calendar_and_its_policies_once(session: Session) -> None:
    install_defaults(session)

    assert load_calendar(session) is load_calendar(session)
    assert load_policies(session, on=DAY) is load_policies(session, on=DAY)
    assert load_policies(session) is not load_policies(session, on=DAY)


def test_a_change_is_read_at_once(session: Session) -> None:
    install_defaults(session)
    before = load_calendar(session)

    bump_revision(session)

    assert load_calendar(session) is not before


def test_what_was_rolled_back_is_not_remembered(session: Session) -> None:
    install_defaults(session)
    outer = session.begin_nested()
    bump_revision(session)
    rolled_back = load_calendar(session)
    outer.rollback()

    bump_revision(session)

    assert load_calendar(session) is not rolled_back
