"""A 通报 in words: its title, its columns and its lines."""

from flask_babel import gettext as _

from inbox.bulletin_figures import Figures, Row
from inbox.bulletin_models import Bulletin
from web.i18n import format_percent
from web.names import department_name
from web.periods import span_label


def title_of(bulletin: Bulletin) -> str:
    """Name a 通报."""
    span = span_label(bulletin.kind, bulletin.starts_on, bulletin.ends_on)
    return str(_("Bulletin on handling messages, %(span)s", span=span))


def columns() -> list[str]:
    """Return the printed columns (service-levels.md)."""
    return [
        _("Department"),
        _("Assigned in all"),
        _("Closed on time"),
        _("Closed late"),
        _("Not closed"),
        _("Closed, share"),
        _("Closed on time, share"),
        _("Dissatisfied, share"),
    ]


def cells(row: Row, name: str) -> list[str]:
    """Return one line of the table as text."""
    numbers = (row.assigned, row.on_time, row.late, row.open)
    shares = (row.closed_share, row.on_time_share, row.dissatisfied_share)
    return [
        name,
        *map(str, numbers),
        *("–" if share is None else format_percent(share, 1) for share in shares),
    ]


def lines(figures: Figures) -> list[list[str]]:
    """Return every line, departments by name (it is no ranking), the sum last."""
    named = (
        sorted((department_name(row.department_id or 0), row) for row in figures.rows) if figures.rows else []
    )
    return [*(cells(row, name) for name, row in named), cells(figures.total, _("In all"))]
