"""Running the service: accounts, imports, the board's figures, replies to carry back by hand."""

from flask import Response

from inbox.accounts import get_account, list_accounts
from inbox.board import board
from inbox.deliveries import CARRIERS, confirm_carried_back, exportable
from inbox.imports import choose_import, import_outcome, import_view, store_upload
from routing.models import Role
from web.api import told
from web.api.routes import OPERATIONS, answer, api, gives
from web.api.schemas.operations import (
    AccountPath,
    Accounts,
    Board,
    CarriedBack,
    Confirmed,
    Import,
    ImportForm,
    ImportPath,
    WaitingReplies,
)
from web.context import current_session, now, the_officer, viewer
from web.guards import with_token
from web.security import limiter
from web.views.accounts import READERS
from web.views.board import SEES_FIGURES, horizon

IMPORTERS = (Role.DISPATCHER, Role.ADMINISTRATOR)


@api.get("/accounts", tags=[OPERATIONS], responses=gives(Accounts))
@with_token(*READERS)
def show_accounts() -> Response:
    """List the accounts that citizens write to, and how each is doing."""
    return answer(Accounts.model_validate({"accounts": list_accounts(current_session())}))


@api.post("/accounts/<code>/imports", tags=[OPERATIONS], responses=gives(Import, 404, 409, 413, status=202))
@with_token(*IMPORTERS)
@limiter.limit("30 per minute")
def import_file(path: AccountPath, form: ImportForm) -> Response:
    """Take in a file; a worker reads it, and a message that is known already is not taken twice."""
    session = current_session()
    file = form.file
    kept = store_upload(
        session, path.code, file.filename or "", file.read(), now=now(), officer_id=the_officer().id
    )
    chosen = choose_import(
        session,
        kept.id or 0,
        form.mapping or kept.mapping,
        all_or_nothing=form.all_or_nothing,
        now=now(),
    )
    return answer(_import(chosen.id or 0), 202)


@api.get("/imports/<int:import_id>", tags=[OPERATIONS], responses=gives(Import, 404))
@with_token(*IMPORTERS)
def show_import(path: ImportPath) -> Response:
    """Say how far an import is, which rows were refused and what became of the messages."""
    return answer(_import(path.import_id))


@api.get("/board", tags=[OPERATIONS], responses=gives(Board))
@with_token(*SEES_FIGURES)
def show_board() -> Response:
    """Show the figures of everything you may see: overdue, due, answered, and who has it."""
    return answer(Board.model_validate(board(current_session(), viewer(), horizon())))


@api.get("/accounts/<code>/replies", tags=[OPERATIONS], responses=gives(WaitingReplies, 404))
@with_token(*CARRIERS)
def export_replies(path: AccountPath) -> Response:
    """List the approved replies of an account that wait to be carried back to its platform."""
    session = current_session()
    account = get_account(session, path.code)
    return answer(WaitingReplies.model_validate({"replies": exportable(session, account.id or 0)}))


@api.post("/accounts/<code>/replies/carried-back", tags=[OPERATIONS], responses=gives(Confirmed, 404))
@with_token(*CARRIERS)
def confirm_replies(path: AccountPath, body: CarriedBack) -> Response:
    """Confirm that replies have arrived; a second confirmation changes nothing."""
    session = current_session()
    account = get_account(session, path.code)
    confirmed = confirm_carried_back(session, viewer(), account.id or 0, body.delivery_ids, now=now())
    return answer(Confirmed(confirmed=confirmed))


def _import(import_id: int) -> Import:
    session = current_session()
    return told.import_(import_view(session, import_id), import_outcome(session, import_id))
