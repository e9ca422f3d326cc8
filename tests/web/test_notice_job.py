"""Notices on their way out: signed, merged, kept within the robots' limit, never silently sent twice."""

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from inbox.access import Viewer
from inbox.channels.robots import cut, is_allowed, send_to_robot
from inbox.errors import RobotRefused
from inbox.models import DeliveryState, Task, TaskKind, TaskState
from inbox.notice_models import EmailMode, NoticeRobot, NoticeSend, RobotKind
from inbox.notice_robots import NewRobot, add_robot, list_robots, remove_robot, try_robot
from inbox.notice_sending import (
    ROBOT_LIMIT,
    SENDING_LIMIT,
    begin_sends,
    choose,
    failed_sends,
    finish_sends,
    let_go,
    note_interrupted,
    send_again,
)
from inbox.notices import notify
from inbox.quiet_hours import after_quiet, next_at
from routing.departments import create_department
from routing.models import Role
from routing.officers import create_officer
from tests.web.fake_channels import SECRET, TOKEN, MailServer, Robots
from tests.web.group import eventually
from tests.web.test_worker import start
from web import jobs
from web.notice_parcels import send_parcel
from web.runtime import open_runtime, utc_now
from web.scheduler import Scheduler

SHANGHAI = ZoneInfo("Asia/Shanghai")
KINDS = ("dingtalk", "wecom", "feishu")


@pytest.fixture
def robots():
    opened = Robots()
    yield opened
    opened.close()


@pytest.fixture
def mail():
    opened = MailServer()
    yield opened
    opened.close()


@pytest.fixture
def house(settings, robots, mail, monkeypatch):
    """A runtime that may call the fakes; Alice of housing, with an address, and Gu the administrator."""
    changed = settings.model_copy(
        update={
            "robot_origins": robots.origin,
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": "none",
            "mail_from": "minhu@lanting.example",
        }
    )
    runtime = open_runtime(changed)
    jobs.use_runtime(runtime)
    with runtime.database.transaction() as session:
        unit = create_department(session, code="housing", name="县住建局")
        people = {
            login: create_officer(
                session, login=login, name=login, roles=[role], department_id=unit.id, now=utc_now()
            ).id
            for login, role in (("alice", "officer"), ("gu", "administrator"))
        }
        choose(session, people["alice"], email="alice@lanting.example", quiet_from="", quiet_until="")
    yield House(runtime, people, unit.id)
    runtime.close()


class House:
    """What the tests do with the runtime."""

    def __init__(self, runtime, people, unit):
        self.runtime, self.alice, self.unit = runtime, people["alice"], unit
        self.gu = Viewer(people["gu"], unit, frozenset({Role.ADMINISTRATOR}), "gu")

    def add_robot(self, robots, kind="dingtalk", secret=SECRET):
        new = NewRobot("住建工作群", RobotKind(kind), robots.url(kind), secret, self.unit)
        with self.runtime.database.transaction() as session:
            robot = add_robot(session, self.gu, new, origins=[robots.origin], now=utc_now())
            robot.quiet_from = robot.quiet_until = ""
            return robot.id

    def tell(self, kind="urged", **more):
        with self.runtime.database.transaction() as session:
            return notify(session, [self.alice], kind, now=more.pop("now", utc_now()), **more)

    def tasks(self):
        with self.runtime.database.reading() as session:
            query = select(Task.id).where(
                Task.kind == TaskKind.NOTIFY, Task.state == TaskState.WAITING, col(Task.due_at) <= utc_now()
            )
            return list(session.exec(query).all())

    def work(self):
        jobs.notify(self.tasks())

    def sends(self):
        with self.runtime.database.reading() as session:
            return list(session.exec(select(NoticeSend).order_by(col(NoticeSend.id))).all())

    def states(self):
        return [send.state.value for send in self.sends()]


