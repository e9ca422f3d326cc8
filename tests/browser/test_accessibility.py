"""Every page, for the first and the last role that may open it: axe, policy, no sideways scrolling, one heading."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from routing.models import Role
from tests.browser.pages import EXAMPLES, PAGES
from tests.browser.site import DESK, PHONE, Site, Visitor, example_values

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

LOOKS = [("zh_CN", "light"), ("en", "dark")]
"""Each language and each look once: contrast depends on the look alone, the length of words on the language alone."""


@pytest.mark.parametrize(("locale", "theme"), LOOKS)
@pytest.mark.parametrize(("path", "roles"), PAGES, ids=[path for path, _ in PAGES])
def test_page_is_accessible(
    visitor: Visitor, path: str, roles: tuple[Role | None, ...], locale: str, theme: str
) -> None:
    # The first and the last role see a page most differently; what differs between roles has no colours of its own.
    seen_by = dict.fromkeys((roles[0], roles[-1])) if theme == "light" else roles[:1]
    for role in seen_by:
        page = visitor.open(path, role, locale=locale, theme=theme)

        assert problems_of(page) == [], role
        assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
    assert visitor.complaints == []


@pytest.mark.parametrize(("locale", "theme"), LOOKS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_page_with_parameters_is_accessible(
    visitor: Visitor, site: Site, example: str, locale: str, theme: str
) -> None:
    role, path = EXAMPLES[example]

    page = visitor.open(path.format(**example_values(site)), role, locale=locale, theme=theme)

    assert problems_of(page) == []


def problems_of(page: Page) -> list[str]:
    """Return what is wrong with a page, on a desk and on a phone."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    problems = [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]
    if page.locator("h1").count() != 1:
        problems.append(f"{page.locator('h1').count()} first headings")
    for width, height in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)  # the drawer of the rail slides when the width changes
        too_wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if too_wide > 0:
            problems.append(f"{too_wide} pixels too wide at {width}: {page.evaluate(_WIDEST)}")
    return problems


_WIDEST = """[...document.querySelectorAll('main *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1)
    .slice(0, 3).map(e => e.tagName + '.' + e.className)"""
