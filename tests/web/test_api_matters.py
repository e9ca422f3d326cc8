"""Many citizens with one matter, through the API: groups, one reply to all, alarms, transfers, topics, spam."""

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from inbox.deliveries import begin_deliveries, fail_delivery, finish_delivery_by_id
from inbox.joint_replies import answer_addressees
from inbox.models import Account, CaseState, Delivery, Task, TaskKind, TaskState
from inbox.topic_watch import refresh_topics
from tests.web.api_program import Program
from tests.web.office import Office
from tests.web.people import NOW, People

OUTAGE = "望江社区三栋的电梯已经坏了两个星期，老人上不了楼，物业一直不修，请尽快派人来看看。"
TEXT = "{称呼}：您的来信（{追踪码}）已收悉，电梯本月28日前修好，咨询电话0000-6000001。"
DANGER = "小区三栋有人站在楼顶要跳楼，快来人救命"
ADVERT = "代开各类发票，低息贷款秒到账，加微信：fapiao888"
FACTORY = tuple(f"柳渡工业园化工厂半夜排放臭气，熏得睡不着，第{n}天了" for n in range(5))


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    return Office(app, people)


@pytest.fixture
def cases(office: Office) -> list[int]:
    """Four neighbours have written to Alice's department."""
    return [office.receive(OUTAGE + "！" * n, author=f"邻居{n}")[0] for n in range(4)]


def waiting(session: Session, kind: TaskKind) -> list[int]:
    """Return the rows of work that wait."""
    query = select(Task.id).where(Task.kind == kind, Task.state == TaskState.WAITING)
    return [task_id or 0 for task_id in session.exec(query).all()]


def send(office: Office, refused: int = 0) -> None:
    """Be the workers: every citizen gets a copy, and the platform takes every one but one."""
    with office.database.transaction() as session:
        answer_addressees(session, waiting(session, TaskKind.ANSWER), now=NOW)
    with office.database.transaction() as session:
        for dispatch in begin_deliveries(session, waiting(session, TaskKind.DELIVER), now=NOW):
            if session.get_one(Delivery, dispatch.delivery_id).case_id == refused:
                fail_delivery(session, dispatch.delivery_id, "503", now=NOW, final=True)
            else:
                finish_delivery_by_id(session, dispatch.delivery_id, now=NOW)


def test_a_group_is_listed_compared_and_decided(app: Flask, office: Office, cases: list[int]) -> None:
    alice, lead = Program(app, office.people.alice), f"/cases/{cases[0]}"

    listed = alice.get(f"{lead}/group").json
    assert [(kin["row"]["id"], kin["state"]) for kin in listed["kin"]] == [
        (each, "suggested") for each in cases[1:]
    ]
    assert listed["leader"] is None
    own = alice.get(f"/cases/{cases[1]}/group").json
    assert (own["leader"]["id"], own["leader_state"]) == (cases[0], "suggested")
    compared = alice.get(f"{lead}/compare/{cases[1]}").json
    start, end = compared["case"]["spans"][0]
    assert compared["case"]["text"][start:end] in compared["other"]["text"]

    def decide(action: str, *ids: int) -> int:
        return int(alice.post(f"{lead}/group", {"action": action, "case_ids": ids}).json["changed"])

    assert decide("link", cases[1]) == 1
    assert decide("link", cases[1]) == 0
    assert decide("merge", *cases[1:3]) == 2
    assert office.case(cases[2]).lead_id == cases[0]
    assert decide("unmerge", cases[2]) == 1
    assert office.case(cases[2]).lead_id is None
    assert decide("dismiss", cases[3]) == 1
    assert {kin["row"]["id"]: kin["state"] for kin in alice.get(f"{lead}/group").json["kin"]} == {
        cases[1]: "merged",
        cases[2]: "linked",
    }


def test_a_group_refuses_as_the_pages_do(app: Flask, office: Office, cases: list[int]) -> None:
    alice, dai = Program(app, office.people.alice), Program(app, office.people.dai)
    lead, merge = f"/cases/{cases[0]}", {"action": "merge", "case_ids": cases[1:]}

    assert dai.get(f"{lead}/group").status_code == 404
    assert dai.get(f"{lead}/compare/{cases[1]}").status_code == 404
    assert dai.post(f"{lead}/group", merge).status_code == 404
    assert Program(app, office.people.feng).post(f"{lead}/group", merge).status_code == 403
    assert alice.post(f"{lead}/group", {"action": "burn", "case_ids": cases}).status_code == 422
    assert alice.post(f"{lead}/group", {"action": "merge", "case_ids": []}).status_code == 422
    alice.post(f"/cases/{cases[1]}/group", {"action": "merge", "case_ids": [cases[2]]})
    taken = alice.post(f"{lead}/group", {"action": "merge", "case_ids": [cases[3], cases[2]]})
    assert (taken.status_code, taken.json["code"]) == (409, "CannotJoin")
    assert office.case(cases[3]).lead_id is None


