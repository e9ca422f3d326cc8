"""Who may open which page: one mark on every view, checked before it runs, refused when it is missing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from routing.models import Role
from web.context import current_officer

View = TypeVar("View", bound=Callable[..., Any])
ALL_ROLES = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a view: anybody, a machine that proves itself there, or officers with one of `roles`."""

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
    """Let programs call the view: it checks a signature itself, so no form token is asked for."""
    return _mark(view, Access(public=True, machine=True))


def signed_in(view: View) -> View:
    """Let every officer open the view."""
    return _mark(view, Access(roles=ALL_ROLES))


def roles(*allowed: Role) -> Callable[[View], View]:
    """Let officers with at least one of these roles open the view."""

    def mark(view: View) -> View:
        return _mark(view, Access(roles=frozenset(allowed)))

    return mark


def writes(view: View) -> View:
    """Give a GET view a transaction that is committed, for the few that record that somebody looked."""
    view.writes = True  # type: ignore[attr-defined]
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
    g.writes = bool(getattr(current_app.view_functions.get(endpoint), "writes", False))
    if access.public:
        return None
    officer = current_officer()
    if officer is None:
        return _ask_to_sign_in()
    if not officer.roles & access.roles:
        abort(403)
    return None


def _mark(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view


def _ask_to_sign_in() -> ResponseReturnValue:
    if request.accept_mimetypes.best == "application/json":
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.headers.get("HX-Request"):
        # A redirect would be followed inside the page; this header moves the whole window instead.
        return "", 401, {"HX-Redirect": url_for("auth.sign_in")}
    return redirect(url_for("auth.sign_in", next=None if back == "/" else back))
