"""Every page, for every role that may open it: axe, the content policy, no sideways scrolling, one heading."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page
from sqlmodel import Session, select

from inbox.models import Account, Case
from knowledge_base.models import Article
from routing.models import Department, Officer, Role
from sla.models import PolicyVersion
from tests.browser.conftest import DESK, PHONE, Site, Visitor
from web.app import create_app
from web.guards import access_of
from web.settings import Settings

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

LOOKS = [("zh_CN", "light"), ("en", "dark")]
"""Each language and each look once: contrast depends on the look alone, the length of words on the language alone."""

NOT_PAGES = ("/static", "/api", "/healthz", "/metrics", "/inbox/list", "/inbox/views", "/design")
"""Files, answers for programs, fragments of a page; the design pages have their own test."""


def _pages() -> list[tuple[str, tuple[Role | None, ...]]]:
    """Return every GET page without parameters, with the roles that may open it (None for citizens)."""
    app = create_app(Settings(home="/nonexistent", secret_key="k" * 40))  # type: ignore[arg-type]
    return sorted(
        (rule.rule, _roles(app, rule.endpoint))
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and not rule.rule.startswith(NOT_PAGES)
        and "." not in rule.rule
        and rule.rule != "/"
    )


def _roles(app: Flask, endpoint: str) -> tuple[Role | None, ...]:
    access = access_of(app, endpoint)
    assert access is not None, endpoint
    return (None,) if access.public else tuple(role for role in Role if role in access.roles)


PAGES = _pages()


@pytest.mark.parametrize(("locale", "theme"), LOOKS)
@pytest.mark.parametrize(("path", "roles"), PAGES, ids=[path for path, _ in PAGES])
def test_page_is_accessible(
    visitor: Visitor, path: str, roles: tuple[Role | None, ...], locale: str, theme: str
) -> None:
    seen_by = (
        roles if theme == "light" else roles[:1]
    )  # what a role sees differently has no colours of its own
    for role in seen_by:
        page = visitor.open(path, role, locale=locale, theme=theme)

        assert problems_of(page) == [], role
        assert page.locator("html").get_attribute("lang") == locale.replace("_", "-")
    assert visitor.complaints == []


EXAMPLES: dict[str, tuple[Role | None, str]] = {
    "a case": (Role.OFFICER, "/cases/{case}"),
    "a case for who dispatches": (Role.DISPATCHER, "/cases/{case}"),
    "an officer": (Role.ADMINISTRATOR, "/officers/{officer}"),
    "an officer who leaves": (Role.ADMINISTRATOR, "/officers/{officer}/leave"),
    "a department": (Role.ADMINISTRATOR, "/departments/{department}"),
    "closing a department": (Role.ADMINISTRATOR, "/departments/{department}/close"),
    "a decision tried": (Role.ADMINISTRATOR, "/departments?try=小区电梯坏了"),
    "an account": (Role.ADMINISTRATOR, "/accounts/{account}"),
    "a policy": (Role.ADMINISTRATOR, "/policies/{policy}"),
    "a policy that changes": (Role.SUPERVISOR, "/policies/{policy}/preview?version=1&resolve=2wd"),
    "a policy refused": (Role.SUPERVISOR, "/policies/{policy}/preview?version=1&resolve=soon"),
    "a year without notice": (Role.OFFICER, "/calendar?year=2027"),
    "an article": (Role.EDITOR, "/articles/{article}"),
    "a tracked message": (None, "/track/{code}"),
    "an unknown page": (None, "/no/such/page"),
    "an unknown page, signed in": (Role.OFFICER, "/no/such/page"),
    "a page of another role": (Role.EDITOR, "/officers"),
}
"""Pages with parameters, one of each kind."""


@pytest.mark.parametrize(("locale", "theme"), LOOKS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_page_with_parameters_is_accessible(
    visitor: Visitor, site: Site, example: str, locale: str, theme: str
) -> None:
    role, path = EXAMPLES[example]

    page = visitor.open(path.format(**values_of(site)), role, locale=locale, theme=theme)

    assert problems_of(page) == []


def values_of(site: Site) -> dict[str, object]:
    """Return ids and codes of the demo county to open pages with."""
    with site.app.extensions["minhu"].database.reading() as session:
        officer = session.exec(select(Officer).where(Officer.login == site.logins[Role.OFFICER])).one()
        return {
            "case": _first(session, select(Case.id).where(Case.department_id == officer.department_id)),
            "officer": officer.id,
            "department": _first(session, select(Department.code)),
            "account": _first(session, select(Account.code).where(Account.code == "sample-import")),
            "policy": _first(session, select(PolicyVersion.code)),
            "article": _first(session, select(Article.id)),
            "code": site.tracking_code,
        }


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


def _first(session: Session, query: object) -> object:
    return session.exec(query).first()  # type: ignore[call-overload]
