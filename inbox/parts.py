"""The parts of a message that was split into linked cases, as pages and deliveries read them."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from inbox.models import Case, CasePart, CaseState


@dataclass(frozen=True, slots=True)
class LinkedPart:
    """A part of a split message as the pages of officers show it."""

    case_id: int
    number: int
    text: str
    department_id: int | None
    state: CaseState


def linked_parts(session: Session, case_id: int) -> tuple[LinkedPart, ...]:
    """Return all parts of the message that this case is a part of, in order; none for most cases."""
    rows = parts_of(session, case_id)
    cases = {
        case.id: case
        for case in session.exec(select(Case).where(col(Case.id).in_([row.case_id for row in rows])))
    }
    return tuple(
        LinkedPart(
            row.case_id, row.number, row.text, cases[row.case_id].department_id, cases[row.case_id].state
        )
        for row in rows
    )


def origin_of(session: Session, case_id: int) -> int:
    """Return the case the citizen's message came in as: the case itself unless it is a later part."""
    rows = parts_of(session, case_id)
    return rows[0].origin_id if rows else case_id


def part_codes(session: Session, case_id: int) -> list[str]:
    """Return the codes of the other parts, for the tracking page of the case they were split from."""
    query = (
        select(Case.tracking_code)
        .join(CasePart, col(CasePart.case_id) == Case.id)
        .where(CasePart.origin_id == case_id, CasePart.case_id != case_id, col(CasePart.undone_at).is_(None))
        .order_by(col(CasePart.number))
    )
    return list(session.exec(query))


def parts_of(session: Session, case_id: int) -> list[CasePart]:
    """Return the rows of the message that this case is a part of, in order."""
    origin = select(CasePart.origin_id).where(CasePart.case_id == case_id, col(CasePart.undone_at).is_(None))
    query = select(CasePart).where(col(CasePart.origin_id).in_(origin), col(CasePart.undone_at).is_(None))
    return list(session.exec(query.order_by(col(CasePart.number))))
