"""Departments and towns: opening, changing and closing them, and the lists that pages show."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from routing.errors import CodeTaken, DepartmentNotFound
from routing.models import Department, DepartmentKind
from routing.revisions import note_change

_EDITABLE = frozenset({"name", "name_en", "phone", "aliases", "threshold", "parent_id"})


@dataclass(frozen=True, slots=True)
class DepartmentView:
    """A department as pages show it."""

    id: int
    code: str
    name: str
    name_en: str
    kind: DepartmentKind
    phone: str
    aliases: tuple[str, ...]
    threshold: float | None
    parent_id: int | None
    is_open: bool

    def label(self, locale: str) -> str:
        """Return the name in the reader's language; Chinese when there is no other."""
        return self.name_en if locale.startswith("en") and self.name_en else self.name


def create_department(
    session: Session,
    *,
    code: str,
    name: str,
    name_en: str = "",
    kind: DepartmentKind | str = DepartmentKind.DEPARTMENT,
    phone: str = "",
    aliases: tuple[str, ...] = (),
    threshold: float | None = None,
    parent_id: int | None = None,
) -> DepartmentView:
    """Open a department. Raises CodeTaken when the code is in use, also by a closed one."""
    if department_by_code(session, code) is not None:
        raise CodeTaken(code)
    department = Department(
        code=code,
        name=name,
        name_en=name_en,
        kind=DepartmentKind(kind),
        phone=phone,
        aliases=list(aliases),
        threshold=threshold,
        parent_id=parent_id,
    )
    session.add(department)
    session.flush()
    note_change(session)
    return _view(department)


def update_department(session: Session, department_id: int, **changes: Any) -> DepartmentView:
    """Change name, name_en, phone, aliases, threshold or parent_id; the code is for ever.

    Raises DepartmentNotFound, and TypeError for a field that can't be changed.
    """
    unknown = set(changes) - _EDITABLE
    if unknown:
        msg = f"a department's {', '.join(sorted(unknown))} cannot be changed"
        raise TypeError(msg)
    department = _department(session, department_id)
    for name, value in changes.items():
        setattr(department, name, list(value) if name == "aliases" else value)
    session.add(department)
    session.flush()
    note_change(session)
    return _view(department)


def close_department(session: Session, department_id: int, *, now: datetime) -> DepartmentView:
    """Stop routing to a department. Its open cases stay and are for the dispatcher to move."""
    department = _department(session, department_id)
    if department.closed_at is None:
        department.closed_at = now
        session.add(department)
        session.flush()
        note_change(session)
    return _view(department)


def reopen_department(session: Session, department_id: int) -> DepartmentView:
    """Route to a closed department again."""
    department = _department(session, department_id)
    department.closed_at = None
    session.add(department)
    session.flush()
    note_change(session)
    return _view(department)


def all_departments(session: Session, *, include_closed: bool = False) -> list[DepartmentView]:
    """List departments first, then towns, in the order they were opened."""
    query = select(Department).order_by(col(Department.kind), col(Department.id))
    if not include_closed:
        query = query.where(col(Department.closed_at).is_(None))
    return [_view(department) for department in session.exec(query)]


def department_by_code(session: Session, code: str) -> DepartmentView | None:
    """Return the department, closed or not, or None."""
    department = session.exec(select(Department).where(Department.code == code)).one_or_none()
    return None if department is None else _view(department)


def department_by_id(session: Session, department_id: int) -> DepartmentView | None:
    """Return the department, closed or not, or None."""
    department = session.get(Department, department_id)
    return None if department is None else _view(department)


def _department(session: Session, department_id: int) -> Department:
    department = session.get(Department, department_id)
    if department is None:
        raise DepartmentNotFound(department_id)
    return department


def _view(row: Department) -> DepartmentView:
    assert row.id is not None  # noqa: S101 - flushed rows have ids
    return DepartmentView(
        id=row.id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        kind=DepartmentKind(row.kind),
        phone=row.phone,
        aliases=tuple(row.aliases),
        threshold=row.threshold,
        parent_id=row.parent_id,
        is_open=row.closed_at is None,
    )
