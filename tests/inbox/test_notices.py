"""Notices: told once, read by their officer alone, silent about cases that are not theirs."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import select

from inbox.notice_models import Notice
from inbox.notices import (
    list_notices,
    mark_case_read,
    mark_read,
    notify,
    officers_of,
    open_notice,
    people_of,
    unread_count,
)
from routing.models import Officer, Role
from tests.inbox.conftest import NOW, TownHall


def test_each_officer_is_told_once_and_reads_for_themselves(town_hall: TownHall) -> None:
    session, alice, ann = town_hall.session, town_hall.alice, town_hall.ann
    [case] = town_hall.receive("小区电梯坏了")

    told = notify(
        session, [alice.officer_id, ann.officer_id, alice.officer_id], "mentioned", case_id=case.id, now=NOW
    )

    assert len(told) == 2
    assert unread_count(session, alice.officer_id) == 1
    assert mark_read(session, alice.officer_id, now=NOW) == 1
    assert mark_read(session, alice.officer_id, now=NOW) == 0
    assert unread_count(session, alice.officer_id) == 0
    assert unread_count(session, ann.officer_id) == 1


def test_a_fact_with_a_key_is_told_once_however_often_it_is_found(town_hall: TownHall) -> None:
    session, alice, ann = town_hall.session, town_hall.alice, town_hall.ann

    first = notify(session, [alice.officer_id], "deadline_breached", key="fact:7", now=NOW)
    again = notify(session, [alice.officer_id, ann.officer_id], "deadline_breached", key="fact:7", now=NOW)

    assert (len(first), len(again)) == (1, 1)
    assert len(session.exec(select(Notice)).all()) == 2


def test_somebody_who_left_is_told_nothing(town_hall: TownHall) -> None:
    session, alice = town_hall.session, town_hall.alice
    session.get_one(Officer, alice.officer_id).disabled_at = NOW
    session.flush()

    assert notify(session, [alice.officer_id], "mentioned", now=NOW) == []


def test_case_of_another_department_keeps_its_title_to_itself(town_hall: TownHall) -> None:
    session, dai = town_hall.session, town_hall.dai
    [case] = town_hall.receive("小区电梯坏了")
    assert case.department_id == town_hall.housing.id
    notify(session, [dai.officer_id], "mentioned", case_id=case.id, now=NOW)

    [told] = list_notices(session, dai).notices

    assert (told.case_id, told.title, told.tracking_code) == (case.id, None, None)


def test_pages_are_newest_first_and_one_does_not_open_anothers(
    town_hall: TownHall, later: Callable[[float], datetime]
) -> None:
    session, alice, ann = town_hall.session, town_hall.alice, town_hall.ann
    ids = [notify(session, [alice.officer_id], "mentioned", now=later(hour))[0] for hour in range(35)]

    first, second = (list_notices(session, alice, page=number) for number in (1, 2))

    assert [notice.id for notice in first.notices + second.notices] == ids[::-1]
    assert (first.pages, first.total, first.unread) == (2, 35, 35)
    assert open_notice(session, ann, ids[0], now=NOW) is None
    assert open_notice(session, alice, ids[0], now=NOW) is not None
    assert list_notices(session, alice, unread_only=True).total == 34


def test_opening_the_case_reads_what_was_said_about_it(town_hall: TownHall) -> None:
    session, alice = town_hall.session, town_hall.alice
    [case] = town_hall.receive("小区电梯坏了")
    notify(session, [alice.officer_id], "mentioned", case_id=case.id, now=NOW)
    notify(session, [alice.officer_id], "mentioned", now=NOW)

    assert mark_case_read(session, alice.officer_id, case.id or 0, now=NOW) == 1
    assert unread_count(session, alice.officer_id) == 1


def test_a_case_without_an_officer_is_told_to_its_department(town_hall: TownHall) -> None:
    session, alice, ann = town_hall.session, town_hall.alice, town_hall.ann
    [case] = town_hall.receive("小区电梯坏了")

    assert people_of(session, case) == [alice.officer_id, ann.officer_id]
    case.assignee_id = ann.officer_id
    assert people_of(session, case) == [ann.officer_id]
    assert officers_of(session, town_hall.housing.id or 0, Role.REVIEWER) == [town_hall.bob.officer_id]