@pytest.mark.parametrize("kind", KINDS)
def test_each_robot_is_spoken_to_as_its_maker_documents(house, robots, kind) -> None:
    house.add_robot(robots, kind)
    house.tell(params={"officer_id": house.gu.officer_id, "word": "请尽快"})

    house.work()

    [text] = robots.got[kind]
    assert "请抓紧办理此件（催办）" in text
    assert "请尽快" in text
    assert set(house.states()) == {"delivered"}


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_wrong_secret_is_refused_with_200_and_noticed_all_the_same(house, robots, kind) -> None:
    house.add_robot(robots, kind, secret="SECwrong")
    house.tell()

    house.work()

    with house.runtime.database.reading() as session:
        [failed] = failed_sends(session)
    assert robots.got[kind] == []
    assert (failed.state, failed.attempts) == (DeliveryState.FAILED, 1)
    assert failed.error in ("code 310000", "code 19021")


def test_what_is_due_together_is_one_message_and_one_email(house, robots, mail) -> None:
    house.add_robot(robots)
    for word in "一二三四五":
        house.tell(params={"officer_id": house.gu.officer_id, "word": word})

    house.work()

    assert len(robots.got["dingtalk"]) == len(mail.mails) == 1
    assert all(word in robots.got["dingtalk"][0] for word in "一二三四五")
    assert set(house.states()) == {"delivered"}


def test_the_limit_of_twenty_a_minute_is_kept_and_nothing_is_lost(house, robots) -> None:
    house.add_robot(robots)
    for number in range(ROBOT_LIMIT + 3):
        house.tell(params={"officer_id": house.gu.officer_id, "word": str(number)})
        house.work()
    assert len(robots.got["dingtalk"]) == ROBOT_LIMIT
    waiting = [send for send in house.sends() if send.robot_id and send.state == DeliveryState.WAITING]
    assert len(waiting) == 3
    assert all(send.due_at > utc_now() for send in waiting)

    with house.runtime.database.transaction() as session:
        later = max(send.due_at for send in waiting) + timedelta(seconds=1)
        query = select(Task.id).where(Task.kind == TaskKind.NOTIFY, Task.state == TaskState.WAITING)
        parcels = begin_sends(session, list(session.exec(query).all()), now=later)
    [parcel] = [each for each in parcels if each.robot]
    assert [line.params["word"] for line in parcel.lines] == ["20", "21", "22"]


def test_too_fast_for_the_platform_is_tried_again_after_its_ten_minutes(house, robots) -> None:
    robots.limit = 0
    house.add_robot(robots)
    house.tell()

    house.work()

    [send] = [send for send in house.sends() if send.robot_id]
    assert (send.state, send.error) == (DeliveryState.WAITING, "code 130101")
    assert send.due_at > utc_now() + timedelta(minutes=9)


def test_an_unreachable_robot_is_tried_again_a_little_later_each_time(house, robots) -> None:
    house.add_robot(robots)
    robots.close()
    house.tell()

    waits = []
    for attempt in range(3):
        now = utc_now() + timedelta(hours=attempt)
        with house.runtime.database.transaction() as session:
            query = select(Task.id).where(Task.kind == TaskKind.NOTIFY, Task.state == TaskState.WAITING)
            parcels = begin_sends(session, list(session.exec(query).all()), now=now)
        for parcel in parcels:
            outcome = send_parcel(house.runtime, parcel, now=now)
            with house.runtime.database.transaction() as session:
                finish_sends(session, parcel, outcome, now=now)
        [send] = [send for send in house.sends() if send.robot_id]
        waits.append(round((send.due_at - now).total_seconds()))

    assert waits == [30, 60, 120]


def test_an_answer_that_never_comes_is_unknown_and_not_repeated(house, robots, monkeypatch) -> None:
    monkeypatch.setattr("inbox.channels.robots.TIMEOUT_SECONDS", 0.3)
    house.add_robot(robots)
    robots.may_answer.clear()
    house.tell()

    house.work()
    robots.may_answer.set()
    house.work()

    assert len(robots.got["dingtalk"]) == 1
    [send] = [send for send in house.sends() if send.robot_id]
    assert (send.state, send.error) == (DeliveryState.UNKNOWN, "ReadTimeout")
    with house.runtime.database.transaction() as session:
        assert send_again(session, send.id, now=utc_now())
        assert not send_again(session, send.id, now=utc_now())
    house.work()
    assert len(robots.got["dingtalk"]) == 2


