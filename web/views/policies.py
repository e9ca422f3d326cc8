"""Time-limit policies: the table in force, and changing one with a look at what it would move."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from routing.models import Role
from sla.errors import BadLimit, BadPolicy, PoliciesTie
from sla.limits import parse_limit
from sla.models import Clock
from sla.policy import Policy
from sla.policy_editing import (
    ListedPolicy,
    changed_policy,
    list_policies,
    policy_versions,
    preview_policy,
    publish_policy,
)
from web.context import calendar, current_session, now, services, the_officer, today
from web.deadline_words import limit_words
from web.errors import sentence_for, status_for
from web.frame import Place
from web.guards import roles
from web.names import officer_name
from web.policy_words import MAIN_CLOCKS, basis_words, covers, extension_words, limit_lines, policy_name

blueprint = Blueprint("policies", __name__, url_prefix="/policies")

PLACES = (Place("policies.index", _l("Time limits"), "stopwatch", "administration", 40),)

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)
SHOWN_MOVES = 20


@blueprint.get("")
@roles(*KEEPERS, Role.DISPATCHER, Role.REVIEWER, Role.OFFICER)
def index() -> ResponseReturnValue:
    """List the policies in force, the one that is asked first at the top."""
    listed = list_policies(current_session(), on=today())
    return render_template(
        "policies/index.html", rows=[_row(entry) for entry in listed], main_clocks=MAIN_CLOCKS
    )


@blueprint.get("/<code>")
@roles(*KEEPERS)
def show(code: str) -> ResponseReturnValue:
    """Show one policy with its limits, ready to be changed, and its versions."""
    return _page(_policy(code), {}, {})


@blueprint.get("/<code>/preview")
@roles(*KEEPERS)
def preview(code: str) -> ResponseReturnValue:
    """Show what a change would do to the deadlines that run now; nothing is changed yet."""
    policy, errors = _policy(code), _unreadable(request.args)
    if errors:
        return _page(policy, request.args, errors), 422
    try:
        changed = _changed(code, request.args)
    except (BadPolicy, PoliciesTie) as error:
        return _page(policy, request.args, {"limits": sentence_for(error)}), status_for(error)
    effect = preview_policy(current_session(), changed, calendar(), now=now())
    return render_template(
        "policies/preview.html",
        policy=policy,
        name=policy_name(policy),
        changes=_differences(policy, changed),
        effect=effect,
        moves=effect.moves[:SHOWN_MOVES],
        typed={key: value for key, value in request.args.items() if key not in {"csrf_token", "reason"}},
        reason=request.args.get("reason", ""),
    )


@blueprint.post("/<code>")
@roles(*KEEPERS)
def publish(code: str) -> ResponseReturnValue:
    """Put a new version in force from today on; running deadlines follow only when asked to."""
    changed = _changed(code, request.form)
    effect = publish_policy(
        current_session(),
        changed,
        calendar(),
        now=now(),
        actor_id=the_officer().id,
        reason=request.form.get("reason", "").strip()[:200],
        move_running=request.form.get("move_running") == "1",
    )
    services().knowledge.forget()
    moved = len(effect.moves)
    flash(_("The policy is in force. %(count)s running deadlines were moved.", count=moved), "success")
    return redirect(url_for("policies.index"))


def _policy(code: str) -> Policy:
    return policy_versions(current_session(), code)[0].policy


def _unreadable(typed: Any) -> dict[str, str]:
    """Return a sentence for each limit that cannot be read, by its field."""
    errors = {}
    for name in (*(clock.value for clock in Clock), "extension"):
        try:
            if typed.get(name, "").strip():
                parse_limit(typed[name])
        except BadLimit as error:
            errors[name] = sentence_for(error)
    return errors


def _changed(code: str, typed: Any) -> Policy:
    """Build the next version from a form; raises what `changed_policy` raises."""
    limits = {clock.value: typed[clock.value].strip() for clock in Clock if clock.value in typed}
    changes: dict[str, Any] = {"limits": limits}
    if "extension" in typed:
        changes["extension"] = typed["extension"].strip()
    return changed_policy(
        current_session(),
        code,
        changes,
        expected_version=typed.get("version", 0, type=int),
        effective_on=today(),
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
    if before.extension != after.extension:
        found.append((str(_("Extension")), extension_words(before), extension_words(after)))
    return found


def _page(policy: Policy, typed: Any, errors: dict[str, str]) -> str:
    extension = typed.get("extension", str(policy.extension or ""))
    return render_template(
        "policies/show.html",
        policy=policy,
        name=policy_name(policy),
        covers=covers(policy),
        lines=limit_lines(policy),
        typed=typed,
        extension=extension,
        extension_words=limit_words(str(policy.extension)) if policy.extension else "",
        errors=errors,
        versions=policy_versions(current_session(), policy.code),
        officer_name=officer_name,
        basis_words=basis_words,
    )
