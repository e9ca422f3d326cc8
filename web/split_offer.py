"""What the triage desk offers for a message with several matters."""

from inbox.splitting import propose_split
from inbox.triage_desk import DeskCase
from web.context import current_session, now, services, viewer

ROWS = 2
"""Rows that stand ready when nothing is proposed."""


def split_offer(desk_case: DeskCase) -> dict[str, object]:
    """Return the rows of the split form as (text, department id), and whether they are a proposal."""
    catalogue = services().knowledge.catalogue(current_session(), now=now())
    proposed = propose_split(current_session(), viewer(), desk_case.row.id, catalogue)
    rows = [(part.text, part.department_id) for part in proposed]
    if not rows:
        rows = [(desk_case.messages[0].text if desk_case.messages else "", None), *[("", None)] * (ROWS - 1)]
    return {"split_rows": rows, "split_is_proposed": bool(proposed)}