def test_a_worker_killed_in_the_middle_leaves_its_outcome_unknown(house, robots, monkeypatch) -> None:
    settings = house.runtime.settings
    house.add_robot(robots)
    robots.may_answer.clear()
    for name, value in (
        ("ROBOT_ORIGINS", robots.origin),
        ("SMTP_HOST", "127.0.0.1"),
        ("SMTP_PORT", str(settings.smtp_port)),
        ("SMTP_SECURITY", "none"),
    ):
        monkeypatch.setenv(f"MINHU_{name}", value)
    worker = start(settings, "worker")
    try:
        house.tell(kind="supervised", params={"number": "岚督〔2026〕1号"})
        eventually(lambda: bool(robots.got["dingtalk"]))
        worker.kill()
    finally:
        robots.may_answer.set()
        worker.kill()
        worker.wait()
    later = utc_now() + SENDING_LIMIT + timedelta(seconds=1)
    with house.runtime.database.transaction() as session:
        assert note_interrupted(session, now=utc_now()) == 0
        assert note_interrupted(session, now=later) == 1
    house.work()
    scheduler = Scheduler(house.runtime, name="s", clock=lambda: later + timedelta(hours=1))
    scheduler.tick()
    house.work()

    assert len(robots.got["dingtalk"]) == 1
    [send] = [send for send in house.sends() if send.robot_id]
    assert send.state == DeliveryState.UNKNOWN
    with house.runtime.database.transaction() as session:
        assert let_go(session, send.id, now=later)
        assert failed_sends(session) == []


def test_a_mail_says_what_and_where_in_the_readers_language(house, mail) -> None:
    house.tell(kind="supervised", params={"number": "岚督〔2026〕1号", "url": "/supervision/1"})

    house.work()

    [text] = mail.mails
    assert "To: alice@lanting.example" in text
    assert "Auto-Submitted: auto-generated" in text
    assert "Message-ID: <" in text
    assert set(house.states()) == {"delivered"}


def test_a_mailbox_that_does_not_exist_is_given_up_and_shown(house, mail) -> None:
    with house.runtime.database.transaction() as session:
        choose(session, house.alice, email="alice@nowhere.example")
    house.tell(kind="urged")

    house.work()

    with house.runtime.database.reading() as session:
        [failed] = failed_sends(session, officer_id=house.alice)
    assert (failed.error, failed.state) == ("SMTP 550", DeliveryState.FAILED)


def test_a_mail_server_that_breaks_off_after_the_message_leaves_it_unknown(house, mail) -> None:
    mail.breaks_off = True
    house.tell(kind="urged")

    house.work()
    house.work()

    assert len(mail.mails) == 1
    assert house.states() == ["unknown"]


NIGHT = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
"""Half past eleven at night in Shanghai."""


def test_quiet_hours_hold_back_everything_but_danger(house) -> None:
    with house.runtime.database.transaction() as session:
        choose(session, house.alice, quiet_from="21:00", quiet_until="07:30")
    house.tell(now=NIGHT)
    house.tell(kind="supervised", params={"number": "1"}, now=NIGHT)
    house.tell(urgent=True, now=NIGHT)

    morning = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert [send.due_at for send in house.sends()] == [morning, morning, NIGHT]


def test_quiet_hours_are_those_of_the_installations_zone(settings) -> None:
    far_west = open_runtime(settings.model_copy(update={"time_zone": "Asia/Urumqi"}))
    with far_west.database.transaction() as session:
        officer = create_officer(session, login="ai", name="艾", roles=["officer"], now=NIGHT)
        choose(session, officer.id, email="ai@lanting.example", quiet_from="22:00", quiet_until="07:30")
        notify(session, [officer.id], "urged", now=NIGHT - timedelta(minutes=1))  # 21:29 there
        notify(session, [officer.id], "urged", now=NIGHT + timedelta(minutes=30))  # 22:00 there
        sent = session.exec(select(NoticeSend.due_at).order_by(col(NoticeSend.id))).all()
    far_west.close()

    assert sent == [NIGHT - timedelta(minutes=1), datetime(2026, 11, 21, 1, 30, tzinfo=UTC)]


def test_a_digest_collects_and_an_order_does_not_wait_for_it(house) -> None:
    noon = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    with house.runtime.database.transaction() as session:
        choose(session, house.alice, email_mode=EmailMode.DIGEST, digest_at="08:30")
    house.tell(kind="mentioned", now=noon)
    house.tell(kind="supervised", params={"number": "1"}, now=noon)

    assert [send.due_at for send in house.sends()] == [datetime(2026, 11, 21, 0, 30, tzinfo=UTC), noon]


