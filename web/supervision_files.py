"""The files of supervision: printed forms as DOCX, and evidence as it was filed; the same for people and programs."""

from flask import Response

from inbox.order_lists import Evidence, OrderView
from inbox.urging import UrgingView
from web.downloads import DOCX, send_kept
from web.official_document import write_document
from web.official_words import file_name, order_document, urging_document


def send_order(view: OrderView) -> Response:
    """Send a supervision order as an official document."""
    name = file_name(view.row.number, view.row.issued_at)
    return send_kept(write_document(order_document(view)), name, mimetype=DOCX, suffix=".docx")


def send_urging(view: UrgingView) -> Response:
    """Send a notice of urging as an official document."""
    name = file_name(view.number or "", view.at)
    return send_kept(write_document(urging_document(view)), name, mimetype=DOCX, suffix=".docx")


def send_filed(evidence: Evidence) -> Response:
    """Send a file that was filed; always to be saved, never opened in the page."""
    return send_kept(evidence.content, evidence.name, mimetype="application/octet-stream", suffix="")
