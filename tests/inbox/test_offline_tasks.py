"""Work on the street: who is asked, the pictures that show it, and replies that say done too early."""

import io
from datetime import timedelta

import pytest
from PIL import Image

from inbox.case_lists import View, list_cases
from inbox.done_words import done_claims
from inbox.errors import CaseNotFound, MessageRefused, NotAllowed, ReplyIncomplete, WrongState
from inbox.models import Case, CaseState
from inbox.offline_tasks import (
    Work,
    add_photo,
    add_task,
    drop_task,
    finish_task,
    my_tasks,
    photo_content,
    tasks_of,
)
from inbox.photos import LONGEST_SIDE, read_photo
from inbox.replies import check_draft, submit_reply
from inbox.reply_checks import Rule
from tests.inbox.conftest import NOW, TownHall

DAY = timedelta(days=1)
SAYS_DONE = "您好，小区电梯已于11月18日由维保单位修复，咨询电话0000-6000001。"
SAYS_WHEN = "您好，维保单位预计11月20日前修复电梯，咨询电话0000-6000001。"


@pytest.fixture
def case(town_hall: TownHall) -> Case:
    """A case that housing has."""
    (case,) = town_hall.receive("小区电梯坏了没人修")
    return case


def work(town_hall: TownHall, **more: object) -> Work:
    """Ask housing for a look at the lift."""
    return Work(
        **{"what": "到现场维修电梯", "due_at": NOW + DAY, "department_id": town_hall.housing.id or 0, **more}
    )  # type: ignore[arg-type]


def picture(size: tuple[int, int] = (64, 48), form: str = "JPEG", **more: object) -> bytes:
    """Draw a picture."""
    written = io.BytesIO()
    Image.new("RGB", size, "teal").save(written, form, **more)
    return written.getvalue()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("路灯已修复。", ["已修复"]),
        ("经核实，坑洞已经于11月3日由养护队连夜填平，请放心。", ["已经于11月3日由养护队连夜填平"]),
        ("垃圾清运完毕，水管更换到位", ["清运完毕", "更换到位"]),
        ("您反映的问题已办结", ["已办结"]),
        ("问题已解决。", ["已解决"]),
        ("目前路灯尚未修复", []),
        ("预计12月5日前修复完毕", []),
        ("我局将于下周清理完毕", []),
        ("已责令物业整改", []),
        ("已收到您的留言，正在处理", []),
        ("已安排人员处理", []),
        ("施工单位计划月底前恢复供水", []),
        ("如未解决，请再联系我们", []),
    ],
)
def test_words_that_say_done_are_told_from_those_that_promise(text: str, words: list[str]) -> None:
    claims = done_claims(text)

    assert [claim.text for claim in claims] == words
    assert all(text[claim.start : claim.end] == claim.text for claim in claims)


def test_a_reply_that_says_done_waits_for_the_work(town_hall: TownHall, case: Case) -> None:
    session, alice, case_id = town_hall.session, town_hall.alice, case.id or 0
    task = add_task(session, alice, case_id, work(town_hall), now=NOW)

    with pytest.raises(ReplyIncomplete) as refused:
        submit_reply(session, alice, case_id, SAYS_DONE, expected_version=0, now=NOW)
    assert refused.value.params == {"tasks": ["到现场维修电梯"], "words": ["已于11月18日由维保单位修复"]}
    assert Rule.NOT_DONE in [f.rule for f in check_draft(session, alice, case_id, SAYS_DONE).findings]
    assert Rule.NOT_DONE not in [f.rule for f in check_draft(session, alice, case_id, SAYS_WHEN).findings]

    finish_task(session, alice, task.id or 0, note="更换门机，已试运行", now=NOW)
    submit_reply(session, alice, case_id, SAYS_DONE, expected_version=1, now=NOW)

    assert case.state == CaseState.IN_REVIEW


def test_a_reply_that_says_what_will_be_done_goes_on(town_hall: TownHall, case: Case) -> None:
    add_task(town_hall.session, town_hall.alice, case.id or 0, work(town_hall), now=NOW)

    submit_reply(town_hall.session, town_hall.alice, case.id or 0, SAYS_WHEN, expected_version=0, now=NOW)

    assert case.state == CaseState.IN_REVIEW


