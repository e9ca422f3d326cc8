"""Charts in a real browser: drawn within the content policy, redrawn with the look, with a table for everybody."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.test_design import Desk, address  # noqa: F401

pytestmark = pytest.mark.browser

# How many different colours the middle of a picture has: an empty canvas has one.
COLOURS = """(id) => {
  const canvas = document.querySelector(`#${id} canvas`);
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 16) seen.add(data.slice(i, i + 4).join());
  return seen.size;
}"""


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Desk]:  # noqa: F811
    """A desk that is cleared after the test."""
    opened = Desk(chromium, address)
    yield opened
    opened.close()


def test_every_kind_of_chart_is_drawn_without_a_complaint(desk: Desk) -> None:
    page = desk.open("")
    for kind in ("lines", "across", "control", "heat"):
        page.wait_for_selector(f"#chart-{kind}-picture canvas", state="attached")
        assert page.evaluate(COLOURS, f"chart-{kind}-picture") > 3, kind
    page.locator("#chart-lines-picture").scroll_into_view_if_needed()
    page.locator("#chart-lines-picture").hover(position={"x": 200, "y": 120})
    page.wait_for_timeout(200)

    assert desk.complaints == []


def test_a_chart_follows_the_look_and_turns_light_on_paper(desk: Desk) -> None:
    page = desk.open("", theme="dark")
    page.wait_for_selector("#chart-heat-picture canvas", state="attached")
    first = "document.querySelector('#chart-heat-picture canvas').toDataURL()"
    dark = page.evaluate(first)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = page.evaluate(first)
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    page.wait_for_timeout(100)

    assert paper != dark
    assert page.evaluate(first) == paper


def test_the_table_behind_a_chart_needs_no_script(desk: Desk) -> None:
    page = desk.open("", scripts=False)

    page.locator("#chart-control-table summary").click()

    assert page.locator("#chart-control-table").get_by_text("82.0%").is_visible()
    assert not page.locator("#chart-control-picture").is_visible()
