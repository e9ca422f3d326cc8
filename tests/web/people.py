"""The people of the page tests, and a browser without JavaScript for each of them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from routing.departments import DepartmentView, create_department
from routing.officers import OfficerView, create_officer, officer_by_id
from web.signing_in import session_entry

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""A Friday, ten in the morning in Shanghai."""

_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@dataclass(frozen=True, slots=True)
class People:
    """A small town hall: two departments and one officer for each role."""

    housing: DepartmentView
    water: DepartmentView
    alice: OfficerView
    bob: OfficerView
    chen: OfficerView
    dai: OfficerView
    erin: OfficerView
    feng: OfficerView
    gu: OfficerView

    def all(self) -> list[OfficerView]:
        """Return everybody."""
        return [self.alice, self.bob, self.chen, self.dai, self.erin, self.feng, self.gu]


class Browser:
    """Flask's test client with a person in it: pages in, forms out, tokens included."""

    def __init__(self, app: Flask, officer: OfficerView | None = None, *, locale: str = "en") -> None:
        self.app = app
        self.client = app.test_client()
        self._token: str | None = None
        self.speak(locale)
        if officer is not None:
            self.become(officer)

    def speak(self, locale: str) -> None:
        """Choose the language."""
        self.client.set_cookie("locale", locale)

    def become(self, officer: OfficerView) -> None:
        """Be signed in as this officer, as they are in the database now."""
        services = self.app.extensions["minhu"]
        with services.database.reading() as session:
            found = officer_by_id(session, officer.id)
        assert found is not None
        with self.client.session_transaction() as cookie:
            cookie["officer"] = session_entry(found, at=services.clock())
        self._token = None

    def get(self, url: str, **values: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(url, **values)

    def post(self, url: str, data: dict[str, Any] | None = None, **values: Any) -> TestResponse:
        """Send a form the way the page would, with its token."""
        return self.client.post(url, data={"csrf_token": self.token(), **(data or {})}, **values)

    def token(self) -> str:
        """Return the form token of this session."""
        if self._token is None:
            page = self.client.get("/profile")
            if page.status_code != 200:
                page = self.client.get("/sign-in")
            found = _TOKEN.search(page.text)
            assert found is not None, page.text[:500]
            self._token = found.group(1)
        return self._token


def carried(page: str) -> str:
    """Return what a preview carries along to be put in force."""
    found = re.search(r'name="content" value="([^"]*)"', page)
    assert found is not None, page
    return unescape(found.group(1))


def settle_people(app: Flask) -> People:
    """Write the town hall into the application's database."""
    with app.extensions["minhu"].database.transaction() as session:
        housing = create_department(
            session, code="housing", name="县住房和城乡建设局", name_en="Housing Bureau"
        )
        water = create_department(session, code="water", name="县水务局", name_en="Water Bureau")

        def officer(login: str, name: str, role: str, unit: DepartmentView | None = None) -> OfficerView:
            return create_officer(
                session,
                login=login,
                name=name,
                name_en=login.title(),
                roles=[role],
                department_id=unit.id if unit else None,
                now=NOW,
            )

        return People(
            housing=housing,
            water=water,
            alice=officer("alice", "艾丽丝", "officer", housing),
            bob=officer("bob", "鲍勃", "supervisor"),
            chen=officer("chen", "陈敏", "editor", housing),
            dai=officer("dai", "戴维", "officer", water),
            erin=officer("erin", "尔琳", "dispatcher"),
            feng=officer("feng", "冯静", "reviewer", housing),
            gu=officer("gu", "顾源", "administrator"),
        )
