"""Alarms, watched words, transfers, and spam that goes aside by itself."""

from datetime import timedelta

import pytest
from sqlmodel import select

from inbox.alarms import (
    acknowledge_alarm,
    climb_alarms,
    get_transfer,
    list_alarms,
    note_receipt,
    open_alarms,
    raise_alarms,
    transfer_case,
)
from inbox.cases import take_back
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed
from inbox.events import events_of
from inbox.models import CaseState, Display
from inbox.notice_models import Notice
from inbox.risk_models import WordEffect
from inbox.risk_words import add_word, list_words, load_screen, remove_word, set_alarm_policy
from inbox.set_aside import set_aside_cases, sure_spam
from routing.roster_models import DutyShift
from sla.views import deadlines_of
from tests.inbox.conftest import NOW, TownHall

DANGER = "小区三栋有人站在楼顶要跳楼，快来人救命"
ADVERT = "代开各类发票，低息贷款秒到账，加微信：fapiao888"


def minutes(number: int) -> timedelta:
    """Return so many minutes."""
    return timedelta(minutes=number)


def on_duty(hall: TownHall, *officer_ids: int) -> None:
    """Put people on the county's roster, first to be called first."""
    hall.session.add_all(
        DutyShift(department_id=None, officer_id=officer_id, position=n, starts_at=NOW - timedelta(days=1))
        for n, officer_id in enumerate(officer_ids, 1)
    )
    hall.session.flush()


def told(hall: TownHall) -> list[tuple[int, str, bool]]:
    """Return who was told what, and whether it was urgent."""
    return [
        (n.officer_id, n.kind, n.urgent)
        for n in hall.session.exec(select(Notice).order_by(Notice.id)).all()  # type: ignore[arg-type]
        if n.kind.startswith("alarm")
    ]


def test_danger_calls_who_is_on_duty_hides_the_message_and_is_still_handled(town_hall: TownHall) -> None:
    on_duty(town_hall, town_hall.sun.officer_id, town_hall.dong.officer_id)
    (case,) = town_hall.receive(DANGER)

    assert told(town_hall) == [(town_hall.sun.officer_id, "alarm", True)]
    assert case.display == Display.HIDDEN
    assert case.state in (CaseState.ASSIGNED, CaseState.TRIAGE_DESK)
    assert deadlines_of(town_hall.session, [case.id or 0])[case.id or 0]
    (alarm,) = list_alarms(town_hall.session, town_hall.sun)
    assert alarm.tag == "danger"
    assert "跳楼" in " ".join(alarm.words)


def test_an_alarm_nobody_acknowledges_climbs_until_somebody_does(town_hall: TownHall) -> None:
    sun, dong = town_hall.sun, town_hall.dong
    on_duty(town_hall, sun.officer_id, dong.officer_id)
    town_hall.receive(DANGER)
    (alarm,) = list_alarms(town_hall.session, sun)

    steps = [climb_alarms(town_hall.session, now=NOW + minutes(m)) for m in (4, 5, 6, 10)]
    assert steps == [0, 1, 0, 1]
    assert [who for who, _, _ in told(town_hall)] == [sun.officer_id, dong.officer_id, sun.officer_id]

    assert acknowledge_alarm(town_hall.session, dong, alarm.id, now=NOW + minutes(12))
    assert not acknowledge_alarm(town_hall.session, sun, alarm.id, now=NOW + minutes(13))
    assert climb_alarms(town_hall.session, now=NOW + minutes(60)) == 0
    (past,) = list_alarms(town_hall.session, sun, open_only=False)
    assert past.acknowledged_by == dong.name
    assert [call.position for call in past.calls] == [1, 2, 3]
    kinds = [event.kind for event in events_of(town_hall.session, alarm.row.id)]
    assert kinds.count("alarm_climbed") == 2
    assert kinds[-1] == "alarm_acknowledged"


def test_the_minutes_are_policy(town_hall: TownHall) -> None:
    on_duty(town_hall, town_hall.sun.officer_id, town_hall.dong.officer_id)
    set_alarm_policy(town_hall.session, town_hall.sun, danger=30, harmful=60)
    town_hall.receive(DANGER)

    assert climb_alarms(town_hall.session, now=NOW + minutes(29)) == 0
    assert climb_alarms(town_hall.session, now=NOW + minutes(30)) == 1
    with pytest.raises(MessageRefused, match="alarm_minutes"):
        set_alarm_policy(town_hall.session, town_hall.sun, danger=0, harmful=60)
    with pytest.raises(NotAllowed):
        set_alarm_policy(town_hall.session, town_hall.alice, danger=5, harmful=5)


def test_danger_to_life_comes_before_harmful_words(town_hall: TownHall) -> None:
    harmful = town_hall.receive("有人在微信群里卖冰毒和枪支，请查处")[0]
    danger = town_hall.receive(DANGER, now=NOW + minutes(1))[0]

    found = list_alarms(town_hall.session, town_hall.sun)

    assert [alarm.row.id for alarm in found][:1] == [danger.id]
    assert harmful.id in [alarm.row.id for alarm in found]
    assert harmful.sensitive
    assert open_alarms(town_hall.session, town_hall.sun) == len(found)


