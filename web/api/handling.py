"""What officers do with a case besides answering; the same commands, roles and refusals as on its page."""

from flask import Response
from flask_babel import gettext as _

from inbox import cases
from inbox.access import get_case
from inbox.errors import WrongState
from inbox.models import Display
from inbox.returns import (
    ARBITRATORS,
    Grounds,
    ask_return,
    refuse_return,
    returns_of_case,
    uphold_return,
    withdraw_return,
)
from inbox.sharing import take_assignment_back
from routing.models import Role
from web.api import told
from web.api.routes import CASES, answer, api, gives, nothing, problem
from web.api.schemas.cases import (
    Arbitration,
    Assignment,
    CaseChange,
    CasePath,
    DisplayChoice,
    HandOver,
    KindChoice,
    NewNote,
    Return,
    SensitiveChoice,
)
from web.context import current_session, now, viewer
from web.guards import with_token
from web.views.inbox import WORKS_WITH_CASES

CHANGED = gives(CaseChange, 404, 409)


@api.post("/cases/<int:case_id>/claim", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER)
def claim_case(path: CasePath) -> Response:
    """Take a case that nobody has; 409 when a colleague was quicker."""
    session, who = current_session(), viewer()
    if not cases.claim_case(session, who, path.case_id, now=now()):
        sentence = _("A colleague was quicker and has taken this case on.")
        return problem(409, sentence, "TakenByColleague")
    return answer(told.change(get_case(session, who, path.case_id)))


@api.post("/cases/<int:case_id>/hand-over", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)
def hand_case_over(path: CasePath, body: HandOver) -> Response:
    """Give the case to a colleague of the same department."""
    return answer(
        told.change(
            cases.hand_over_case(current_session(), viewer(), path.case_id, body.officer_id, now=now())
        )
    )


@api.post("/cases/<int:case_id>/assign", tags=[CASES], responses=CHANGED)
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def assign_case(path: CasePath, body: Assignment) -> Response:
    """Send the case to a department."""
    case = cases.assign_case(
        current_session(), viewer(), path.case_id, body.department_id, now=now(), reason=body.reason
    )
    return answer(told.change(case))


@api.post("/cases/<int:case_id>/recall", tags=[CASES], responses=CHANGED)
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def recall_case(path: CasePath) -> Response:
    """Take an assignment back that nobody has begun to work on."""
    reason = _("Taken back to the triage desk")
    case = take_assignment_back(current_session(), viewer(), path.case_id, reason=reason, now=now())
    return answer(told.change(case))


@api.post("/cases/<int:case_id>/return", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER)
def return_case(path: CasePath, body: Return) -> Response:
    """Ask to give the case back, with the duty basis; at most twice, and within the time for it."""
    session, who = current_session(), viewer()
    grounds = Grounds(body.basis, body.duty_id, body.department_id)
    ask_return(session, who, path.case_id, grounds, now=now())
    return answer(told.change(get_case(session, who, path.case_id)))


@api.post("/cases/<int:case_id>/return/withdraw", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER)
def take_return_back(path: CasePath) -> Response:
    """Take one's own request to return the case back before it is decided; its clock goes on."""
    return answer(told.change(withdraw_return(current_session(), viewer(), path.case_id, now=now())))


@api.post("/cases/<int:case_id>/arbitration", tags=[CASES], responses=CHANGED)
@with_token(*ARBITRATORS)
def decide_return(path: CasePath, body: Arbitration) -> Response:
    """Decide the return that waits: upheld, it goes to another department or the triage desk; refused, it stays."""
    session, who, at = current_session(), viewer(), now()
    case = get_case(session, who, path.case_id)
    asked = next((each for each in returns_of_case(session, path.case_id) if each.decided_at is None), None)
    if asked is None:
        raise WrongState("arbitrate", case.state.value)
    if body.upheld:
        case = uphold_return(
            session, who, asked.id or 0, department_id=body.department_id, reason=body.reason, now=at
        )
    else:
        case = refuse_return(session, who, asked.id or 0, reason=body.reason, now=at)
    return answer(told.change(case))


@api.post("/cases/<int:case_id>/notes", tags=[CASES], responses=gives(None, 404, status=204))
@with_token(*WORKS_WITH_CASES)
def add_note(path: CasePath, body: NewNote) -> Response:
    """Write an internal note."""
    cases.add_note(current_session(), viewer(), path.case_id, body.text, tell=body.tell, now=now())
    return nothing()


@api.put("/cases/<int:case_id>/kind", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)
def change_kind(path: CasePath, body: KindChoice) -> Response:
    """Correct what kind of message it is; clocks that run keep their limits."""
    case = cases.change_kind(current_session(), viewer(), path.case_id, body.kind, now=now())
    return answer(told.change(case))


@api.put("/cases/<int:case_id>/sensitive", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER, Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR)
def mark_sensitive(path: CasePath, body: SensitiveChoice) -> Response:
    """Mark the case as sensitive or lift the mark."""
    case = cases.set_sensitive(current_session(), viewer(), path.case_id, body.sensitive, now=now())
    return answer(told.change(case))


@api.put("/cases/<int:case_id>/display", tags=[CASES], responses=CHANGED)
@with_token(Role.REVIEWER, Role.DISPATCHER, Role.SUPERVISOR)
def decide_display(path: CasePath, body: DisplayChoice) -> Response:
    """Decide whether the public may read the message; a sensitive one may not be published."""
    case = cases.set_display(current_session(), viewer(), path.case_id, Display(body.display), now=now())
    return answer(told.change(case))


@api.post("/cases/<int:case_id>/set-aside", tags=[CASES], responses=CHANGED)
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def set_case_aside(path: CasePath) -> Response:
    """Close spam without an answer."""
    return answer(told.change(cases.set_aside(current_session(), viewer(), path.case_id, now=now())))


@api.post("/cases/<int:case_id>/take-back", tags=[CASES], responses=CHANGED)
@with_token(Role.DISPATCHER, Role.SUPERVISOR)
def take_case_back(path: CasePath) -> Response:
    """Bring a case back that was set aside, with its clocks running."""
    return answer(told.change(cases.take_back(current_session(), viewer(), path.case_id, now=now())))


@api.post("/cases/<int:case_id>/close", tags=[CASES], responses=CHANGED)
@with_token(Role.OFFICER, Role.SUPERVISOR)
def close_case(path: CasePath) -> Response:
    """Close an answered case that the citizen has not rated."""
    return answer(told.change(cases.close_case(current_session(), viewer(), path.case_id, now=now())))
