"""Signed push: only who has the secret is heard, a repeat gets the first answer, and nothing is taken halfway."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from sqlmodel import select

from inbox.channels.push import MAX_MESSAGES, SignedRequest, accept_push, sign
from inbox.errors import AccountClosed, AccountNotFound, MessageRefused, SignatureRefused
from inbox.models import Account, AccountState, Case, Message, Platform
from tests.inbox.conftest import NOW, TownHall
from web.database import Database

SECRET = "s" * 32


def signed(
    document: object,
    *,
    nonce: str = "nonce-00000001",
    key: str = "",
    secret: str = SECRET,
    at: datetime = NOW,
) -> SignedRequest:
    """Sign a body as a collector does."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    timestamp = str(int(at.timestamp()))
    return SignedRequest(timestamp, nonce, sign(secret, timestamp, nonce, body), key or nonce, body)


def one(text: str = "路灯坏了三天", external_id: str = "wb-1") -> dict[str, object]:
    return {"messages": [{"id": external_id, "text": text}]}


def push(town_hall: TownHall, request: SignedRequest, *, now: datetime = NOW) -> dict[str, object]:
    return accept_push(town_hall.session, "portal", request, now=now)


def test_a_signed_message_becomes_a_case_and_the_answer_names_its_code(town_hall: TownHall) -> None:
    answer = push(town_hall, signed(one()))

    case = town_hall.session.exec(select(Case)).one()
    assert answer == {
        "received": 1,
        "new": 1,
        "repeated": 0,
        "refused": 0,
        "messages": [{"id": "wb-1", "status": "new", "tracking_code": case.tracking_code}],
    }


def test_the_same_request_again_gets_the_first_answer(town_hall: TownHall) -> None:
    first = push(town_hall, signed(one(), key="key-1"))
    again = push(town_hall, signed(one(), key="key-1", nonce="nonce-00000002"))

    assert again == first
    assert len(town_hall.session.exec(select(Case)).all()) == 1


def test_the_same_message_in_another_request_is_a_repeat(town_hall: TownHall) -> None:
    push(town_hall, signed(one()))

    answer = push(town_hall, signed(one(), nonce="nonce-00000002"))

    assert (answer["new"], answer["repeated"]) == (0, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"signature": "0" * 64}, "signature_wrong"),
        ({"signature": ""}, "signature_wrong"),
        ({"signature": "é" * 64}, "signature_wrong"),
        ({"body": b'{"messages": [{"id": "wb-1", "text": "changed"}]}'}, "signature_wrong"),
        ({"timestamp": "1"}, "signature_wrong"),
        ({"nonce": "short"}, "nonce_malformed"),
        ({"nonce": "with a space in it"}, "nonce_malformed"),
    ],
)
def test_an_altered_request_is_refused(town_hall: TownHall, change: dict[str, object], reason: str) -> None:
    with pytest.raises(SignatureRefused) as refused:
        push(town_hall, replace(signed(one()), **change))  # type: ignore[arg-type]

    assert refused.value.reason == reason
    assert town_hall.session.exec(select(Message)).all() == []


@pytest.mark.parametrize("minutes", [-5.1, 5.1, -600, 600])
def test_a_timestamp_more_than_five_minutes_off_is_refused(town_hall: TownHall, minutes: float) -> None:
    with pytest.raises(SignatureRefused, match="timestamp_old"):
        push(town_hall, signed(one(), at=NOW + timedelta(minutes=minutes)))


@pytest.mark.parametrize("minutes", [-5, 0, 5])
def test_a_timestamp_up_to_five_minutes_off_is_taken(town_hall: TownHall, minutes: float) -> None:
    assert push(town_hall, signed(one(), at=NOW + timedelta(minutes=minutes)))["new"] == 1


@pytest.mark.parametrize("written", ["soon", "1٠", "-1", "12345678901234567890", ""])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(town_hall: TownHall, written: str) -> None:
    body, nonce = json.dumps(one()).encode(), "nonce-00000001"
    request = SignedRequest(written, nonce, sign(SECRET, written, nonce, body), nonce, body)

    with pytest.raises(SignatureRefused, match="timestamp_malformed"):
        push(town_hall, request)


def test_a_replayed_nonce_is_refused(town_hall: TownHall) -> None:
    push(town_hall, signed(one(), key="key-1"))

    with pytest.raises(SignatureRefused, match="nonce_reused"):
        push(town_hall, signed(one("别的事", "wb-2"), key="key-2"))


def test_a_key_used_with_another_body_is_refused(town_hall: TownHall) -> None:
    push(town_hall, signed(one(), key="key-1"))

    with pytest.raises(SignatureRefused, match="key_reused"):
        push(town_hall, signed(one("别的事", "wb-2"), key="key-1", nonce="nonce-00000002"))


