"""What every page's frame shows: where one may go, how much waits there, what is due, who is here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _l
from sqlmodel import Session

from inbox.access import Viewer
from inbox.case_lists import View, count_views
from inbox.notices import unread_count
from routing.models import Role
from routing.officers import OfficerView
from web.context import current_officer, current_session, end_of_day, now, viewer
from web.guards import may_open
from web.i18n import LOCALES, language

Count = Callable[[Session, Viewer, datetime], int]

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"

SECTIONS = {
    "work": _l("Work"),
    "knowledge": _l("Knowledge"),
    "administration": _l("Administration"),
}
"""The groups of places in the rail, in order; places of the section `public` are the citizens' menu."""

HOME_PAGES: tuple[str, ...] = (
    "inbox.index",
    "reviews.index",
    "board.index",
    "articles.index",
    "system.index",
    "profile.show",
)
"""Where an officer starts: the first of these that their roles open."""

STRANGERS_PAGES = ("portal.index", "auth.sign_in")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail, listed by a view module in its `PLACES`; who sees it follows from the view's guard.

    `order` sorts within the section. `count` says how much waits there; it is asked on every page, so it must
    be a cheap query. An `alarming` place shows its count as late.
    """

    endpoint: str
    label: Any
    icon: str
    section: str = "work"
    order: int = 50
    count: Count | None = None
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class PlaceView:
    """An entry of the rail as this person sees it now."""

    label: str
    url: str
    icon: str
    count: int | None
    current: bool
    alarming: bool


@dataclass(frozen=True, slots=True)
class Due:
    """What the chip in the top bar says about the officer's cases."""

    overdue: int
    today: int


class Frame:
    """The frame of one page; each part is looked up when the layout asks for it."""

    @property
    def officer(self) -> OfficerView | None:
        """Return who is signed in."""
        return current_officer()

    @property
    def locale(self) -> str:
        """Return the language of the page, as the `lang` attribute wants it."""
        return language().replace("_", "-")

    @property
    def other_locales(self) -> list[tuple[str, str, str]]:
        """Return the languages one can change to: code, `lang` attribute and own name."""
        codes = [(code, code.replace("_", "-"), name) for code, name in LOCALES.items()]
        return [entry for entry in codes if entry[1] != self.locale]

    @property
    def theme(self) -> str:
        """Return auto, light or dark."""
        chosen = request.cookies.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def here(self) -> str:
        """Return this page's address, to come back to after changing the language or the look."""
        return request.full_path.rstrip("?") if request.method == "GET" else "/"

    @cached_property
    def sections(self) -> list[tuple[str, list[PlaceView]]]:
        """Return the places this officer may go to, by section."""
        if self.officer is None:
            return []
        found = [(str(label), _places(code)) for code, label in SECTIONS.items()]
        return [(label, places) for label, places in found if places]

    @cached_property
    def public_places(self) -> list[PlaceView]:
        """Return the citizens' menu."""
        return _places("public")

    @cached_property
    def due(self) -> Due | None:
        """Return how many of the viewer's cases are overdue and due today; None for who has no cases."""
        if self.officer is None or not may_open("inbox.index"):
            return None
        return Due(self.view_counts.get(View.OVERDUE, 0), self.view_counts.get(View.DUE_TODAY, 0))

    @cached_property
    def unread_notices(self) -> int:
        """Return how many notices the officer has not read, as the bell shows it."""
        return unread_count(current_session(), self.officer.id) if self.officer is not None else 0

    @cached_property
    def view_counts(self) -> dict[View, int]:
        """Return how many cases each saved view of the officer's inbox holds; counted once a request."""
        return count_views(current_session(), viewer(), now=now(), end_of_day=end_of_day())

    def url(self, endpoint: str, **values: Any) -> str | None:
        """Return the address of a page if it exists and this person may open it."""
        return url_for(endpoint, **values) if may_open(endpoint) else None

    def has(self, *roles: str) -> bool:
        """Tell whether the officer holds one of these roles."""
        return self.officer is not None and self.officer.has_role(*(Role(role) for role in roles))


def init_frame(app: Flask, places: Iterable[Place]) -> None:
    """Give every template `frame`."""
    app.extensions["places"] = tuple(sorted(places, key=lambda place: (place.order, place.endpoint)))
    app.context_processor(lambda: {"frame": current_frame()})


def current_frame() -> Frame:
    """Return the frame of the page being drawn; what it has counted is counted once."""
    if "frame" not in g:
        g.frame = Frame()
    frame: Frame = g.frame
    return frame


def home_url() -> str:
    """Return where this person starts: an officer by role, everybody else at the portal or the sign-in page."""
    pages = HOME_PAGES if current_officer() is not None else STRANGERS_PAGES
    return url_for(next(page for page in pages if may_open(page)))


def _places(section: str) -> list[PlaceView]:
    places: tuple[Place, ...] = current_app.extensions["places"]
    return [_view(place) for place in places if place.section == section and may_open(place.endpoint)]


def _view(place: Place) -> PlaceView:
    asks = place.count is not None and current_officer() is not None
    count = place.count(current_session(), viewer(), now()) if asks and place.count else None
    here = (request.endpoint or "").split(".")[0]
    return PlaceView(
        label=str(place.label),
        url=url_for(place.endpoint),
        icon=place.icon,
        count=count,
        current=here == place.endpoint.split(".")[0],
        alarming=place.alarming and bool(count),
    )