def test_triage_again_raises_no_second_alarm(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(DANGER)
    before = told(town_hall)

    assert raise_alarms(town_hall.session, case, {"danger": ["跳楼"]}, now=NOW) == 0
    assert told(town_hall) == before


def test_without_a_roster_somebody_is_still_called(town_hall: TownHall) -> None:
    town_hall.receive(DANGER)

    assert len(told(town_hall)) == 1


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("他说要自*殺", "danger"),
        ("他说要自 - 杀", "danger"),
        ("我想跳1楼了", "danger"),
        ("他要条娄", None),
        ("有人要挑喽", "danger"),
        ("收购呛支", None),
        ("卖ｂ冰毒", "harmful"),
        ("卖氷毒", None),
        ("不想火了", "danger"),
        ("加薇芯领红包", "spam"),
        ("楼下有人跳广场舞", None),
        ("请问跳水馆在哪栋楼", None),
    ],
)
def test_disguises_are_seen_through_and_plain_words_are_not_taken_for_them(
    town_hall: TownHall, text: str, tag: str | None
) -> None:
    assert set(load_screen(town_hall.session).tags(text)) == ({tag} if tag else set())


def test_the_raw_place_of_a_disguised_word_is_marked(town_hall: TownHall) -> None:
    text = "昨晚他说要自＊殺！"

    (hit,) = load_screen(town_hall.session).find(text)

    assert (hit.word, text[hit.start : hit.end]) == ("自杀", "自＊殺")


def test_own_words_count_at_once_and_allowed_phrases_do_not_mark(town_hall: TownHall) -> None:
    session, sun = town_hall.session, town_hall.sun
    assert add_word(session, sun, "尾矿库溃坝", tag="danger", effect=WordEffect.MARK, now=NOW)
    assert not add_word(session, sun, "尾矿库溃坝", tag="danger", effect=WordEffect.MARK, now=NOW)
    assert add_word(session, sun, "爆炸性新闻", tag="danger", effect=WordEffect.ALLOW, now=NOW)

    assert load_screen(session).tags("尾矿库要溃、坝了：尾矿库溃坝") == {"danger": ["尾矿库溃坝"]}
    assert load_screen(session).tags("这是爆炸性新闻") == {}
    assert "danger" in load_screen(session).tags("锅炉爆炸")
    own = next(row for row in list_words(session) if row.text == "尾矿库溃坝")
    assert remove_word(session, sun, own.id or 0)
    assert load_screen(session).tags("尾矿库溃坝") == {}


@pytest.mark.parametrize("text", ["", "a", "！！", "字" * 41])
def test_unfit_words_are_refused(town_hall: TownHall, text: str) -> None:
    with pytest.raises(MessageRefused, match="risk_word"):
        add_word(town_hall.session, town_hall.sun, text, tag="danger", effect=WordEffect.MARK, now=NOW)


def test_a_transfer_is_recorded_with_its_receipt_and_the_case_stays(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(DANGER)
    made = transfer_case(
        town_hall.session,
        town_hall.sun,
        case.id or 0,
        recipient="县公安局指挥中心",
        reason="有人欲跳楼，请求出警",
        way="电话110",
        now=NOW,
    )

    assert note_receipt(town_hall.session, town_hall.sun, made.id or 0, "值班员 0231号", now=NOW + minutes(3))
    assert not note_receipt(town_hall.session, town_hall.sun, made.id or 0, "另一人", now=NOW + minutes(4))

    view = get_transfer(town_hall.session, town_hall.sun, made.id or 0)
    assert (view.recipient, view.receipt) == ("县公安局指挥中心", "值班员 0231号")
    assert view.number == f"转送〔2026〕{made.id:04d}号"
    assert case.state != CaseState.CLOSED
    with pytest.raises(MessageRefused, match="transfer_incomplete"):
        transfer_case(
            town_hall.session, town_hall.sun, case.id or 0, recipient=" ", reason="x", way="", now=NOW
        )


def test_other_departments_see_neither_alarm_nor_transfer(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区物业电梯里有人被困，老人晕倒了，救命")
    case.department_id, case.state = town_hall.housing.id, CaseState.ASSIGNED
    town_hall.session.flush()
    (alarm,) = list_alarms(town_hall.session, town_hall.alice)
    made = transfer_case(
        town_hall.session, town_hall.alice, case.id or 0, recipient="消防", reason="被困", way="119", now=NOW
    )

    assert list_alarms(town_hall.session, town_hall.dai) == []
    with pytest.raises(CaseNotFound):
        get_transfer(town_hall.session, town_hall.dai, made.id or 0)
    with pytest.raises(CaseNotFound):
        acknowledge_alarm(town_hall.session, town_hall.ann, 999_999, now=NOW)
    assert alarm.row.id == case.id


def test_a_sure_advert_goes_aside_with_its_reason_and_comes_back_with_one_click(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(ADVERT)

    assert (case.state, case.spam, case.display) == (CaseState.CLOSED, True, Display.HIDDEN)
    page = set_aside_cases(town_hall.session, town_hall.dong)
    assert [(row.row.id, row.by) for row in page.rows] == [(case.id, None)]
    assert page.rows[0].words

    take_back(town_hall.session, town_hall.dong, case.id or 0, now=NOW)
    assert case.state == CaseState.TRIAGE_DESK
    assert case.next_due_at is not None
    assert set_aside_cases(town_hall.session, town_hall.dong).total == 0


def test_a_doubtful_advert_and_a_complaint_about_adverts_wait_for_a_person(town_hall: TownHall) -> None:
    doubtful, complaint = town_hall.receive(
        "加我微信聊聊小区的事：abc12345", "投诉：有人在小区发代开发票、低息贷款的小广告，加微信骗人，请查处"
    )

    assert doubtful.state != CaseState.CLOSED
    assert complaint.state != CaseState.CLOSED
    assert sure_spam("请问怎么办身份证") == []
