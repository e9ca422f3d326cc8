"""The two files of a 通报, the same for people and programs: its table as a workbook, itself as a document."""

from flask import Response
from flask_babel import gettext as _

from inbox.bulletins import BulletinView
from inbox.channels.workbook import write_workbook
from web.bulletin_document import document
from web.bulletin_words import columns, lines, title_of
from web.context import now, services, time_zone
from web.downloads import DOCX, send_kept, send_workbook


def send_table(view: BulletinView) -> Response:
    """Send the table as a workbook of text."""
    content = write_workbook(_("Bulletin"), columns(), lines(view.figures))
    return send_workbook(content, title_of(view.bulletin))


def send_document(view: BulletinView) -> Response:
    """Send the 通报 as an official document."""
    dated_at = (view.bulletin.published_at or now()).astimezone(time_zone())
    settings = services().settings
    content = document(
        view.bulletin,
        view.figures,
        issuer=settings.document_issuer,
        copied_to=settings.document_copied_to,
        dated_on=dated_at.date(),
    )
    return send_kept(content, title_of(view.bulletin), mimetype=DOCX, suffix=".docx")
