"""Officers: who signs in, with which roles, and how an account ends."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, select

from routing.errors import (
    DepartmentNotFound,
    LastAdministrator,
    LoginTaken,
    OfficerNotFound,
    UnknownRole,
    WeakPassword,
)
from routing.models import Department, Officer, Role
from routing.tokens import revoke_tokens_of

SHORTEST_PASSWORD = 8
FAILURES_BEFORE_LOCK = 10
LOCKED_FOR = timedelta(minutes=15)

# OWASP's first choice of argon2id parameters: 19 MiB keeps the web process small under parallel sign-ins.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_EDITABLE = frozenset({"name", "name_en", "phone", "department_id", "roles", "locale", "is_vendor"})


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer as pages and the sign-in see one; never carries the password's hash."""

    id: int
    login: str
    name: str
    name_en: str
    phone: str
    department_id: int | None
    roles: frozenset[Role]
    locale: str
    session_version: int
    has_second_factor: bool
    is_vendor: bool
    is_disabled: bool
    last_login_at: datetime | None

    def has_role(self, *roles: Role | str) -> bool:
        """Tell whether the officer holds at least one of the roles."""
        return any(Role(role) in self.roles for role in roles)


def create_officer(
    session: Session,
    *,
    login: str,
    name: str,
    roles: Iterable[Role | str],
    department_id: int | None = None,
    password: str | None = None,
    name_en: str = "",
    phone: str = "",
    locale: str = "zh_CN",
    is_vendor: bool = False,
    now: datetime,
) -> OfficerView:
    """Add an officer; without a password nobody can sign in until one is set.

    Raises LoginTaken, WeakPassword, UnknownRole and DepartmentNotFound.
    """
    login = login.strip().lower()
    if officer_by_login(session, login) is not None:
        raise LoginTaken(login)
    _require_department(session, department_id)
    officer = Officer(
        login=login,
        name=name,
        name_en=name_en,
        phone=phone,
        department_id=department_id,
        roles=_role_words(roles),
        password_hash="" if password is None else hash_password(password),
        locale=locale,
        is_vendor=is_vendor,
        created_at=now,
    )
    session.add(officer)
    session.flush()
    return _view(officer)


def update_officer(session: Session, officer_id: int, **changes: Any) -> OfficerView:
    """Change name, name_en, phone, department_id, roles, locale or is_vendor.

    New roles or another department end the officer's sessions: what a page allowed a minute ago may be
    wrong. Raises OfficerNotFound, UnknownRole, DepartmentNotFound, LastAdministrator, and TypeError for
    another field.
    """
    unknown = set(changes) - _EDITABLE
    if unknown:
        msg = f"an officer's {', '.join(sorted(unknown))} cannot be changed"
        raise TypeError(msg)
    officer = _officer(session, officer_id)
    if "roles" in changes:
        changes["roles"] = _role_words(changes["roles"])
        if Role.ADMINISTRATOR not in changes["roles"]:
            _keep_one_administrator(session, officer)
    if "department_id" in changes:
        _require_department(session, changes["department_id"])
    if any(
        name in changes and changes[name] != getattr(officer, name) for name in ("roles", "department_id")
    ):
        officer.session_version += 1
    for name, value in changes.items():
        setattr(officer, name, value)
    session.add(officer)
    session.flush()
    return _view(officer)


def set_password(session: Session, officer_id: int, password: str) -> OfficerView:
    """Set a new password and end every session that began under the old one. Raises WeakPassword."""
    officer = _officer(session, officer_id)
    officer.password_hash = hash_password(password)
    officer.session_version += 1
    officer.failed_logins = 0
    officer.locked_until = None
    session.add(officer)
    session.flush()
    return _view(officer)


def verify_password(session: Session, login: str, password: str, *, now: datetime) -> OfficerView | None:
    """Return the officer when login and password fit, else None; the caller learns no more than that.

    An unknown login takes as long as a wrong password. After ten wrong ones in a row the account answers None
    for 15 minutes. The caller commits in both cases: failures are counted.
    """
    login = login.replace("\0", "").strip().lower()  # no database can be asked for a NUL
    officer = session.exec(select(Officer).where(Officer.login == login)).one_or_none()
    if officer is None or not officer.password_hash:
        _matches(_nobody(), password)
        return None
    is_right = _matches(officer.password_hash, password)
    is_locked = officer.locked_until is not None and officer.locked_until > now
    if officer.disabled_at is not None or is_locked:
        return None
    if not is_right:
        _count_failure(officer, now=now)
        session.add(officer)
        session.flush()
        return None
    if _HASHER.check_needs_rehash(officer.password_hash):
        officer.password_hash = _HASHER.hash(password)
    officer.failed_logins = 0
    officer.locked_until = None
    officer.last_login_at = now
    session.add(officer)
    session.flush()
    return _view(officer)