def test_nobody_switches_off_a_supervision_order(house, robots) -> None:
    house.add_robot(robots)
    with house.runtime.database.transaction() as session:
        choose(session, house.alice, email_mode=EmailMode.OFF, robots=False)
    house.tell(kind="urged")
    assert house.sends() == []

    house.tell(kind="supervised", params={"number": "1"})
    assert len(house.sends()) == 2


@pytest.mark.parametrize(
    ("now", "quiet", "then"),
    [
        ("15:30", ("21:00", "07:30"), "23:30"),
        ("23:29", ("21:00", "07:30"), "23:30"),
        ("23:30", ("21:00", "07:30"), "23:30"),
        ("12:59", ("21:00", "07:30"), "12:59"),
        ("05:00", ("12:00", "14:00"), "06:00"),
        ("15:30", ("", ""), "15:30"),
        ("15:30", ("21:00", "21:00"), "15:30"),
    ],
)
def test_quiet_hours_may_run_over_midnight(now, quiet, then) -> None:
    def at(text):
        return datetime.fromisoformat(f"2026-11-20T{text}:00+00:00")

    assert after_quiet(at(now), *quiet, SHANGHAI) == at(then)


def test_the_digest_of_now_is_tomorrows() -> None:
    now = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)

    assert next_at(now, "08:30", SHANGHAI) == now + timedelta(days=1)


@pytest.mark.parametrize(
    "url",
    [
        "https://oapi.dingtalk.com.evil.example/robot/send",
        "http://oapi.dingtalk.com/robot/send",
        "https://oapi.dingtalk.com:8443/robot/send",
        "https://oapi.dingtalk.com@127.0.0.1/robot/send",
        "https://127.0.0.1/robot/send",
        "https://[::1]/robot/send",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_robot_lives_nowhere_but_where_robots_may_live(house, robots, url) -> None:
    origins = ["https://oapi.dingtalk.com"]
    assert not is_allowed(url, origins)
    new = NewRobot("群", RobotKind.DINGTALK, url)

    with house.runtime.database.transaction() as session, pytest.raises(RobotRefused):
        add_robot(session, house.gu, new, origins=origins, now=utc_now())


def test_an_address_that_is_no_longer_allowed_and_a_redirect_are_not_followed(house, robots) -> None:
    import httpx

    robot = NoticeRobot(name="g", kind=RobotKind.WECOM, url=robots.url("wecom"), created_at=utc_now())
    with httpx.Client(follow_redirects=False, trust_env=False) as client:
        away = send_to_robot(client, robot, "x", origins=["https://oapi.dingtalk.com"], now=utc_now())
        robots.status = 307
        moved = send_to_robot(client, robot, "x", origins=[robots.origin], now=utc_now())

    assert (away.error, away.final) == ("address not allowed", True)
    assert (moved.error, moved.final) == ("HTTP 307", True)
    assert len(robots.got["wecom"]) == 1


def test_secrets_are_in_no_log_and_in_no_view_and_gone_when_removed(house, robots, caplog) -> None:
    caplog.set_level(logging.INFO)
    robot_id = house.add_robot(robots, secret="SECwrong")
    with house.runtime.database.transaction() as session:
        try_robot(session, house.gu, robot_id, now=utc_now())
    house.work()

    with house.runtime.database.transaction() as session:
        [view] = list_robots(session)
        shown = f"{view} {failed_sends(session)}"
        remove_robot(session, house.gu, robot_id, now=utc_now())
        robot = session.get_one(NoticeRobot, robot_id)
        assert TOKEN not in robot.url + robot.secret
        assert list_robots(session) == []
    ours = [record.getMessage() for record in caplog.records if record.name not in ("httpx", "httpcore")]
    assert TOKEN not in shown + str(ours)
    assert "SECwrong" not in shown + str(ours)
    assert view.last_error == "code 310000"


def test_a_long_text_is_cut_at_a_character() -> None:
    assert cut("督办" * 2000, 100).endswith("…")
    assert len(cut("督办" * 2000, 100).encode()) <= 100
    assert cut("短", 100) == "短"
