"""API tokens: a program works in an officer's name until the token expires, is revoked, or the officer leaves."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from routing.errors import TokenNotFound, TooManyTokens
from routing.models import ApiToken

MAX_TOKENS = 20
LONGEST_LIFE = timedelta(days=365)
"""No token lives longer: one that nobody renews is one that nobody remembers."""

USE_NOTED_EVERY = timedelta(minutes=10)
"""How exactly `last_used_at` is known, so that reading through the API does not write every time."""

MARK = "mh_"
"""How every token begins, so that scanners recognise one that was published by mistake."""

_SHOWN = len(MARK) + 6
_LONGEST_NAME = 64
_LONGEST_SECRET = 100


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its owner sees it again: never the secret, only how it begins."""

    id: int
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime

    def is_expired(self, now: datetime) -> bool:
        """Tell whether the token has stopped working by itself; at its very end it has."""
        return now >= self.expires_at


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made, with the secret that is shown this once."""

    view: TokenView
    secret: str


@dataclass(frozen=True, slots=True)
class HeldToken:
    """A token that proved itself: whose it is, and whether its use should be noted again."""

    id: int
    officer_id: int
    use_is_due: bool


def create_token(
    session: Session, officer_id: int, name: str, *, lasts: timedelta, now: datetime
) -> NewToken:
    """Make a token of 256 random bits; its SHA-256 digest is stored, which nothing needs to slow down.

    Lives `LONGEST_LIFE` at most. Raises TooManyTokens when `MAX_TOKENS` are in use.
    """
    in_use = select(func.count()).where(
        ApiToken.officer_id == officer_id, col(ApiToken.revoked_at).is_(None), ApiToken.expires_at > now
    )
    if session.exec(in_use).one() >= MAX_TOKENS:
        raise TooManyTokens(MAX_TOKENS)
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        officer_id=officer_id,
        name=name.strip()[:_LONGEST_NAME],
        prefix=secret[:_SHOWN],
        digest=_digest(secret),
        created_at=now,
        expires_at=now + min(lasts, LONGEST_LIFE),
    )
    session.add(token)
    session.flush()
    return NewToken(_view(token), secret)


def tokens_of(session: Session, officer_id: int) -> list[TokenView]:
    """List an officer's tokens that were not revoked, expired ones included, newest first."""
    query = (
        select(ApiToken)
        .where(ApiToken.officer_id == officer_id, col(ApiToken.revoked_at).is_(None))
        .order_by(col(ApiToken.id).desc())
    )
    return [_view(token) for token in session.exec(query)]


def revoke_token(session: Session, officer_id: int, token_id: int, *, now: datetime) -> None:
    """End one of the officer's own tokens at once. Raises TokenNotFound."""
    if not _revoke(session, officer_id, token_id, now=now):
        raise TokenNotFound(token_id)


def revoke_tokens_of(session: Session, officer_id: int, *, now: datetime) -> int:
    """End every token of an officer at once; return how many there were."""
    return _revoke(session, officer_id, None, now=now)


def held_token(session: Session, secret: str, *, now: datetime) -> HeldToken | None:
    """Return the token that this secret opens, or None for one that is wrong, revoked or expired.

    Whether its officer may still work is for the caller to ask.
    """
    if len(secret) > _LONGEST_SECRET:
        return None
    token = session.exec(select(ApiToken).where(ApiToken.digest == _digest(secret))).one_or_none()
    if token is None or token.revoked_at is not None or now >= token.expires_at:
        return None
    used = token.last_used_at
    return HeldToken(token.id or 0, token.officer_id, used is None or now - used >= USE_NOTED_EVERY)


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Remember when a token was last used."""
    session.execute(update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_at=now))


def _revoke(session: Session, officer_id: int, token_id: int | None, *, now: datetime) -> int:
    conditions = [col(ApiToken.officer_id) == officer_id, col(ApiToken.revoked_at).is_(None)]
    if token_id is not None:
        conditions.append(col(ApiToken.id) == token_id)
    revoked = session.execute(update(ApiToken).where(*conditions).values(revoked_at=now))
    return int(revoked.rowcount)  # type: ignore[attr-defined]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _view(token: ApiToken) -> TokenView:
    return TokenView(
        token.id or 0, token.name, token.prefix, token.created_at, token.last_used_at, token.expires_at
    )
