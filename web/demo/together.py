"""What people of the demo county do together: returns, co-handlers, work on the street, notes, rosters."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from PIL import Image, ImageDraw
from sqlmodel import Session, col, select

from inbox.access import Viewer
from inbox.cases import add_note
from inbox.co_handling import Request, name_co_handler, sign_part
from inbox.errors import InboxError
from inbox.models import WITH_DEPARTMENT, Case
from inbox.offline_tasks import Work, add_photo, add_task, finish_task
from inbox.watching import watch
from routing.roster_editing import Rota, choose_way, plan_rota, set_standing_order
from routing.roster_models import AssignmentWay
from sla.calendar import WorkingCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is who: officers and reviewers by department, who is called about alarms, and the day's calendar."""

    officers: Mapping[int, Sequence[Viewer]]
    on_call: Sequence[Viewer]
    calendar: WorkingCalendar


def work_together(session: Session, cast: Cast, *, now: datetime) -> None:
    """Let people share the newest cases that departments are working on."""
    _write_rosters(session, cast, now=now)
    units = list(cast.officers)
    cases = [*_working_on(session, units[:1], 3), *_working_on(session, units[1:], 3)]
    for number, case in enumerate(cases):
        lead = cast.officers[case.department_id or 0][0]
        # The first department is the one a newcomer signs in to: it asks others, and others ask it.
        other = units[0] if case.department_id != units[0] else units[1 + number % (len(units) - 1)]
        try:
            with session.begin_nested():
                _share(session, cast, case, lead, other, number=number, now=now)
        except InboxError:
            session.expire_all()


def _working_on(session: Session, units: Sequence[int], count: int) -> Sequence[Case]:
    query = select(Case).where(col(Case.state).in_(WITH_DEPARTMENT), col(Case.department_id).in_(units))
    return session.exec(query.order_by(col(Case.received_at).desc(), col(Case.id)).limit(count)).all()


def _share(
    session: Session, cast: Cast, case: Case, lead: Viewer, other: int, *, number: int, now: datetime
) -> None:
    case_id, helper = case.id or 0, cast.officers[other][0]
    watch(session, cast.on_call[0], case_id, now=now)
    if number % 2 == 0:
        row = name_co_handler(session, lead, case_id, Request(other, "请提供职责范围内的办理意见。"), now=now)
        if number % 4 == 0:
            part = "经核查，涉及我单位的部分已列入本周工作安排，11月底前完成，联系人见办公电话。"
            sign_part(session, helper, row.id or 0, part, now=now)
    if number % 3 == 0:
        due_at = cast.calendar.due(now, "2wd")
        unit = case.department_id or 0
        task = add_task(session, lead, case_id, Work("到现场核实并处置，拍照留存", due_at, unit), now=now)
        add_photo(session, lead, task.id or 0, _picture(number), now=now)
        if number:
            finish_task(session, lead, task.id or 0, note="已到现场处置，照片附后。", now=now)
    add_note(
        session, lead, case_id, f"@{helper.name} 请协助核实现场情况。", now=now, tell=[helper.officer_id]
    )


def _write_rosters(session: Session, cast: Cast, *, now: datetime) -> None:
    first_on = now.astimezone(cast.calendar.tz).date() - _DAY
    for number, (unit, people) in enumerate(cast.officers.items()):
        ids = [person.officer_id for person in people]
        set_standing_order(session, unit, ids, now=now - 30 * _DAY)
        if len(people) > 1:
            rota = Rota(ids, first_on, first_on + 20 * _DAY, changes_at=time(8, 30))
            plan_rota(session, unit, rota, zone=cast.calendar.tz)
            choose_way(session, unit, AssignmentWay.ROSTER if number % 2 else AssignmentWay.HAND)
    county = [person.officer_id for person in cast.on_call]
    set_standing_order(session, None, county, now=now - 30 * _DAY)


def _picture(number: int) -> bytes:
    """Draw a street, since the demo county has no camera."""
    sheet = Image.new("RGB", (640, 420), "#9fc3d4")
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((0, 260, 640, 420), fill="#6e7276")
    for left in range(20, 640, 120):
        draw.rectangle((left, 330, left + 60, 340), fill="#f4f1e6")
    draw.rectangle((60 + 30 * number, 120, 240 + 30 * number, 262), fill="#c9b79a")
    draw.polygon((430, 320, 470, 240, 510, 320), fill="#d9642f")
    written = io.BytesIO()
    sheet.save(written, "PNG")
    return written.getvalue()
