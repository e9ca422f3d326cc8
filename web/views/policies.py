"""Time-limit policies: the table in force, and changing one with a look at what it would move."""

import re
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext
from werkzeug.datastructures import MultiDict

from inbox.clock_changes import put_policy_in_force
from routing.models import Role
from sla.errors import BadPolicy, PoliciesTie
from sla.policy import Policy
from sla.policy_editing import (
    ListedPolicy,
    changed_policy,
    list_policies,
    policy_versions,
    preview_policy,
    retire_policy,
)
from web.context import calendar, current_session, now, services, the_officer, today
from web.deadline_words import limit_words
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.i18n import format_day
from web.moves import shown_moves
from web.names import officer_name
from web.policy_form import changes_of, choices, form_of, unreadable
from web.policy_words import (
    MAIN_CLOCKS,
    basis_words,
    covers,
    extension_words,
    limit_lines,
    policy_name,
    steps_words,
)

blueprint = Blueprint("policies", __name__, url_prefix="/policies")

PLACES = (Place("policies.index", _l("Time limits"), "stopwatch", "administration", 40),)

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)

_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")


@blueprint.get("")
@roles(*KEEPERS, Role.DISPATCHER, Role.REVIEWER, Role.OFFICER)
def index() -> ResponseReturnValue:
    """List the policies in force, the one that is asked first at the top."""
    listed = list_policies(current_session(), on=today())
    return render_template(
        "policies/index.html", rows=[_row(entry) for entry in listed], main_clocks=MAIN_CLOCKS
    )


@blueprint.get("/new")
@roles(*KEEPERS)
def new() -> ResponseReturnValue:
    """Show the form for a policy that does not exist yet."""
    return _page(_blank(""), request.args, {})


@blueprint.get("/<code>")
@roles(*KEEPERS)
def show(code: str) -> ResponseReturnValue:
    """Show one policy with what it holds for and its limits, ready to be changed, and its versions."""
    return _page(_policy(code), MultiDict(), {})


@blueprint.get("/preview")
@roles(*KEEPERS)
def preview_new() -> ResponseReturnValue:
    """Show a policy that does not exist yet before it is put in force."""
    code = request.args.get("code", "").strip().lower()
    if _CODE.fullmatch(code) is None:
        return _page(
            _blank(code), request.args, {"code": _("Use small letters, digits and underscores.")}
        ), 422
    return _preview(_blank(code))


@blueprint.get("/<code>/preview")
@roles(*KEEPERS)
def preview(code: str) -> ResponseReturnValue:
    """Show what a change would do to the deadlines that run now; nothing is changed yet."""
    return _preview(_policy(code))


@blueprint.post("/<code>")
@roles(*KEEPERS)
def publish(code: str) -> ResponseReturnValue:
    """Put a new version in force; running deadlines follow only when asked to."""
    typed = request.form
    errors = unreadable(typed, today=today())
    if errors:
        raise BadPolicy(code, list(errors.values()))
    known = None if typed.get("version") == "0" else _policy(code)
    changed = _changed(code, known, typed)
    effect = put_policy_in_force(
        current_session(),
        changed,
        calendar(),
        now=now(),
        actor_id=the_officer().id,
        reason=typed.get("reason", "").strip()[:200],
        move_running=typed.get("move_running") == "1" and changed.effective_on == today(),
    )
    services().knowledge.forget()
    if changed.effective_on > today():
        flash(_("The policy will be in force from %(day)s.", day=format_day(changed.effective_on)), "success")
    else:
        moved = len(effect.moves)
        flash(_("The policy is in force. %(count)s running deadlines were moved.", count=moved), "success")
    return redirect(url_for("policies.index"))


@blueprint.get("/<code>/retire")
@roles(*KEEPERS)
def ask_retire(code: str) -> ResponseReturnValue:
    """Ask before a policy ends."""
    policy = _policy(code)
    return render_template("policies/retire.html", policy=policy, name=policy_name(policy), today=today())


@blueprint.post("/<code>/retire")
@roles(*KEEPERS)
def retire(code: str) -> ResponseReturnValue:
    """End a policy: no new case falls under it, running ones keep it."""
    policy = _policy(code)
    retire_policy(current_session(), code, on=today())
    services().knowledge.forget()
    flash(_("%(name)s ended today. Running cases keep their limits.", name=policy_name(policy)), "success")
    return redirect(url_for("policies.index"))


def _preview(policy: Policy) -> ResponseReturnValue:
    typed, errors = request.args, unreadable(request.args, today=today())
    if errors:
        return _page(policy, typed, errors), 422
    try:
        changed = _changed(policy.code, policy if policy.version else None, typed)
    except (BadPolicy, PoliciesTie) as error:
        return _page(policy, typed, {"limits": sentence_for(error)}), status_for(error)
    effect = preview_policy(current_session(), changed, calendar(), now=now())
    hidden = [
        (key, value)
        for key, value in typed.items(multi=True)
        if key not in {"csrf_token", "reason", "code", "move_running"}
    ]
    return render_template(
        "policies/preview.html",
        policy=policy,
        name=policy_name(changed),
        changes=_differences(policy, changed),
        effect=effect,
        moves=shown_moves(effect.moves),
        hidden=hidden,
        reason=typed.get("reason", ""),
        later=changed.effective_on if changed.effective_on > today() else None,
    )


def _policy(code: str) -> Policy:
    return policy_versions(current_session(), code)[0].policy


def _blank(code: str) -> Policy:
    return Policy(code, "", 20, (), {}, version=0)


def _changed(code: str, policy: Policy | None, typed: Any) -> Policy:
    """Build the next version from a form; raises what `changed_policy` raises."""
    said = typed.get("effective_on", "")
    return changed_policy(
        current_session(),
        code,
        changes_of(policy, typed),
        expected_version=typed.get("version", 0, type=int),
        effective_on=date.fromisoformat(said) if said else today(),
    )


def _row(entry: ListedPolicy) -> dict[str, Any]:
    return {
        "policy": entry.policy,
        "name": policy_name(entry.policy),
        "covers": covers(entry.policy),
        "limits": {line.clock: line for line in limit_lines(entry.policy)},
        "extension": extension_words(entry.policy),
        "open": entry.open_deadlines,
    }


def _differences(before: Policy, after: Policy) -> list[tuple[str, str, str]]:
    """Return what changes as label, old words and new words."""
    pairs = zip(limit_lines(before), limit_lines(after), strict=True)
    found = [(new.label, old.words or "—", new.words or "—") for old, new in pairs if old.text != new.text]
    joined = str(_("; or "))
    others: list[tuple[Any, str, str]] = [
        (pgettext("thing", "Name"), policy_name(before), policy_name(after)),
        (_("Holds for"), joined.join(covers(before)), joined.join(covers(after))),
        (_("Rank"), str(before.rank), str(after.rank)),
        (_("Extension"), extension_words(before), extension_words(after)),
        (_("Steps"), steps_words(before), steps_words(after)),
    ]
    return found + [(str(label), old or "—", new or "—") for label, old, new in others if old != new]


def _page(policy: Policy, typed: Any, errors: dict[str, str]) -> str:
    return render_template(
        "policies/show.html",
        policy=policy,
        name=policy_name(policy) or _("New policy"),
        covers=covers(policy),
        lines=limit_lines(policy),
        form=form_of(policy, typed, today=today()),
        choices=choices(),
        extension_words=limit_words(str(policy.extension)) if policy.extension else "",
        errors=errors,
        versions=policy_versions(current_session(), policy.code) if policy.version else [],
        officer_name=officer_name,
        basis_words=basis_words,
    )