def test_a_task_stands_in_its_holders_list_until_it_ends(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    task = add_task(
        session, town_hall.alice, case.id or 0, work(town_hall, officer_id=town_hall.ann.officer_id), now=NOW
    )

    assert [t.id for t in my_tasks(session, town_hall.ann)] == [task.id]
    assert my_tasks(session, town_hall.alice) == ()
    listed = list_cases(session, town_hall.ann, View.MY_TASKS, now=NOW, end_of_day=NOW + DAY)
    assert [row.id for row in listed.rows] == [case.id]
    (view,) = tasks_of(session, case.id or 0)
    assert not view.is_overdue(NOW + DAY)
    assert view.is_overdue(NOW + DAY + timedelta(seconds=1))

    drop_task(session, town_hall.ann, task.id or 0, note="业主已自行修好", now=NOW)

    assert my_tasks(session, town_hall.ann) == ()
    with pytest.raises(WrongState):
        finish_task(session, town_hall.alice, task.id or 0, note="修好", now=NOW)


def test_only_departments_that_have_the_case_are_asked(town_hall: TownHall, case: Case) -> None:
    session = town_hall.session
    for wrong, reason in (
        (work(town_hall, department_id=town_hall.police.id), "task_stranger"),
        (work(town_hall, officer_id=town_hall.dai.officer_id), "task_stranger"),
        (work(town_hall, what=" "), "empty"),
        (work(town_hall, due_at=NOW), "due_past"),
    ):
        with pytest.raises(MessageRefused, match=reason):
            add_task(session, town_hall.alice, case.id or 0, wrong, now=NOW)
    with pytest.raises(CaseNotFound):
        add_task(session, town_hall.dai, case.id or 0, work(town_hall), now=NOW)
    with pytest.raises(NotAllowed):
        add_task(session, town_hall.bob, case.id or 0, work(town_hall), now=NOW)


def test_pictures_lose_place_and_camera_and_only_those_with_the_case_see_them(
    town_hall: TownHall, case: Case
) -> None:
    session = town_hall.session
    task = add_task(session, town_hall.alice, case.id or 0, work(town_hall), now=NOW)
    exif = Image.Exif()
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[2] = (28.0, 26.0, 42.0)
    sent = picture(exif=exif.tobytes())
    assert b"SecretCamera" in sent

    photo = add_photo(session, town_hall.alice, task.id or 0, sent, now=NOW)

    kept = photo_content(session, town_hall.ann, photo.id or 0)
    assert b"SecretCamera" not in kept
    with Image.open(io.BytesIO(kept)) as opened:
        assert opened.format == "JPEG"
        assert not opened.getexif()
    with pytest.raises(CaseNotFound):
        photo_content(session, town_hall.dai, photo.id or 0)
    with pytest.raises(CaseNotFound):
        photo_content(session, town_hall.alice, 4711)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not_a_photo"),
        (b"GIF89a" + b"\0" * 40, "not_a_photo"),
        (picture()[:200], "not_a_photo"),
        (picture() + b"PK\x03\x04archive", "photo_hides_file"),
        (picture() + b"<script>alert(1)</script>", "photo_hides_file"),
        (b"%PDF-1.7\n" + picture(), "photo_hides_file"),
        (b"\xff\xd8" + b"\0" * (12 * 1024 * 1024), "photo_too_large"),
        (picture((8000, 8000), "PNG"), "photo_too_large"),
    ],
    ids=["empty", "gif", "cut", "zip", "script", "pdf", "bytes", "pixels"],
)
def test_what_is_no_plain_picture_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(MessageRefused, match=reason):
        read_photo(content)


def test_a_large_picture_is_made_smaller_and_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    photo = read_photo(picture((4000, 1000), exif=exif.tobytes()))

    assert (photo.width, photo.height) == (LONGEST_SIDE // 4, LONGEST_SIDE)
