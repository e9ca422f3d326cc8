"""Accounts: which unit citizens write to on which platform, and how each is doing."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from inbox.errors import AccountClosed, AccountExists, AccountNotFound
from inbox.models import Account, AccountState, Case, DeliveryChannel, Platform
from routing.models import Department


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as the accounts page lists it; `cases` counts everything ever received through it."""

    id: int
    code: str
    name: str
    platform: Platform
    handle: str | None
    department_id: int | None
    department: str | None
    department_en: str | None
    state: AccountState
    callback_url: str | None
    can_push: bool
    last_collected_at: datetime | None
    last_error: str | None
    cases: int
    delivery: DeliveryChannel


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What an administrator may set on an account."""

    name: str
    platform: Platform
    department_id: int | None
    handle: str | None = None
    callback_url: str | None = None
    state: AccountState = AccountState.ACTIVE


def delivery_channel(account: Account) -> DeliveryChannel:
    """Return how replies go back: a signed callback if there is an address, an export for files, else the page."""
    if account.callback_url:
        return DeliveryChannel.CALLBACK
    return DeliveryChannel.EXPORT if account.platform == Platform.FILE else DeliveryChannel.TRACKING


def get_account(session: Session, code: str) -> Account:
    """Return the account with this code; raise AccountNotFound."""
    account = session.exec(select(Account).where(Account.code == code)).first()
    if account is None:
        raise AccountNotFound(code)
    return account


def open_account(session: Session, code: str) -> Account:
    """Return the account if messages may still come in through it; raise AccountNotFound or AccountClosed."""
    account = get_account(session, code)
    if account.state == AccountState.CLOSED:
        raise AccountClosed(code)
    return account


def create_account(session: Session, code: str, change: AccountChange, *, now: datetime) -> Account:
    """Register an account with a fresh push secret; raise AccountExists if the code is taken."""
    if session.exec(select(Account.id).where(Account.code == code)).first() is not None:
        raise AccountExists(code)
    account = Account(code=code, created_at=now, push_secret=new_secret(), **_values(change))
    session.add(account)
    session.flush()
    return account


def change_account(session: Session, code: str, change: AccountChange) -> Account:
    """Apply an administrator's changes; raise AccountNotFound."""
    account = get_account(session, code)
    for name, value in _values(change).items():
        setattr(account, name, value)
    session.flush()
    return account


def rotate_secret(session: Session, code: str) -> str:
    """Replace the push secret at once (管理办法 §28: change passwords when people leave) and return the new one."""
    account = get_account(session, code)
    account.push_secret = new_secret()
    session.flush()
    return account.push_secret


def new_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def list_accounts(session: Session) -> list[AccountView]:
    """Return every account with its unit and the number of cases, by platform and name."""
    counts = select(Case.account_id, func.count().label("n")).group_by(col(Case.account_id)).subquery()
    query = (
        select(Account, Department, counts.c.n)
        .join(Department, col(Department.id) == Account.department_id, isouter=True)
        .join(counts, counts.c.account_id == Account.id, isouter=True)
        .order_by(col(Account.platform), col(Account.name))
    )
    return [account_view(account, unit, n or 0) for account, unit, n in session.exec(query).all()]


def account_view(account: Account, unit: Department | None, cases: int) -> AccountView:
    """Describe one account for a page."""
    return AccountView(
        id=account.id or 0,
        code=account.code,
        name=account.name,
        platform=account.platform,
        handle=account.handle,
        department_id=account.department_id,
        department=unit.name if unit else None,
        department_en=unit.name_en if unit else None,
        state=account.state,
        callback_url=account.callback_url,
        can_push=bool(account.push_secret),
        last_collected_at=account.last_collected_at,
        last_error=account.last_error,
        cases=cases,
        delivery=delivery_channel(account),
    )


def _values(change: AccountChange) -> dict[str, Any]:
    return {
        "name": change.name,
        "platform": change.platform,
        "department_id": change.department_id,
        "handle": change.handle or None,
        "callback_url": change.callback_url or None,
        "state": change.state,
    }