def test_one_reply_to_many_from_the_draft_to_the_last_copy(
    app: Flask, office: Office, cases: list[int]
) -> None:
    with office.database.transaction() as session:
        session.exec(select(Account)).one().callback_url = "http://platform.invalid/replies"
        session.exec(select(Account)).one().push_secret = "s" * 32
    alice, feng = Program(app, office.people.alice), Program(app, office.people.feng)
    lead = f"/cases/{cases[0]}"
    alice.post(f"{lead}/group", {"action": "merge", "case_ids": cases[1:]})
    assert alice.get(f"{lead}/joint-reply").json["version"] == 0

    shown = alice.put(f"{lead}/joint-reply", {"text": TEXT, "version": 0}).json
    assert [copy["text"][:4] for copy in shown["copies"]] == ["邻居0：", "邻居1：", "邻居2：", "邻居3："]
    assert alice.put(f"{lead}/joint-reply", {"text": "别的", "version": 0}).json["code"] == "StaleDraft"
    wrong = alice.post(f"{lead}/joint-reply", {"text": TEXT, "version": 1, "case_ids": [77777]})
    assert (wrong.status_code, wrong.json["code"]) == (409, "CannotJoin")
    chosen = {"text": TEXT, "version": 1, "case_ids": cases[1:3]}
    assert alice.post(f"{lead}/joint-reply", chosen).json["state"] == "submitted"
    assert alice.get(f"{lead}/joint-reply/result").json["approved"] is False
    assert feng.post(f"{lead}/approve", {"version": 1}).status_code == 200
    send(office, refused=cases[2])

    result = alice.get(f"{lead}/joint-reply/result").json
    assert [(row["row"]["id"], row["delivery"]) for row in result["rows"]] == [
        (cases[0], "delivered"),
        (cases[1], "delivered"),
        (cases[2], "failed"),
    ]
    assert office.case(cases[3]).state == CaseState.ASSIGNED
    one = f"/cases/{cases[2]}/deliveries/{result['rows'][2]['delivery_id']}/send-again"
    assert [alice.post(one).json["count"] for _ in range(2)] == [1, 0]
    send(office, refused=cases[2])
    assert [alice.post(f"{lead}/joint-reply/retry").json["count"] for _ in range(2)] == [1, 0]
    send(office)
    rows = alice.get(f"{lead}/joint-reply/result").json["rows"]
    assert {row["delivery"] for row in rows} == {"delivered"}


def test_without_a_list_every_follower_is_answered(app: Flask, office: Office, cases: list[int]) -> None:
    alice, lead = Program(app, office.people.alice), f"/cases/{cases[0]}"
    alice.post(f"{lead}/group", {"action": "merge", "case_ids": cases[1:]})

    alice.post(f"{lead}/joint-reply", {"text": TEXT, "version": 0})

    rows = alice.get(f"{lead}/joint-reply/result").json["rows"]
    assert [row["row"]["id"] for row in rows] == cases


def test_an_alarm_is_acknowledged_and_the_matter_handed_on(app: Flask, office: Office) -> None:
    [case_id] = office.receive(DANGER)
    erin, bob = Program(app, office.people.erin), Program(app, office.people.bob)

    [alarm] = erin.get("/alarms").json["alarms"]
    assert (alarm["row"]["id"], alarm["tag"], alarm["acknowledged_at"]) == (case_id, "danger", None)
    path = f"/alarms/{alarm['id']}/acknowledge"
    assert Program(app, office.people.dai).post(path).status_code == 404
    assert erin.post(path).status_code == 204
    late = bob.post(path)
    assert (late.status_code, late.json["code"]) == (409, "TakenByColleague")
    assert erin.get("/alarms").json["alarms"] == []
    assert erin.get("/alarms?acknowledged=true").json["alarms"][0]["acknowledged_by"] == "尔琳"

    handed = {"recipient": "县公安局", "reason": "请求出警", "way": "110"}
    assert erin.post(f"/cases/{case_id}/transfers", {**handed, "recipient": " "}).status_code == 422
    made = erin.post(f"/cases/{case_id}/transfers", handed)
    assert (made.status_code, made.json["recipient"], made.json["receipt"]) == (201, "县公安局", None)
    transfer = f"/transfers/{made.json['id']}"
    assert erin.post(f"{transfer}/receipt", {"receipt": "值班员0231"}).json["receipt"] == "值班员0231"
    again = erin.post(f"{transfer}/receipt", {"receipt": "别人"})
    assert (again.status_code, again.json["code"]) == (409, "ReceiptRecorded")
    assert erin.get(transfer).json["receipt"] == "值班员0231"
    assert [each["id"] for each in erin.get("/transfers").json["transfers"]] == [made.json["id"]]


def test_hot_topics_come_with_their_growth_and_their_cases(app: Flask, office: Office) -> None:
    ids = office.receive(*FACTORY)
    office.do(refresh_topics)
    bob = Program(app, office.people.bob)

    [topic] = bob.get("/hot-topics").json["topics"]
    assert sorted(topic["case_ids"]) == ids
    assert (topic["this_week"], topic["usual"], topic["grows"], topic["weeks"][-1]) == (5, 0, True, 5)
    assert bob.get("/hot-topics?growing=true").json["topics"] == [topic]
    assert bob.get("/hot-topics?place=nowhere").json["topics"] == []
    one = bob.get(f"/hot-topics/{topic['id']}").json
    assert one["topic"] == topic
    assert sorted(row["id"] for row in one["rows"]) == ids
    assert one["lead_id"] == min(ids)
    assert bob.get("/hot-topics/99999").status_code == 404


def test_what_was_set_aside_is_listed_and_brought_back(app: Flask, office: Office) -> None:
    [case_id] = office.receive(ADVERT)
    erin = Program(app, office.people.erin)

    [aside] = erin.get("/set-aside").json["rows"]
    assert (aside["row"]["id"], aside["by"]) == (case_id, None)
    assert aside["words"]
    assert erin.post(f"/cases/{case_id}/take-back").status_code == 200

    assert erin.get("/set-aside").json["total"] == 0
    with office.database.reading() as session:
        assert not waiting(session, TaskKind.DELIVER)
        assert session.exec(select(Delivery).where(col(Delivery.case_id) == case_id)).first() is None
