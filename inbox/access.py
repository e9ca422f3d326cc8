"""Who may see which case: the only place that hands a case to a page, a command or the API."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import Session, col, select

from inbox.errors import CannotJoin, CaseNotFound, NotAllowed, WrongState
from inbox.models import Case, CaseState
from inbox.together_models import CoHandling, PartState
from routing.models import Role

SEES_EVERYTHING = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR})
SEES_OWN_DEPARTMENT = frozenset({Role.OFFICER, Role.REVIEWER})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The officer who is asking, as far as access goes."""

    officer_id: int
    department_id: int | None
    roles: frozenset[Role]
    name: str = ""

    def has(self, *roles: Role) -> bool:
        """Tell whether the officer holds one of these roles."""
        return bool(self.roles.intersection(roles))

    @property
    def sees_everything(self) -> bool:
        """Tell whether the officer may see the cases of all departments."""
        return bool(self.roles & SEES_EVERYTHING)


def visible_cases(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that limits a query to what the viewer may see."""
    if viewer.sees_everything:
        return true()
    if viewer.roles & SEES_OWN_DEPARTMENT and viewer.department_id is not None:
        return col(Case.department_id) == viewer.department_id
    return false()


def reachable_cases(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition for what the viewer may read: their own, and what their department co-handles (协办).

    Lists go by `visible_cases`, which an index serves; co-handled cases have a list of their own.
    """
    own = visible_cases(viewer)
    if viewer.sees_everything or viewer.department_id is None or not viewer.roles & SEES_OWN_DEPARTMENT:
        return own
    return or_(own, col(Case.id).in_(co_handled(viewer.department_id)))


def co_handled(department_id: int, *states: PartState) -> Any:
    """Return a query for the cases that a department co-handles, in one of these states or in any but released."""
    query = select(CoHandling.case_id).where(CoHandling.department_id == department_id)
    if states:
        return query.where(col(CoHandling.state).in_(states))
    return query.where(col(CoHandling.state) != PartState.RELEASED)


def get_case(session: Session, viewer: Viewer, case_id: int, *, for_update: bool = False) -> Case:
    """Return a case the viewer may read, or with `for_update` one that is the viewer's to change.

    Raises CaseNotFound for one that does not exist or is not theirs; a co-handling department may only read.
    """
    allowed = visible_cases(viewer) if for_update else reachable_cases(viewer)
    query = select(Case).where(Case.id == case_id, allowed)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    case = session.exec(query).first()
    if case is None:
        raise CaseNotFound(case_id)
    return case


def get_tracked_case(session: Session, tracking_code: str, *, for_update: bool = False) -> Case:
    """Return the case a citizen's tracking code opens; raise CaseNotFound."""
    query = select(Case).where(Case.tracking_code == tracking_code)
    if for_update:
        query = query.with_for_update().execution_options(populate_existing=True)
    case = session.exec(query).first()
    if case is None:
        raise CaseNotFound(tracking_code)
    return case


def require(viewer: Viewer, action: str, *roles: Role) -> None:
    """Raise NotAllowed unless the viewer holds one of the roles."""
    if not viewer.has(*roles):
        raise NotAllowed(action)


def expect(case: Case, action: str, *states: CaseState) -> None:
    """Raise WrongState unless the case is in one of these states, CannotJoin when its lead is handled instead."""
    expect_alone(case, action)
    if case.state not in states:
        raise WrongState(action, case.state.value)


def expect_alone(case: Case, action: str) -> None:
    """Refuse to handle a case by itself while it follows another; only its closing is its own."""
    if case.lead_id is not None and action != "close":
        raise CannotJoin("follows", case.tracking_code)
    if case.follower_count and action == "set_aside":
        raise CannotJoin("leads", case.tracking_code)


def may(viewer: Viewer, case: Case) -> dict[str, bool]:
    """Return what this viewer may do with this case now, for pages that show or hide buttons."""
    own = viewer.department_id is not None and viewer.department_id == case.department_id
    return {
        "dispatch": viewer.has(Role.DISPATCHER, Role.SUPERVISOR),
        "answer": own and viewer.has(Role.OFFICER),
        "review": viewer.has(Role.REVIEWER) and (own or viewer.sees_everything),
        "supervise": viewer.has(Role.SUPERVISOR),
        "note": True,
    }
