"""A running site with part of the demo county, and visitors that open its pages in Chromium."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlmodel import Session, desc, select
from werkzeug.serving import WSGIRequestHandler, make_server

from inbox.bulletin_models import Bulletin
from inbox.ladder_models import SupervisionOrder
from inbox.models import Account, Case, CaseSuggestion, Message
from inbox.notice_models import NoticeRobot, RobotKind
from inbox.together_models import OfflineTask
from knowledge_base.imports import Provenance, store_import
from knowledge_base.models import Article, ArticleConflict, ArticleImport
from routing.models import Department, Officer, Role
from routing.officers import officer_by_login
from sla.models import PolicyVersion
from tests.servers import queue_server
from web.app import create_app
from web.runtime import utc_now
from web.settings import Settings
from web.signing_in import session_entry

CHROMIUM = next(
    (path for name in ("chromium-headless-shell", "chromium", "google-chrome") if (path := which(name))),
    "/usr/bin/chromium",
)
"""The shell draws pages as the browser does, without a window around them: a page opens five times as fast."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE = (1366, 768), (390, 844)


class _Silent(WSGIRequestHandler):
    """Answers without a line for each of the thousand files."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


ASKED = "路灯坏了找谁报修"
ANSWERS = (
    "编号,问题,相似问法,答复\n"
    "1,居住证怎么办理？,暂住证在哪办,带身份证到窗口办理。\n"
    "2,水费在哪里交？,,到营业厅缴纳。\n"
    "3,,,没有问题的答复。\n"
)


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


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """Run one browser for the length of a block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def running_site(home: Path, county: tuple[Path, dict[str, Any]]) -> Iterator[Site]:
    """Run a site on a copy of a county (`tests.county.county_file`) for the length of a block."""
    file, summary = county
    with queue_server() as queue:
        key = "k" * 40
        settings = Settings(home=home, queue_url=queue.url, secret_key=key)  # type: ignore[arg-type]
        shutil.copyfile(file, home / "minhu.sqlite3")
        app = create_app(settings)
        services = app.extensions["minhu"]
        with services.database.transaction() as session:
            session.add(_robot())
            _upload(session)
            logins = _logins(session, {login for login, _ in summary["logins"]})
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Site(app, f"http://127.0.0.1:{server.server_port}", logins, summary["tracking_code"])
        server.shutdown()
        thread.join()
        server.server_close()
        services.close()


def _upload(session: Session) -> None:
    """Put a file of answers in, from which nothing has been taken yet."""
    officer = session.exec(select(Officer.id)).first()
    origin = Provenance("市统一咨询答问库", "2026.11", "内部使用")
    store_import(session, "答问库.csv", ANSWERS.encode(), origin, officer_id=officer or 0, now=utc_now())


def example_values(site: Site) -> dict[str, object]:
    """Return ids and codes of the demo county to open pages with."""
    with site.app.extensions["minhu"].database.reading() as session:
        officer = session.exec(select(Officer).where(Officer.login == site.logins[Role.OFFICER])).one()
        return {
            "case": _first(session, select(Case.id).where(Case.department_id == officer.department_id)),
            "shared": _first(session, select(OfflineTask.case_id).order_by(OfflineTask.id)),  # type: ignore[arg-type]
            "several": _first(
                session, select(Message.case_id).where(Message.external_id == "demo-several-0")
            ),
            "officer": officer.id,
            "department": _first(session, select(Department.code)),
            "account": _first(session, select(Account.code).where(Account.code == "sample-import")),
            "order": _first(session, select(SupervisionOrder.id)),
            "policy": _first(session, select(PolicyVersion.code)),
            "article": _first(session, select(Article.id)),
            "bulletin": _first(session, select(Bulletin.id)),
            "robot": _first(session, select(NoticeRobot.id)),
            "code": site.tracking_code,
            "conflict": _first(session, select(ArticleConflict.id).order_by(ArticleConflict.id)),  # type: ignore[arg-type]
            "upload": _first(session, select(ArticleImport.id)),
            **_two_suggestions(site, session),
            **_two_offered(session),
        }


def _two_suggestions(site: Site, session: Session) -> dict[str, object]:
    """Return a question and the two answers that fit it best."""
    knowledge = site.app.extensions["minhu"].knowledge
    first, second, *_ = knowledge.engine(session, now=utc_now()).suggest(ASKED, threshold=0, limit=2)
    return {"asked": ASKED, "weighed": first.article_id, "rival": second.article_id}


def _two_offered(session: Session) -> dict[str, object]:
    """Return a case and the first and last answer that are offered for it; a small demo may offer one alone."""
    last = session.exec(select(CaseSuggestion).order_by(desc(CaseSuggestion.rank))).first()  # type: ignore[arg-type]
    case = last.case_id if last else None
    query = select(CaseSuggestion.article_id).where(CaseSuggestion.case_id == case, CaseSuggestion.rank == 1)
    return {"offered": case, "suggested": _first(session, query), "behind": last.article_id if last else None}


def _first(session: Session, query: object) -> object:
    return session.exec(query).first()  # type: ignore[call-overload]


def _robot() -> NoticeRobot:
    """Return a robot to look at; the demo has none, because it would send to a real address."""
    address = "https://oapi.dingtalk.com/robot/send?access_token=example"
    return NoticeRobot(name="住建工作群", kind=RobotKind.DINGTALK, url=address, created_at=utc_now())


def _logins(session: Session, wanted: set[str]) -> dict[Role, str]:
    """Return one login for each role, among those the demo names."""
    rows = session.exec(select(Officer.login, Officer.roles).order_by(Officer.id)).all()  # type: ignore[arg-type]
    return {role: login for login, roles in reversed(rows) if login in wanted for role in map(Role, roles)}


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
