"""Cases about one matter: what agrees, who follows whom, one reply to all, and what became of each copy."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from inbox import groups
from inbox.errors import InboxError
from inbox.group_view import Preview, compare_cases, group_page, outcomes, previews
from inbox.joint_replies import retry_failed
from inbox.models import DeliveryState
from inbox.replies import check_draft, save_draft, submit_reply
from routing.models import Role
from web.case_page import with_deadlines
from web.case_words import check_lines
from web.context import current_session, end_work, now, viewer
from web.errors import sentence_for, status_for
from web.guards import roles
from web.views.cases import back_to
from web.views.inbox import WORKS_WITH_CASES

blueprint = Blueprint("groups", __name__, url_prefix="/cases/<int:case_id>")

JOINERS = (Role.OFFICER, Role.DISPATCHER, Role.SUPERVISOR)


@blueprint.get("/group")
@roles(*WORKS_WITH_CASES)
def show(case_id: int) -> str:
    """Show every case that belongs to this one, those to be decided first."""
    found = group_page(current_session(), viewer(), case_id, page=request.args.get("page", 1, type=int))
    clocks = dict(with_deadlines([kin.row for kin in found.kin]))
    return render_template("groups/show.html", found=found, clocks=clocks, may_join=viewer().has(*JOINERS))


@blueprint.get("/compare/<int:other_id>")
@roles(*WORKS_WITH_CASES)
def compare(case_id: int, other_id: int) -> str:
    """Lay two messages side by side, with the passages that agree marked."""
    sides = compare_cases(current_session(), viewer(), case_id, other_id)
    return render_template("groups/compare.html", sides=sides, may_join=viewer().has(*JOINERS))


@blueprint.post("/group")
@roles(*JOINERS)
def decide(case_id: int) -> ResponseReturnValue:
    """Link, merge, take apart or dismiss the chosen cases; what does not fit changes nothing."""
    chosen = request.form.getlist("cases", type=int)
    action = request.form.get("do", "")
    if not chosen:
        flash(_("Choose at least one case first."), "warning")
        return redirect(_back(case_id), 303)
    try:
        count = join_or_part(case_id, action, chosen)
    except InboxError as error:
        end_work(error)
        flash(sentence_for(error), "danger")
    else:
        flash(_done(action, count), "success")
    return redirect(_back(case_id), 303)


@blueprint.get("/joint-reply")
@roles(Role.OFFICER)
def write(case_id: int) -> str:
    """Show the reply with what each citizen would get of it."""
    return _composer(case_id)


@blueprint.post("/joint-reply")
@roles(Role.OFFICER)
def answer(case_id: int) -> ResponseReturnValue:
    """Save the reply and fill the gaps for each citizen anew, or hand it to review for the chosen ones."""
    text = request.form.get("text", "")
    revision = request.form.get("revision", 0, type=int)
    try:
        if request.form.get("do") != "submit":
            save_draft(current_session(), viewer(), case_id, text, expected_version=revision, now=now())
            flash(_("Draft saved. Below is what each citizen would get."), "success")
            return redirect(url_for("groups.write", case_id=case_id) + "#copies", 303)
        submit_reply(
            current_session(),
            viewer(),
            case_id,
            text,
            expected_version=revision,
            now=now(),
            addressees=request.form.getlist("cases", type=int),
        )
    except InboxError as error:
        end_work(error)
        return _composer(case_id, typed=text, refusal=sentence_for(error)), status_for(error)
    flash(_("Submitted. A reviewer reads it once; then every listed citizen gets a copy."), "success")
    return redirect(url_for("groups.result", case_id=case_id), 303)


@blueprint.get("/joint-reply/result")
@roles(*WORKS_WITH_CASES)
def result(case_id: int) -> str:
    """Show what became of each citizen's copy."""
    found = outcomes(current_session(), viewer(), case_id)
    failed = (DeliveryState.FAILED, DeliveryState.UNKNOWN)
    return render_template(
        "groups/result.html",
        found=found,
        delivered=found.count(DeliveryState.DELIVERED),
        failed=found.count(*failed),
        under_way=sum(row.state == "approved" for row in found.rows)
        + found.count(DeliveryState.WAITING, DeliveryState.SENDING),
        may_retry=viewer().has(*JOINERS),
    )


@blueprint.post("/joint-reply/retry")
@roles(*JOINERS)
def retry(case_id: int) -> ResponseReturnValue:
    """Send the copies that did not arrive once more."""
    count = retry_failed(current_session(), viewer(), case_id, now=now())
    flash(
        ngettext("%(num)s copy is being sent again.", "%(num)s copies are being sent again.", count)
        if count
        else _("Every copy has arrived or is on its way; nothing was sent again."),
        "success" if count else "info",
    )
    return redirect(url_for("groups.result", case_id=case_id), 303)


def join_or_part(case_id: int, action: str, chosen: list[int]) -> int:
    """Link, merge, unmerge or dismiss cases; return how many that changed."""
    session, who = current_session(), viewer()
    if action == "merge":
        return groups.merge_cases(session, who, case_id, chosen, now=now())
    if action == "unmerge":
        return groups.unmerge_cases(session, who, chosen, now=now())
    if action == "dismiss":
        return sum(groups.dismiss_link(session, who, each, now=now()) for each in chosen)
    return groups.link_cases(session, who, case_id, chosen, now=now())


def _done(action: str, count: int) -> str:
    if not count:
        return str(_("Nothing was left to do; a colleague may have been quicker."))
    sentences = {
        "merge": ngettext("%(num)s case follows this one now.", "%(num)s cases follow this one now.", count),
        "unmerge": ngettext(
            "%(num)s case goes its own way again, as it stood before.",
            "%(num)s cases go their own way again, as they stood before.",
            count,
        ),
        "dismiss": ngettext(
            "%(num)s case is another matter; nobody will be asked again.",
            "%(num)s cases are other matters; nobody will be asked again.",
            count,
        ),
    }
    linked = ngettext(
        "%(num)s case is about the same matter.", "%(num)s cases are about the same matter.", count
    )
    return str(sentences.get(action, linked))


def _composer(case_id: int, typed: str | None = None, refusal: str | None = None) -> str:
    session, who = current_session(), viewer()
    lead, reply, copies = previews(session, who, case_id, now=now())
    text = typed if typed is not None else (reply.text if reply else "")
    checks = check_lines(check_draft(session, who, case_id, text), text) if text.strip() else []
    return render_template(
        "groups/write.html",
        lead=lead,
        reply=reply,
        copies=copies,
        text=text,
        checks=checks,
        refusal=refusal,
        excluded=_excluded(copies),
    )


def _excluded(copies: list[Preview]) -> set[int]:
    """Return whose tick was taken away on the form that comes back, so that a refusal does not tick it again."""
    if request.method != "POST":
        return set()
    ticked = set(request.form.getlist("cases", type=int))
    return {copy.row.id for copy in copies} - ticked


def _back(case_id: int) -> str:
    back = back_to(case_id)
    return back if request.form.get("next") else url_for("groups.show", case_id=case_id)
