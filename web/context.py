"""What one request works with: its session, its clock and the officer who is asking."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, g, has_request_context, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from sqlmodel import Session
from werkzeug.exceptions import Unauthorized

from inbox.access import Viewer
from routing.officers import OfficerView
from sla.calendar import WorkingCalendar
from web.database import Database
from web.knowledge import Knowledge
from web.queue import TaskQueue
from web.runtime import Runtime
from web.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Services:
    """What the composition root hands to the pages; `clock` is where a request learns what time it is."""

    runtime: Runtime
    clock: Callable[[], datetime]

    @property
    def settings(self) -> Settings:
        """Return what the operator set."""
        return self.runtime.settings

    @property
    def database(self) -> Database:
        """Return the database."""
        return self.runtime.database

    @property
    def queue(self) -> TaskQueue:
        """Return the queue."""
        return self.runtime.queue

    @property
    def knowledge(self) -> Knowledge:
        """Return the calendar, the policies, the catalogue and the articles, as this process holds them."""
        return self.runtime.knowledge

    def close(self) -> None:
        """Give back every connection."""
        self.runtime.close()


class Application(Flask):
    """A Flask application whose views run in one unit of work each, committed once when the view succeeds."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view; commit what it did, or undo all of it when it raises."""
        try:
            response: Response = self.make_response(super().dispatch_request())
        except BaseException as error:
            end_work(error)
            raise
        end_work()
        return response


def services() -> Services:
    """Return what the application was made with."""
    return cast("Services", current_app.extensions["minhu"])


def current_session() -> Session:
    """Return the request's database session: for reading in a GET, a transaction otherwise.

    A view never commits. After an error the work is undone and this gives a fresh session for reading, so
    that an error page can be drawn.
    """
    session: Session | None = g.get("session")
    if session is None:
        g.work = ExitStack()
        database = services().database
        session = g.work.enter_context(database.transaction() if _writes() else database.reading())
        g.session = session
    return session


def end_work(error: BaseException | None = None) -> None:
    """Commit the request's work, or undo it when there was an error; nothing to do when there was none."""
    work: ExitStack | None = g.pop("work", None)
    g.pop("session", None)
    g.is_finished = True
    if work is None:
        return
    if error is None:
        work.__exit__(None, None, None)
    else:
        work.__exit__(type(error), error, error.__traceback__)


def abandon_work(error: BaseException | None = None) -> None:
    """Undo whatever is still open when a request is torn down."""
    if "work" in g:
        end_work(error or RequestAbandoned())


class RequestAbandoned(Exception):
    """A request ended without its view having run to the end."""


def now() -> datetime:
    """Return the instant of this request: the same however often it is asked."""
    if not has_request_context():
        return services().clock()
    if "now" not in g:
        g.now = services().clock()
    return cast("datetime", g.now)


def today() -> date:
    """Return the day of this request in the deployment's time zone."""
    return now().astimezone(time_zone()).date()


def end_of_day() -> datetime:
    """Return the last instant of today in the deployment's time zone."""
    return datetime.combine(today(), time.max, time_zone())


def time_zone() -> ZoneInfo:
    """Return the deployment's time zone, in which every instant is shown and every rule evaluated."""
    return ZoneInfo(services().settings.time_zone)


def calendar() -> WorkingCalendar:
    """Return the working calendar."""
    return services().knowledge.calendar(current_session(), now=now())


def current_officer() -> OfficerView | None:
    """Return the officer who is signed in, or None for a citizen or a stranger."""
    if "officer" not in g:
        from web.signing_in import load_officer

        g.officer = load_officer()
    return cast("OfficerView | None", g.officer)


def the_officer() -> OfficerView:
    """Return the officer who is signed in; in a view whose guard asks for one."""
    officer = current_officer()
    if officer is None:
        raise Unauthorized
    return officer


def viewer() -> Viewer:
    """Return who is asking, as `inbox.access` wants to know it."""
    officer = the_officer()
    return Viewer(officer.id, officer.department_id, officer.roles, officer.name)


def _writes() -> bool:
    if g.get("is_finished"):
        return False
    marked: bool | None = g.get("writes")
    return request.method not in SAFE_METHODS if marked is None else marked
