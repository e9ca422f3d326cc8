"""Work on the street: asked for on a case, shown with pictures, done with a note; and the list of one's own."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from inbox.access import get_case
from inbox.case_lists import View, cases_by_id
from inbox.errors import MessageRefused
from inbox.offline_tasks import (
    MINDERS,
    Work,
    add_photo,
    add_task,
    drop_task,
    finish_task,
    my_tasks,
    photo_content,
)
from routing.models import Role
from routing.officers import all_officers
from web.case_page import case_page
from web.context import current_session, end_work, now, today, viewer
from web.errors import sentence_for, status_for
from web.frame import Place, current_frame
from web.guards import roles
from web.names import department_name, name_of
from web.together import read_day, task_choices, task_line
from web.views.cases import back_to
from web.views.inbox import WORKS_WITH_CASES

blueprint = Blueprint("tasks", __name__)


def _waiting(*_asked: Any) -> int:
    return current_frame().view_counts.get(View.MY_TASKS, 0)


PLACES = (Place("tasks.index", _l("My tasks"), "cone-striped", order=25, count=_waiting),)


@blueprint.get("/tasks")
@roles(Role.OFFICER)
def index() -> ResponseReturnValue:
    """Show the work on the street that is this officer's or their department's."""
    session = current_session()
    lines = [task_line(task) for task in my_tasks(session, viewer())]
    cases = {row.id: row for row in cases_by_id(session, viewer(), [line.task.case_id for line in lines])}
    return render_template("tasks/index.html", lines=lines, cases=cases)


@blueprint.get("/cases/<int:case_id>/tasks")
@roles(*MINDERS)
def ask(case_id: int) -> ResponseReturnValue:
    """Ask what has to be done, by whom and until when."""
    return _question(case_id)


@blueprint.post("/cases/<int:case_id>/tasks")
@roles(*MINDERS)
def add(case_id: int) -> ResponseReturnValue:
    """Ask for work on the street."""
    form = request.form
    unit, _sep, officer = form.get("holder", "").partition("-")
    due_at = read_day(form.get("due", ""))
    try:
        if due_at is None:
            raise MessageRefused("due_missing")
        work = Work(
            what=form.get("what", ""),
            due_at=due_at,
            department_id=int(unit) if unit.isdecimal() else 0,
            officer_id=int(officer) if officer.isdecimal() else None,
        )
        add_task(current_session(), viewer(), case_id, work, now=now())
    except MessageRefused as error:
        end_work(error)
        return _question(case_id, refusal=sentence_for(error)), status_for(error)
    flash(_("Asked for. No reply can say done before it is."), "success")
    return redirect(back_to(case_id), 303)


@blueprint.post("/cases/<int:case_id>/tasks/<int:task_id>")
@roles(*MINDERS)
def work_on(case_id: int, task_id: int) -> ResponseReturnValue:
    """Keep pictures, and say that the work is done or will not be."""
    session, who, do = current_session(), viewer(), request.form.get("do", "")
    pictures = [sent for sent in request.files.getlist("photos") if sent.filename]
    for sent in pictures:
        add_photo(session, who, task_id, sent.read(), now=now())
    note = request.form.get("note", "")
    if do == "done":
        finish_task(session, who, task_id, note=note, now=now())
        flash(_("Done. The reply may say so now."), "success")
    elif do == "drop":
        drop_task(session, who, task_id, note=note, now=now())
        flash(_("Dropped, with your reason."), "success")
    elif pictures:
        flash(
            ngettext(
                "%(num)s picture was kept, without place and camera.",
                "%(num)s pictures were kept, without place and camera.",
                len(pictures),
            ),
            "success",
        )
    return redirect(back_to(case_id), 303)


@blueprint.get("/cases/<int:case_id>/photos/<int:photo_id>")
@roles(*WORKS_WITH_CASES)
def photo(case_id: int, photo_id: int) -> ResponseReturnValue:
    """Show a picture to who may see its case."""
    get_case(current_session(), viewer(), case_id)
    response = Response(photo_content(current_session(), viewer(), photo_id), mimetype="image/jpeg")
    response.headers["Content-Disposition"] = f'inline; filename="photo-{photo_id}.jpg"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _question(case_id: int, *, refusal: str | None = None) -> str:
    page = case_page(case_id, back=back_to(case_id))
    case = get_case(current_session(), viewer(), case_id)
    return render_template(
        "tasks/ask.html",
        page=page,
        refusal=refusal,
        typed=request.form,
        holders=_holders([unit for unit, _name in task_choices(case)]),
        first_day=today().isoformat(),
    )


def _holders(units: list[int]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return who can be asked, by department: the department itself, then each of its officers."""
    return [
        (
            department_name(unit),
            [
                (str(unit), _("%(department)s, whoever is free", department=department_name(unit))),
                *(
                    (f"{unit}-{person.id}", name_of(person))
                    for person in all_officers(current_session(), department_id=unit, role=Role.OFFICER)
                ),
            ],
        )
        for unit in units
    ]