def test_the_secret_of_another_account_opens_nothing(town_hall: TownHall) -> None:
    with pytest.raises(SignatureRefused, match="signature_wrong"):
        push(town_hall, signed(one(), secret="t" * 32))


def test_unknown_closed_and_silent_accounts_take_nothing(town_hall: TownHall) -> None:
    with pytest.raises(AccountNotFound):
        accept_push(town_hall.session, "nobody", signed(one()), now=NOW)
    with pytest.raises(SignatureRefused, match="push_disabled"):
        accept_push(town_hall.session, "sheet", signed(one()), now=NOW)
    town_hall.account.state = AccountState.CLOSED
    with pytest.raises(AccountClosed):
        push(town_hall, signed(one()))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not_json"),
        (b"{", "not_json"),
        ("路灯".encode("gb18030"), "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[]", "no_messages"),
        (b'{"messages": []}', "no_messages"),
        (b'{"messages": {}}', "no_messages"),
        (b"42", "no_messages"),
        (b"[1]", "field_wrong"),
        (b'[{"id": "1"}]', "field_wrong"),
        (b'[{"id": 7, "text": "x"}]', "field_wrong"),
        (b'[{"id": "1", "text": "x", "posted_at": "yesterday"}]', "field_wrong"),
        (b'[{"id": "1", "text": ""}]', "empty"),
        (b'[{"id": "1", "text": "\\u200b \\ufeff"}]', "empty"),
        (json.dumps([{"id": "1", "text": "长" * 100_001}]).encode(), "too_long"),
        (json.dumps([{"id": str(i), "text": "x"} for i in range(MAX_MESSAGES + 1)]).encode(), "too_many"),
        (b'[{"id": "1", "text": "x", "posted_at": "2099-01-01T00:00:00Z"}]', "impossible_date"),
    ],
)
def test_a_body_that_cannot_be_taken_says_why_and_leaves_the_nonce_unused(
    town_hall: TownHall, body: bytes, reason: str
) -> None:
    with pytest.raises(MessageRefused) as refused:
        push(town_hall, signed(body))

    assert refused.value.reason == reason
    assert push(town_hall, signed(one()))["new"] == 1


def test_good_messages_of_a_batch_are_taken_and_bad_ones_named_in_order(town_hall: TownHall) -> None:
    answer = push(
        town_hall,
        signed(
            [
                {"id": "1", "text": "路灯坏了"},
                {"id": "2", "text": "  "},
                {"id": "1", "text": "路灯坏了"},
                {"id": "3", "text": "井盖丢了"},
            ]
        ),
    )

    messages = answer["messages"]
    assert isinstance(messages, list)
    assert [(m["id"], m["status"]) for m in messages] == [
        ("1", "new"),
        ("2", "refused"),
        ("1", "repeated"),
        ("3", "new"),
    ]
    assert messages[1]["code"] == "empty"
    assert messages[2]["tracking_code"] == messages[0]["tracking_code"]
    assert [answer[name] for name in ("received", "new", "repeated", "refused")] == [4, 2, 1, 1]


def test_half_a_character_and_ten_thousand_emoji_are_taken(town_hall: TownHall) -> None:
    body = b'[{"id": "cut-\\ud83d", "text": "\\u8def\\u706f\\ud83d", "author": "\\udc00"}, {"id": "e", "text": "%s"}]'

    answer = push(town_hall, signed(body.replace(b"%s", "😀".encode() * 10_000)))

    texts = [m.text for m in town_hall.session.exec(select(Message).order_by(Message.id)).all()]  # type: ignore[arg-type]
    assert answer["new"] == 2
    assert texts == ["路灯\ufffd", "😀" * 10_000]


def test_what_arrived_is_kept_as_it_was(town_hall: TownHall) -> None:
    entry = {"id": "wb-1", "text": " 路灯\u0000坏了 ", "likes": 7}

    push(town_hall, signed([entry]))

    message = town_hall.session.exec(select(Message)).one()
    assert json.loads(message.raw) == entry
    assert message.text == "路灯坏了"


def test_the_same_request_twice_at_one_moment_is_taken_once_and_answered_alike(database: Database) -> None:
    with database.transaction() as session:
        session.add(
            Account(code="portal", name="网站", platform=Platform.PORTAL, created_at=NOW, push_secret=SECRET)
        )
    together = Barrier(4)
    requests = [signed(one(), key="key-1", nonce=f"nonce-{number:08}") for number in range(4)]

    def send(request: SignedRequest) -> dict[str, object]:
        together.wait()
        with database.transaction() as session:
            return accept_push(session, "portal", request, now=NOW)

    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(send, requests))

    with database.reading() as session:
        assert len(session.exec(select(Case)).all()) == 1
    assert answers == [answers[0]] * 4
    assert answers[0]["new"] == 1
