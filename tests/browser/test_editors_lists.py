"""The editor's lists in a real browser: unanswered questions put together, and taken apart again."""

import pytest
from playwright.sync_api import expect

from routing.models import Role
from tests.browser.conftest import Visitor

pytestmark = pytest.mark.browser


def test_groups_are_put_together_once_two_are_ticked(visitor: Visitor) -> None:
    page = visitor.open("/demand?once=1", Role.EDITOR)
    boxes = page.locator("input[name=group]")
    together = page.get_by_role("button", name="问的是同一件事，归并")
    # What the demo has put together stays: only groups of one question are ticked here.
    alone = page.locator("article:not(:has-text('拆开')) input[name=group]")
    first, second = (alone.nth(number).get_attribute("value") for number in (0, 1))
    assert boxes.count() > 2

    expect(together).to_be_disabled()
    alone.nth(0).check()
    expect(together).to_be_disabled()
    alone.nth(1).check()
    expect(together).to_be_enabled()
    together.click()

    expect(page.get_by_text("已归并。")).to_be_visible()
    kept = min(int(first or 0), int(second or 0))
    joined = page.locator("article", has=page.locator(f"input[value='{kept}']"))
    joined.get_by_role("button", name="拆开").click()
    expect(page.get_by_text("已拆开。")).to_be_visible()
    assert visitor.complaints == []
