"""What the triage desk offers for a message with several matters."""

from collections.abc import Sequence

from inbox.splitting import propose_split
from inbox.triage_desk import DeskCase
from web.context import current_session, now, services, today, viewer

ROWS = 2
"""Rows that stand ready when nothing is proposed."""

Row = tuple[str, int | None]
"""The words of a matter and its department."""


def split_offer(
    desk_case: DeskCase, *, typed: Sequence[Row] = (), refusal: str | None = None, due: str = ""
) -> dict[str, object]:
    """Return the rows of the split form, and whether they are a proposal; what was typed and refused stays."""
    proposed: Sequence[Row] = () if typed else _proposed(desk_case.row.id)
    rows = list(typed or proposed)
    if len(rows) < ROWS:
        whole = desk_case.messages[0].text if desk_case.messages else ""
        rows = (rows or [(whole, None)]) + [("", None)] * (ROWS - max(len(rows), 1))
    return {
        "split_rows": rows,
        "split_is_proposed": bool(proposed),
        "split_refusal": refusal,
        "split_due": due,
        "first_day": today().isoformat(),
    }


def _proposed(case_id: int) -> list[Row]:
    catalogue = services().knowledge.catalogue(current_session(), now=now())
    parts = propose_split(current_session(), viewer(), case_id, catalogue)
    return [(part.text, part.department_id) for part in parts]
