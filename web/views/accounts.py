"""Accounts: where citizens write to us, how each is doing, its push secret, and replies to carry back by hand."""

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.accounts import (
    AccountChange,
    AccountView,
    change_account,
    create_account,
    list_accounts,
    rotate_secret,
)
from inbox.deliveries import export_counts
from inbox.errors import AccountExists, AccountNotFound
from inbox.models import AccountState, Platform
from routing.models import Role
from web.context import current_session, end_work, now, services
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import department_choices, department_name
from web.push_example import push_examples

blueprint = Blueprint("accounts", __name__, url_prefix="/accounts")

PLACES = (Place("accounts.index", _l("Accounts"), "broadcast", "administration", 10),)

KEEPERS = (Role.ADMINISTRATOR,)
READERS = (Role.ADMINISTRATOR, Role.DISPATCHER, Role.SUPERVISOR)

_BOXES = ("name", "handle", "callback_url")


@blueprint.get("")
@roles(*READERS)
def index() -> ResponseReturnValue:
    """List the accounts by platform with how each is doing."""
    accounts = list_accounts(current_session())
    platforms = [(platform, [a for a in accounts if a.platform == platform]) for platform in Platform]
    return render_template(
        "accounts/index.html",
        platforms=[(platform, rows) for platform, rows in platforms if rows],
        exports=export_counts(current_session()),
        department_name=department_name,
    )


@blueprint.get("/new")
@roles(*KEEPERS)
def new() -> ResponseReturnValue:
    """Show the form for a new account."""
    return _form(None, {"platform": Platform.WECHAT.value, "state": AccountState.ACTIVE.value}, {})


@blueprint.post("/new")
@roles(*KEEPERS)
def create() -> ResponseReturnValue:
    """Register an account; its push secret is shown once."""
    typed, errors = _typed()
    typed["code"] = request.form.get("code", "").strip().lower()
    if not typed["code"].replace("-", "").replace("_", "").isalnum() or not typed["code"].isascii():
        errors["code"] = _("Use small Latin letters, digits and dashes.")
    if errors:
        return _form(None, typed, errors), 422
    try:
        account = create_account(current_session(), typed["code"], _change(typed), now=now())
    except AccountExists as error:
        end_work(error)
        return _form(None, typed, {"code": sentence_for(error)}), status_for(error)
    return _secret_page(account.code, account.name, account.push_secret or "")


@blueprint.get("/<code>")
@roles(*READERS)
def show(code: str) -> ResponseReturnValue:
    """Show one account: how it is doing, how to push to it, what waits to be carried back."""
    return _form(_account(code), None, {})


@blueprint.post("/<code>")
@roles(*KEEPERS)
def change(code: str) -> ResponseReturnValue:
    """Save what an administrator may set on an account."""
    account, (typed, errors) = _account(code), _typed()
    if errors:
        return _form(account, typed, errors), 422
    change_account(current_session(), code, _change(typed))
    flash(_("%(name)s was saved.", name=typed["name"]), "success")
    return redirect(url_for("accounts.show", code=code))


@blueprint.get("/<code>/secret")
@roles(*KEEPERS)
def ask_for_secret(code: str) -> ResponseReturnValue:
    """Ask before the push secret changes: the collector stops until it has the new one."""
    return render_template("accounts/ask_secret.html", account=_account(code))


@blueprint.post("/<code>/secret")
@roles(*KEEPERS)
def renew_secret(code: str) -> ResponseReturnValue:
    """Change the push secret and show the new one once."""
    return _secret_page(code, _account(code).name, rotate_secret(current_session(), code))


def _account(code: str) -> AccountView:
    found = [account for account in list_accounts(current_session()) if account.code == code]
    if not found:
        raise AccountNotFound(code)
    return found[0]


def _typed() -> tuple[dict[str, Any], dict[str, str]]:
    form, errors = request.form, {}
    typed: dict[str, Any] = {name: form.get(name, "").strip() for name in _BOXES}
    typed |= {"platform": form.get("platform", ""), "state": form.get("state", "")}
    typed["department_id"] = form.get("department_id", type=int)
    if not typed["name"]:
        errors["name"] = _("A name is needed.")
    if typed["platform"] not in set(Platform):
        errors["platform"] = _("Choose a platform.")
    if typed["state"] not in set(AccountState):
        errors["state"] = _("Choose a state.")
    if typed["callback_url"] and not typed["callback_url"].startswith(("https://", "http://")):
        errors["callback_url"] = _("An address begins with https://.")
    return typed, errors


def _change(typed: dict[str, Any]) -> AccountChange:
    return AccountChange(
        name=typed["name"],
        platform=Platform(typed["platform"]),
        department_id=typed["department_id"],
        handle=typed["handle"] or None,
        callback_url=typed["callback_url"] or None,
        state=AccountState(typed["state"]),
    )


def _form(account: AccountView | None, typed: dict[str, Any] | None, errors: dict[str, str]) -> str:
    waiting = export_counts(current_session()).get(account.id, 0) if account else 0
    return render_template(
        "accounts/form.html",
        account=account,
        typed=typed or account,
        errors=errors,
        waiting=waiting,
        examples=push_examples(services().settings.public_address, account.code) if account else None,
        departments=department_choices(),
        platforms=list(Platform),
        states=list(AccountState),
    )


def _secret_page(code: str, name: str, secret: str) -> Response:
    examples = push_examples(services().settings.public_address, code)
    page = render_template("accounts/secret.html", code=code, name=name, secret=secret, examples=examples)
    response: Response = make_response(page)
    response.headers["Cache-Control"] = "no-store"  # the page holds a secret
    return response
