"""What the case page shows of urging, supervision, more time, questions and calls, and who may do what about them."""

from dataclasses import dataclass
from datetime import datetime

from inbox.access import get_case
from inbox.call_backs import CALLERS, CallView, calls_of
from inbox.citizen_questions import may_ask, open_question
from inbox.extensions import ExtensionView, extension_allowed, requests_of
from inbox.models import CaseState
from inbox.order_lists import OrderRow, orders_of
from inbox.urging import UrgingView, may_urge, urgings_of
from routing.models import Role
from web.context import current_session, now, viewer
from web.deadline_words import limit_words


@dataclass(frozen=True, slots=True)
class CaseLadder:
    """One case's place on the ladder; `extension` is how much more time may be asked for, in words."""

    urgings: list[UrgingView]
    orders: list[OrderRow]
    requests: list[ExtensionView]
    calls: list[CallView]
    question: str | None
    question_until: datetime | None
    extension: str | None
    may_urge: bool
    may_supervise: bool
    may_ask: bool
    may_call: bool

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing has happened yet."""
        return not (self.urgings or self.orders or self.requests or self.calls)


def case_ladder(case_id: int) -> CaseLadder:
    """Gather what the person asking may know and do. Raises CaseNotFound."""
    session, who = current_session(), viewer()
    case = get_case(session, who, case_id)
    question = open_question(session, case_id)
    longest = extension_allowed(session, who, case, now=now())
    return CaseLadder(
        urgings=urgings_of(session, who, case_id),
        orders=orders_of(session, who, case_id),
        requests=requests_of(session, who, case_id),
        calls=calls_of(session, who, case_id),
        question=question.text if question else None,
        question_until=question.until_at if question else None,
        extension=limit_words(longest) if longest else None,
        may_urge=may_urge(who, case),
        may_supervise=who.has(Role.SUPERVISOR) and case.department_id is not None and not case.spam,
        may_ask=may_ask(who, case) and question is None,
        may_call=who.has(*CALLERS) and case.state == CaseState.REPLIED,
    )