def disable_officer(session: Session, officer_id: int, *, now: datetime) -> OfficerView:
    """End an officer's access at once, sessions and API tokens included; what they did stays.

    Raises LastAdministrator when nobody could administer the deployment afterwards.
    """
    officer = _officer(session, officer_id)
    if officer.disabled_at is not None:
        return _view(officer)
    _keep_one_administrator(session, officer)
    officer.disabled_at = now
    officer.session_version += 1
    revoke_tokens_of(session, officer_id, now=now)
    session.add(officer)
    session.flush()
    return _view(officer)


def enable_officer(session: Session, officer_id: int) -> OfficerView:
    """Let a disabled officer sign in again, with the password they had."""
    officer = _officer(session, officer_id)
    officer.disabled_at = None
    officer.failed_logins = 0
    officer.locked_until = None
    session.add(officer)
    session.flush()
    return _view(officer)


def end_sessions(session: Session, officer_id: int) -> OfficerView:
    """End every session of an officer who may go on working."""
    officer = _officer(session, officer_id)
    officer.session_version += 1
    session.add(officer)
    session.flush()
    return _view(officer)


def officer_by_id(session: Session, officer_id: int) -> OfficerView | None:
    """Return the officer, disabled or not, or None."""
    officer = session.get(Officer, officer_id)
    return None if officer is None else _view(officer)


def officer_by_login(session: Session, login: str) -> OfficerView | None:
    """Return the officer, disabled or not, or None."""
    officer = session.exec(select(Officer).where(Officer.login == login.strip().lower())).one_or_none()
    return None if officer is None else _view(officer)


def all_officers(
    session: Session,
    *,
    department_id: int | None = None,
    role: Role | str | None = None,
    include_disabled: bool = False,
) -> list[OfficerView]:
    """List officers by department and name, optionally one department's or those with one role."""
    query = select(Officer).order_by(col(Officer.department_id), col(Officer.name), col(Officer.id))
    if department_id is not None:
        query = query.where(Officer.department_id == department_id)
    if not include_disabled:
        query = query.where(col(Officer.disabled_at).is_(None))
    officers = [_view(officer) for officer in session.exec(query)]
    return [officer for officer in officers if role is None or officer.has_role(role)]


def hash_password(password: str) -> str:
    """Return the argon2id hash. Raises WeakPassword below eight characters."""
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(SHORTEST_PASSWORD)
    return _HASHER.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    """Return a hash that nobody has the password of, so that an unknown login costs the same time."""
    return _HASHER.hash(secrets.token_hex())


def _count_failure(officer: Officer, *, now: datetime) -> None:
    officer.failed_logins += 1
    if officer.failed_logins >= FAILURES_BEFORE_LOCK:
        officer.failed_logins = 0
        officer.locked_until = now + LOCKED_FOR


def _keep_one_administrator(session: Session, officer: Officer) -> None:
    if Role.ADMINISTRATOR not in officer.roles or officer.disabled_at is not None:
        return
    administrators = all_officers(session, role=Role.ADMINISTRATOR)
    if all(other.id == officer.id for other in administrators):
        raise LastAdministrator(officer.id or 0)


def _require_department(session: Session, department_id: int | None) -> None:
    if department_id is not None and session.get(Department, department_id) is None:
        raise DepartmentNotFound(department_id)


def _role_words(roles: Iterable[Role | str]) -> list[str]:
    words = set()
    for role in roles:
        try:
            words.add(Role(role))
        except ValueError:
            raise UnknownRole(str(role)) from None
    return [role.value for role in Role if role in words]


def _officer(session: Session, officer_id: int) -> Officer:
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise OfficerNotFound(officer_id)
    return officer


def _view(row: Officer) -> OfficerView:
    assert row.id is not None  # noqa: S101 - flushed rows have ids
    return OfficerView(
        id=row.id,
        login=row.login,
        name=row.name,
        name_en=row.name_en,
        phone=row.phone,
        department_id=row.department_id,
        roles=frozenset(Role(role) for role in row.roles),
        locale=row.locale,
        session_version=row.session_version,
        has_second_factor=row.totp_secret is not None,
        is_vendor=row.is_vendor,
        is_disabled=row.disabled_at is not None,
        last_login_at=row.last_login_at,
    )
