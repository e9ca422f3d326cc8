"""A running site with the demo county in it, and one Chromium for all browser tests."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlmodel import select
from werkzeug.serving import WSGIRequestHandler, make_server

from routing.models import Officer, Role
from routing.officers import officer_by_login
from tests.servers import queue_server as running_queue_server
from web.app import create_app
from web.demo import load_demo
from web.migrations import migrate
from web.runtime import utc_now
from web.settings import Settings
from web.signing_in import session_entry

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MESSAGES = 120
"""How much of the demo county is loaded: enough for every state, in a few seconds."""

DESK, PHONE = (1366, 768), (390, 844)


class _Silent(WSGIRequestHandler):
    """Answers without a line for each of the thousand files."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Site:
    """A site that answers at `address`, with a login for each role and a citizen's tracking code."""

    app: Flask
    address: str
    logins: dict[Role, str]
    tracking_code: str


@dataclass(slots=True)
class Visitor:
    """Opens pages as somebody, in one language and look, and remembers what the browser complained about."""

    chromium: Browser
    site: Site
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        path: str,
        role: Role | None = None,
        *,
        locale: str = "zh_CN",
        theme: str = "light",
        size: tuple[int, int] = DESK,
        scripts: bool = True,
    ) -> Page:
        """Open a page as an officer with this role, or as a citizen, and wait until it has loaded."""
        context = self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        cookies = {"locale": locale, "theme": theme}
        if role is not None:
            cookies["minhu"] = _cookie(self.site, role)
        context.add_cookies(
            [{"name": name, "value": value, "url": self.site.address} for name, value in cookies.items()]
        )
        page = context.new_page()
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.site.address + path)
        return page

    def close(self) -> None:
        """Close what was opened."""
        for context in self.contexts:
            context.close()

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; each test opens contexts of its own."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site with part of the demo county."""
    with running_queue_server() as queue:
        app = create_app(
            Settings(
                home=tmp_path_factory.mktemp("site"),
                queue_url=queue.url,
                secret_key="k" * 40,  # type: ignore[arg-type]
            )
        )
        services = app.extensions["minhu"]
        migrate(services.database.engine)
        with services.database.transaction() as session:
            summary = load_demo(session, now=utc_now(), messages=MESSAGES)
            logins = {
                role: login
                for login, roles in session.exec(select(Officer.login, Officer.roles)).all()
                for role in map(Role, roles)
                if login in {name for name, _ in summary.logins}
            }
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(app, f"http://127.0.0.1:{server.server_port}", logins, summary.tracking_code)
        server.shutdown()
        thread.join()
        server.server_close()
        services.close()


@pytest.fixture
def visitor(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """Somebody who opens pages; what was opened is closed after the test."""
    opened = Visitor(chromium, site)
    yield opened
    opened.close()


def _cookie(site: Site, role: Role) -> str:
    """Return the session cookie of an officer who has just signed in."""
    services = site.app.extensions["minhu"]
    with services.database.reading() as session:
        officer = officer_by_login(session, site.logins[role])
    assert officer is not None
    client = site.app.test_client()
    with client.session_transaction() as cookie:
        cookie["officer"] = session_entry(officer, at=services.clock())
    found = client.get_cookie("minhu")
    assert found is not None
    return str(found.value)
