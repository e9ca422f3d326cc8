"""What 督办单 and 催办通知书 say. They are official documents: always in Chinese, whoever prints them."""

from datetime import datetime

from flask_babel import force_locale
from flask_babel import gettext as _

from inbox.ladder_models import OrderReason
from inbox.order_lists import OrderView
from inbox.urging import UrgingView
from sla.models import Clock
from web.context import services
from web.i18n import format_day, local
from web.names import department_name
from web.official_document import OfficialDocument, date_words
from web.words import word, word_of


def order_document(view: OrderView) -> OfficialDocument:
    """Put a supervision order into the form of an official document."""
    row = view.row
    with force_locale("zh_CN"):
        about = _about(row.subject, view.tracking_code)
        paragraphs = [
            about + _reason(row.reason),
            _("1. What is asked of you"),
            view.requirement
            or _("Answer the citizen as soon as you can, say why it is late and what is done about it."),
            _("2. When and how to report"),
            _(
                "Acknowledge this order on receipt. File the measures with evidence in the system by %(day)s. The "
                "order is closed when the supervisor has judged them sufficient.",
                day=date_words(local(row.report_due_at).date()),
            ),
        ]
        return OfficialDocument(
            head=_("%(issuer)s supervision order", issuer=services().settings.document_issuer),
            number=row.number,
            title=_("Supervision order about “%(subject)s”", subject=_short(row.subject)),
            addressee=department_name(row.department_id),
            paragraphs=paragraphs,
            issuer=services().settings.document_issuer,
            dated_on=local(row.issued_at).date(),
            copied_to=services().settings.document_copied_to,
        )


def urging_document(view: UrgingView) -> OfficialDocument:
    """Put a notice of urging into the form of an official document."""
    with force_locale("zh_CN"):
        clock = word_of(Clock, view.clock)
        due = format_day(view.due_at)
        paragraphs = [
            _about(view.title, view.tracking_code),
            _(
                "%(clock)s was due on %(day)s and is overdue. Answer the citizen on receipt of this notice and see to "
                "it that it does not happen again.",
                clock=clock,
                day=due,
            ),
            _("What is still not answered five working days after the deadline is named in the bulletin."),
        ]
        if view.words:
            paragraphs.append(view.words)
        return OfficialDocument(
            head=_("%(issuer)s notice of urging", issuer=services().settings.document_issuer),
            number=view.number or "",
            title=_("Notice of urging about “%(subject)s”", subject=_short(view.title)),
            addressee=view.department or "—",
            paragraphs=paragraphs,
            issuer=services().settings.document_issuer,
            dated_on=local(view.at).date(),
            copied_to=services().settings.document_copied_to,
        )


def file_name(number: str, at: datetime) -> str:
    """Name the file, without its ending, after the number of the document."""
    return number or local(at).date().isoformat()


def _about(subject: str, tracking_code: str | None) -> str:
    if tracking_code:
        return str(_("A citizen wrote: “%(subject)s” (code %(code)s).", subject=subject, code=tracking_code))
    return str(_("This concerns the knowledge base: “%(subject)s”.", subject=subject))


def _reason(reason: OrderReason) -> str:
    return str(_("It is supervised because: %(reason)s.", reason=word(reason)))


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"
