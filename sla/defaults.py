"""What a new deployment starts with: the shipped notices, office hours and the default policy table."""

from datetime import UTC, date, datetime

from sqlmodel import Session, select

from sla.calendar_rows import store_hours, store_notice
from sla.holidays import shipped_notices
from sla.hours import DEFAULT_HOURS
from sla.models import HolidayNotice, OfficeHours, PolicyVersion
from sla.policies import Policy, shipped_policies
from sla.policy_writing import row_of
from sla.revisions import bump_revision

SINCE = date(2000, 1, 1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def install_defaults(session: Session, *, now: datetime = EPOCH) -> None:
    """Load shipped notices, office hours and policies that are not there yet; a second call changes nothing.

    Notices are added by number, so an upgrade brings a new year. Policies are added only to an empty table
    and office hours likewise: what a deployment edited or retired stays so.
    """
    known = {(notice.year, notice.number) for notice in session.exec(select(HolidayNotice)).all()}
    missing = [notice for notice in shipped_notices() if (notice.year, notice.number) not in known]
    for notice in missing:
        store_notice(session, notice, now=now)
    no_hours = session.exec(select(OfficeHours.id).limit(1)).first() is None
    if no_hours:
        store_hours(session, [DEFAULT_HOURS])
    no_policies = session.exec(select(PolicyVersion.id).limit(1)).first() is None
    if no_policies:
        session.add_all(_first_version(policy, now) for policy in shipped_policies().policies)
        session.flush()
    if missing or no_hours or no_policies:
        bump_revision(session)


def _first_version(policy: Policy, now: datetime) -> PolicyVersion:
    return row_of(policy, created_at=now, reason="default of the program")
