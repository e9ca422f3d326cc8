"""The overdue board: every number opens exactly the cases behind it, and it keeps itself fresh."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from inbox.cases import assign_case, claim_case
from inbox.models import CaseState
from tests.web.office import LIFT, Office
from tests.web.people import Browser, People
from tests.web.test_inbox import WATER, listed

NUMBER = re.compile(r'<a href="([^"]*)" data-cases="(\d+)"')
TILE = re.compile(r'<a class="stat[^"]*" href="(/inbox[^"]*)">.*?stat-value">(\d+)', re.DOTALL)


@pytest.fixture
def office(app: Flask, people: People) -> Office:
    """An office with work of every age: overdue, due today, due later, unclaimed, at the triage desk, spam."""
    office = Office(app, people)
    office.receive("物业收了电梯费不办事", ago=timedelta(days=9))
    office.receive("小区物业乱收费，我要投诉", ago=timedelta(days=40))
    office.receive("请问电梯年检在哪里办", ago=timedelta(days=1))
    office.receive("建议小区加装电梯", "电梯又坏了", ago=timedelta(hours=2))
    lift, water = office.receive(LIFT, WATER)
    (desk, spam) = office.receive("你好", "加微信领优惠券代开发票")
    office.do(claim_case, office.viewer(people.alice), lift)
    office.do(claim_case, office.viewer(people.dai), water)
    assert office.case(spam).state is CaseState.CLOSED
    assert office.case(desk).department_id is None
    return office


def numbers(page: str) -> list[tuple[str, int]]:
    """Return every number of a board that leads to a list, with where it leads."""
    found = NUMBER.findall(page) + TILE.findall(page)
    return [(html.unescape(url), int(count)) for url, count in found]


@pytest.mark.parametrize("name", ["bob", "erin", "feng", "alice", "gu"])
def test_every_number_opens_exactly_the_cases_behind_it(
    office: Office, people: People, browser: Callable[..., Browser], name: str
) -> None:
    visitor = browser(getattr(people, name))

    found = numbers(visitor.get("/board").text)

    assert len(found) > 12
    for url, count in found:
        assert len(listed(visitor.get(url).text)) == count, url


def test_a_supervisor_sees_all_and_others_their_own_department(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    whole, own = (browser(person).get("/board").text for person in (people.bob, people.alice))

    assert "Housing Bureau" in whole
    assert "Water Bureau" in whole
    assert "no department yet" in whole
    assert "Housing Bureau" in own
    assert "Water Bureau" not in own
    assert "no department yet" not in own


def test_the_figures_are_sent_again_only_when_they_changed(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    visitor = browser(people.bob)
    page = visitor.get("/board").text
    etag = html.unescape(re.search(r'data-refresh-etag="([^"]*)"', page).group(1))  # type: ignore[union-attr]

    unchanged = visitor.get("/board/figures", headers={"If-None-Match": etag})
    (new,) = office.receive("水管爆了，自来水停水")
    office.do(assign_case, office.viewer(people.erin), new, people.water.id)
    changed = visitor.get("/board/figures", headers={"If-None-Match": etag})

    assert unchanged.status_code == 304
    assert changed.status_code == 200
    assert "<html" not in changed.text


def test_trends_have_a_table_behind_each_chart(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    page = browser(people.bob).get("/board/trends").text

    assert page.count("data-chart=") + page.count("Nothing to draw yet") == 3
    assert page.count('class="chart-table"') == 3
    for url, count in re.findall(r'<td class="num"><a href="([^"]*)">(\d+)</a>', page):
        assert len(listed(browser(people.bob).get(html.unescape(url)).text)) == int(count), url


def test_an_editor_has_no_board(people: People, browser: Callable[..., Browser]) -> None:
    for url in ("/board", "/board/figures", "/board/trends"):
        assert browser(people.chen).get(url).status_code == 403


def test_the_board_is_complete_in_chinese(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    page = browser(people.bob, locale="zh_CN").get("/board").text

    for words in ("超期", "今日到期", "在办件时长分布", "部门与类别", "尚未分派", "尚未认领"):
        assert words in page, words


def test_the_wall_shows_large_figures_and_nobody_by_name(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    visitor = browser(people.bob)
    page = visitor.get("/board/wall").text
    fragment = visitor.get("/board/wall/figures")

    assert "rail" not in page.split("<body", 1)[1]
    assert people.alice.name not in page
    assert LIFT[:8] not in page
    assert re.search(r"<dt>Overdue</dt><dd>[1-9]", page)
    etag = fragment.headers["ETag"]
    assert visitor.get("/board/wall/figures", headers={"If-None-Match": etag}).status_code == 304


def test_the_forecast_says_how_it_is_worked_out(
    office: Office, people: People, browser: Callable[..., Browser]
) -> None:
    page = browser(people.bob, locale="zh_CN").get("/board/forecast").text

    assert "推算方法" in page
    assert "县住房和城乡建设局" in page
    assert "县水务局" not in browser(people.alice, locale="zh_CN").get("/board/forecast").text
