"""Messages come in once, whole, or with a reason why not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from inbox.intake import Submission, receive_messages
from inbox.models import Account, Case, CaseState, Message, Platform, Task, TaskKind
from inbox.outbox import take_pending
from tests.inbox.conftest import NOW, TownHall
from web.database import Database


def submission(external_id: str = "1", text: str = "路灯坏了", **more: object) -> Submission:
    return Submission(external_id=external_id, text=text, raw=text.encode("utf-8", "surrogatepass"), **more)  # type: ignore[arg-type]


def test_new_message_becomes_a_case_with_work_to_do(town_hall: TownHall) -> None:
    taken = receive_messages(town_hall.session, town_hall.account, [submission()], now=NOW)

    case = town_hall.session.get_one(Case, taken.new[0].case_id)
    task = town_hall.session.exec(select(Task).where(Task.subject_id == case.id)).one()
    assert (case.state, case.title, case.received_at) == (CaseState.NEW, "路灯坏了", NOW)
    assert task.kind == TaskKind.TRIAGE
    assert take_pending(town_hall.session) == [(TaskKind.TRIAGE, [task.id])]


def test_same_external_id_never_makes_two_cases(town_hall: TownHall) -> None:
    first = receive_messages(town_hall.session, town_hall.account, [submission(), submission()], now=NOW)
    again = receive_messages(town_hall.session, town_hall.account, [submission(text="别的")], now=NOW)

    assert (len(first.new), len(again.new)) == (1, 0)
    assert again.repeated[0].tracking_code == first.new[0].tracking_code


def test_same_external_id_in_two_accounts_makes_two_cases(town_hall: TownHall) -> None:
    for account in (town_hall.account, town_hall.file_account):
        taken = receive_messages(town_hall.session, account, [submission()], now=NOW)

        assert len(taken.new) == 1


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("😀" * 10_000, "😀" * 10_000),
        ("坏\ud800了", "坏\N{REPLACEMENT CHARACTER}了"),
        ("a\x00b\r\nc", "ab\nc"),
        ("ＡＢＣ１２３", "ＡＢＣ１２３"),
    ],
)
def test_odd_text_is_kept_readable_with_its_raw_bytes(town_hall: TownHall, text: str, kept: str) -> None:
    receive_messages(town_hall.session, town_hall.account, [submission(text=text)], now=NOW)

    message = town_hall.session.exec(select(Message)).one()
    assert message.text == kept
    assert message.raw == text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (submission(text=""), "empty"),
        (submission(text=" \u200b\u3000\n"), "empty"),
        (submission(text="长" * 100_001), "too_long"),
        (submission(text="x" * 1_000_000), "too_long"),
        (submission(external_id=""), "no_id"),
        (submission(posted_at=NOW + timedelta(days=2)), "impossible_date"),
    ],
)
def test_message_that_cannot_be_taken_is_refused_and_the_others_stand(
    town_hall: TownHall, bad: Submission, reason: str
) -> None:
    taken = receive_messages(town_hall.session, town_hall.account, [bad, submission("good")], now=NOW)

    assert [(r.position, r.reason) for r in taken.refused] == [(0, reason)]
    assert [r.external_id for r in taken.new] == ["good"]


def test_concurrent_senders_of_the_same_messages_make_each_case_once(database: Database) -> None:
    with database.transaction() as session:
        session.add(Account(code="a", name="a", platform=Platform.PORTAL, created_at=NOW))
    batch = [submission(str(i)) for i in range(25)]

    def send(order: int) -> int:
        rotated = batch[order:] + batch[:order]
        for _ in range(5):
            try:
                return _send(database, rotated)
            except Exception as error:  # a deadlock victim tries again, as a collector would
                if "deadlock" not in str(error):
                    raise
        return 0

    with ThreadPoolExecutor(4) as pool:
        new = sum(pool.map(send, range(0, 24, 3)))

    with database.reading() as session:
        ids = session.exec(select(Message.external_id)).all()
        cases = session.exec(select(Case.id)).all()
    assert new == 25
    assert len(ids) == len(set(ids)) == len(cases) == 25


def _send(database: Database, batch: list[Submission]) -> int:
    with database.transaction() as session:
        account = session.exec(select(Account)).one()
        return len(receive_messages(session, account, batch, now=NOW).new)


def test_clock_starts_when_the_file_says_so_only_if_asked(
    town_hall: TownHall, later: Callable[[float], datetime]
) -> None:
    taken = receive_messages(
        town_hall.session,
        town_hall.account,
        [submission("a", posted_at=later(-48)), submission("b", received_at=later(-48))],
        now=NOW,
    )

    started = [town_hall.session.get_one(Case, r.case_id).received_at for r in taken.new]
    assert started == [NOW, later(-48)]
