"""API tokens: shown once, kept as a digest, ended by time, by hand and by leaving."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from routing.errors import TokenNotFound, TooManyTokens
from routing.models import ApiToken
from routing.officers import create_officer, disable_officer
from routing.tokens import (
    LONGEST_LIFE,
    MARK,
    MAX_TOKENS,
    USE_NOTED_EVERY,
    create_token,
    held_token,
    note_use,
    revoke_token,
    tokens_of,
)

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MONTH = timedelta(days=30)


@pytest.fixture
def alice(session: Session) -> int:
    """An officer who writes programs."""
    return create_officer(session, login="alice", name="艾丽丝", roles=["officer"], now=NOW).id


@pytest.fixture
def bob(session: Session) -> int:
    """Another one."""
    return create_officer(session, login="bob", name="鲍勃", roles=["supervisor"], now=NOW).id


def test_the_secret_is_never_stored(session: Session, alice: int) -> None:
    made = create_token(session, alice, " 台账同步 ", lasts=MONTH, now=NOW)

    stored = session.exec(select(ApiToken)).one()
    assert made.secret.startswith(MARK)
    assert len(made.secret) >= 45  # 256 bits
    assert made.secret not in repr(stored.model_dump())
    assert stored.prefix == made.view.prefix == made.secret[:9]
    assert stored.name == "台账同步"


def test_a_token_opens_until_the_instant_it_ends(session: Session, alice: int) -> None:
    made = create_token(session, alice, "x", lasts=MONTH, now=NOW)

    before = held_token(session, made.secret, now=NOW + MONTH - timedelta(seconds=1))
    at_the_end = held_token(session, made.secret, now=NOW + MONTH)

    assert before is not None
    assert before.officer_id == alice
    assert at_the_end is None
    assert tokens_of(session, alice)[0].is_expired(NOW + MONTH)


def test_no_token_lives_longer_than_a_year(session: Session, alice: int) -> None:
    made = create_token(session, alice, "x", lasts=timedelta(days=4000), now=NOW)

    assert made.view.expires_at == NOW + LONGEST_LIFE


@pytest.mark.parametrize("wrong", ["", "mh_", "mh_" + "A" * 43, "x" * 5000, "\ud800", "mh_\x00", "令牌"])
def test_a_wrong_secret_opens_nothing(session: Session, alice: int, wrong: str) -> None:
    create_token(session, alice, "x", lasts=MONTH, now=NOW)

    assert held_token(session, wrong, now=NOW) is None


def test_a_digest_does_not_open_what_it_was_made_from(session: Session, alice: int) -> None:
    create_token(session, alice, "x", lasts=MONTH, now=NOW)
    digest = session.exec(select(ApiToken.digest)).one()

    assert held_token(session, digest, now=NOW) is None


def test_a_revoked_token_is_refused_at_once_and_leaves_the_list(session: Session, alice: int) -> None:
    made = create_token(session, alice, "x", lasts=MONTH, now=NOW)

    revoke_token(session, alice, made.view.id, now=NOW)

    assert held_token(session, made.secret, now=NOW) is None
    assert tokens_of(session, alice) == []
    with pytest.raises(TokenNotFound):
        revoke_token(session, alice, made.view.id, now=NOW)


def test_nobody_revokes_or_sees_the_token_of_somebody_else(session: Session, alice: int, bob: int) -> None:
    made = create_token(session, alice, "x", lasts=MONTH, now=NOW)

    with pytest.raises(TokenNotFound):
        revoke_token(session, bob, made.view.id, now=NOW)

    assert tokens_of(session, bob) == []
    assert held_token(session, made.secret, now=NOW) is not None


def test_leaving_ends_every_token(session: Session, alice: int, bob: int) -> None:
    first = create_token(session, alice, "x", lasts=MONTH, now=NOW)
    second = create_token(session, alice, "y", lasts=MONTH, now=NOW)
    others = create_token(session, bob, "z", lasts=MONTH, now=NOW)

    disable_officer(session, alice, now=NOW)

    assert held_token(session, first.secret, now=NOW) is None
    assert held_token(session, second.secret, now=NOW) is None
    assert held_token(session, others.secret, now=NOW) is not None


def test_one_officer_has_a_limited_number_of_tokens_that_work(session: Session, alice: int) -> None:
    for number in range(MAX_TOKENS):
        create_token(session, alice, str(number), lasts=MONTH, now=NOW)

    with pytest.raises(TooManyTokens):
        create_token(session, alice, "one more", lasts=MONTH, now=NOW)

    assert create_token(session, alice, "later", lasts=MONTH, now=NOW + MONTH).view.name == "later"


def test_use_is_noted_now_and_then(session: Session, alice: int) -> None:
    made = create_token(session, alice, "x", lasts=MONTH, now=NOW)
    first = held_token(session, made.secret, now=NOW)
    note_use(session, made.view.id, now=NOW)
    session.expire_all()

    soon = held_token(session, made.secret, now=NOW + USE_NOTED_EVERY - timedelta(seconds=1))
    later = held_token(session, made.secret, now=NOW + USE_NOTED_EVERY)

    assert first is not None
    assert first.use_is_due
    assert soon is not None
    assert not soon.use_is_due
    assert later is not None
    assert later.use_is_due
    assert tokens_of(session, alice)[0].last_used_at == NOW
