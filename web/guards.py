"""Who may open which page: one mark on every view, checked before it runs, refused when it is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from routing.models import Role
from web.bearer import officer_with_token
from web.context import current_officer

View = TypeVar("View", bound=Callable[..., Any])
ALL_ROLES = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a view: anybody, or officers with one of `roles`.

    At a `machine` view an officer is known by an API token alone, never by a browser's cookie, which is why it can do
    without a form token.
    """

    roles: frozenset[Role] = frozenset()
    public: bool = False
    machine: bool = False


class UnguardedView(RuntimeError):
    """A view says nothing about who may open it, so nobody may."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"the view {endpoint!r} has no guard: add @public, @signed_in or @roles(...)")
        self.endpoint = endpoint


def public(view: View) -> View:
    """Let everybody open the view, signed in or not."""
    return _mark(view, Access(public=True))


def machine(view: View) -> View:
    """Let programs call the view: it asks for no form token, and a session cookie does not count there."""
    return _mark(view, Access(public=True, machine=True))


def signed_in(view: View) -> View:
    """Let every officer open the view."""
    return _mark(view, Access(roles=ALL_ROLES))


def roles(*allowed: Role) -> Callable[[View], View]:
    """Let officers with at least one of these roles open the view."""

    def mark(view: View) -> View:
        return _mark(view, Access(roles=frozenset(allowed)))

    return mark


def with_token(*allowed: Role) -> Callable[[View], View]:
    """Let programs call the view in the name of an officer with one of these roles, or of any officer."""

    def mark(view: View) -> View:
        return _mark(view, Access(roles=frozenset(allowed) or ALL_ROLES, machine=True))

    return mark


def writes(view: View) -> View:
    """Give a GET view a transaction that is committed, for the few that record that somebody looked."""
    view.writes = True  # type: ignore[attr-defined]
    return view


def reads_only(view: View) -> View:
    """Give a POST view no transaction, for the few that only ask something too long for an address."""
    view.writes = False  # type: ignore[attr-defined]
    return view


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return the mark of an endpoint, or None when it has none; files in static are for everybody."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return Access(public=True)
    access: Access | None = getattr(app.view_functions.get(endpoint), "access", None)
    return access


def may_open(endpoint: str) -> bool:
    """Tell whether the person asking may open an endpoint; False for one that does not exist."""
    access = access_of(current_app, endpoint)
    if access is None:
        return False
    officer = current_officer()
    return access.public or (officer is not None and bool(officer.roles & access.roles))


def check_access() -> ResponseReturnValue | None:
    """Refuse a request whose view is not for the person asking; send strangers to the sign-in page."""
    endpoint = request.endpoint
    if endpoint is None:
        return None
    access = access_of(current_app, endpoint)
    if access is None:
        raise UnguardedView(endpoint)
    g.writes = getattr(current_app.view_functions.get(endpoint), "writes", None)
    if access.machine:
        g.officer = officer_with_token()
    if access.public:
        return None
    officer = current_officer()
    if officer is None:
        return _ask_for_token() if access.machine else _ask_to_sign_in()
    if not officer.roles & access.roles:
        abort(403)
    return None


def _mark(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def _ask_for_token() -> NoReturn:
    raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "minhu"}))


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.headers.get("HX-Request"):
        # A redirect would be followed inside the page; this header moves the whole window instead.
        return "", 401, {"HX-Redirect": url_for("auth.sign_in")}
    return redirect(url_for("auth.sign_in", next=None if back == "/" else back))
