"""A message with several matters kept whole: one department leads, the others co-handle (主办、协办)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from inbox.access import Viewer, get_case, require
from inbox.cases import assign_case, is_untouched, recall_case
from inbox.co_handling import Request, co_handlers_of, has_answer, name_co_handler, release_co_handler
from inbox.deadlines import join_departments
from inbox.errors import MessageRefused, WrongState
from inbox.events import record_event
from inbox.models import Case
from inbox.parts import linked_parts
from inbox.splitting import DISPATCHERS, check_parts
from inbox.together_models import CoHandling, PartState


@dataclass(frozen=True, slots=True)
class Share:
    """One matter of a message and whose it is; `due_at` is for a co-handler, None counts by the policy."""

    text: str
    department_id: int
    due_at: datetime | None = None


def share_case(
    session: Session, viewer: Viewer, case_id: int, shares: Sequence[Share], *, now: datetime
) -> list[CoHandling]:
    """Let the department of the first matter lead and ask the others for their parts; one reply answers all.

    Matters of one department are asked together; the lead's own are not asked. Raises MessageRefused with
    split_parts for fewer than two matters or an empty one, lead_alone when all are one department's;
    WrongState when somebody has begun or it is split or shared already; NotAllowed, CaseNotFound.
    """
    require(viewer, "share", *DISPATCHERS)
    check_parts([(share.text, share.department_id) for share in shares])
    case = get_case(session, viewer, case_id, for_update=True)
    shared = any(row.state != PartState.RELEASED for row in co_handlers_of(session, case))
    if shared or not is_untouched(session, case) or linked_parts(session, case_id):
        raise WrongState("share", case.state.value)
    lead = shares[0].department_id
    asked = _requests([share for share in shares if share.department_id != lead])
    if not asked:
        raise MessageRefused("lead_alone")
    assign_case(session, viewer, case_id, lead, now=now)
    params = {"department_id": lead, "co_handlers": [request.department_id for request in asked]}
    record_event(session, case_id, "shared", now=now, actor_id=viewer.officer_id, params=params)
    return [name_co_handler(session, viewer, case_id, request, now=now) for request in asked]


def take_assignment_back(
    session: Session, viewer: Viewer, case_id: int, *, reason: str, now: datetime
) -> Case:
    """Take a case back to the triage desk before anybody has begun, from co-handlers as well as from its department.

    `reason` is what co-handlers read. Raises WrongState when somebody has begun or signed; NotAllowed, CaseNotFound.
    """
    require(viewer, "recall", *DISPATCHERS)
    case = get_case(session, viewer, case_id, for_update=True)
    if any(row.state in (PartState.ASKED, PartState.SIGNED) for row in co_handlers_of(session, case)):
        return undo_sharing(session, viewer, case_id, reason=reason, now=now)
    return recall_case(session, viewer, case_id, now=now)


def undo_sharing(session: Session, viewer: Viewer, case_id: int, *, reason: str, now: datetime) -> Case:
    """Take lead and co-handlers back to the triage desk before anybody has begun, to undo a slip.

    The case is timed as one department's again. Raises WrongState when somebody has begun, signed or was released,
    or nobody co-handles; NotAllowed, CaseNotFound.
    """
    require(viewer, "share", *DISPATCHERS)
    case = get_case(session, viewer, case_id, for_update=True)
    rows = co_handlers_of(session, case)
    if not rows or any(row.state != PartState.ASKED for row in rows):
        raise WrongState("undo_sharing", case.state.value)
    for row in rows:
        release_co_handler(session, viewer, row.id or 0, reason=reason, now=now)
    answered = has_answer(session, case_id)
    join_departments(session, case, 1, has_answer=answered, now=now, actor_id=viewer.officer_id)
    return recall_case(session, viewer, case_id, now=now)


def _requests(shares: Sequence[Share]) -> list[Request]:
    """Join what each department is asked for; the earliest of its dates counts."""
    joined: dict[int, list[Share]] = {}
    for share in shares:
        joined.setdefault(share.department_id, []).append(share)
    return [
        Request(
            department_id,
            "\n".join(share.text.strip() for share in own),
            min((share.due_at for share in own if share.due_at is not None), default=None),
        )
        for department_id, own in joined.items()
    ]
