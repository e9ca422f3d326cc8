"""Changes of the catalogue as pages make them: looked at on last month's messages first, or saved at once."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from inbox.routing_preview import MOST_MESSAGES, preview_change
from web.context import current_session, now, viewer
from web.names import department_name

STEP, LOOK = "step", "preview"
"""A form's button with this name and value asks for the preview; every other one saves."""


def save_or_preview(
    change: Callable[[Session], object], *, title: str, back: str, saved: str
) -> ResponseReturnValue:
    """Make the change and go back, or show what it would have done, with the button that makes it."""
    if request.form.get(STEP) != LOOK:
        change(current_session())
        flash(saved, "success")
        return redirect(back, 303)
    preview = preview_change(current_session(), viewer(), change, now=now())
    return render_template(
        "catalogue/preview.html",
        title=title,
        back=back,
        preview=preview,
        is_floor=preview.looked_at >= MOST_MESSAGES,
        moves=[
            (
                department_name(move.from_id) if move.from_id else None,
                department_name(move.to_id) if move.to_id else None,
                move.cases,
            )
            for move in preview.moves
        ],
        fields=[
            (name, value)
            for name, value in request.form.items(multi=True)
            if name not in (STEP, "csrf_token")
        ],
    )
