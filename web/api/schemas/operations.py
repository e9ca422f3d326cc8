"""Running the service: accounts, imports, figures, replies to carry back by hand."""

from datetime import datetime
from typing import Annotated, Any

from flask_openapi3.models.file import FileStorage
from pydantic import Field

from inbox.models import AccountState, DeliveryChannel, ImportState, Platform
from web.api.schemas.base import Given, Id, Text, Told
from web.api.schemas.cases import CaseRow


class AccountPath(Given):
    """Which account."""

    code: Annotated[Text, Field(max_length=64)]
    """The code of the account."""


class Account(Told):
    """A government account that citizens write to. Secrets are never told."""

    id: int
    code: str
    name: str
    platform: Platform
    handle: str | None
    department_id: int | None
    department: str | None
    department_en: str | None
    state: AccountState
    can_push: bool
    delivery: DeliveryChannel
    """How replies go back."""
    last_collected_at: datetime | None
    last_error: str | None
    cases: int
    """How many were ever received through it."""


class Accounts(Told):
    """Every account."""

    accounts: list[Account]


class ImportPath(Given):
    """Which import."""

    import_id: Id
    """The number of the import."""


class ImportForm(Given):
    """A file with messages: XLSX, CSV (UTF-8 or GB18030) or JSONL."""

    file: FileStorage
    """The file; its name tells what it is."""
    mapping: dict[str, str] | None = None
    """Which column holds what, as JSON: {"column": "field"}. Guessed when left out. Fields: text, title,
    external_id, posted_at, author_name, author_ref, contact, place, received_at."""
    all_or_nothing: bool = True
    """Whether one bad row keeps the whole file out; else the good rows are taken."""


class RowError(Told):
    """A row that was not taken."""

    line: int
    reason: str
    """A stable code."""
    params: dict[str, Any]


class ImportOutcome(Told):
    """What became of the messages so far."""

    new: int
    triaged: int
    routed: int
    triage_desk: int
    suggested: int
    with_deadline: int
    failed: int
    pending: int
    """Messages that triage has not reached yet."""


class Import(Told):
    """One import and how far it is."""

    id: int
    account_code: str
    file_name: str
    state: ImportState
    counts: dict[str, int]
    """received, refused, new, repeated: rows of the file."""
    mapping: dict[str, str]
    all_or_nothing: bool
    row_errors: list[RowError]
    error: str | None
    officer: str | None
    created_at: datetime
    finished_at: datetime | None
    outcome: ImportOutcome


class Load(Told):
    """Open work of one department, officer or kind."""

    key: int | str | None
    name: str
    name_en: str
    open: int
    overdue: int
    due_today: int
    due_this_week: int


class Board(Told):
    """The figures of everything you may see; answers and ratings cover 30 days."""

    open: int
    overdue: int
    due_today: int
    due_this_week: int
    triage_desk: int
    in_review: int
    answered_in_period: int
    rated: int
    satisfied_share: float | None
    """Satisfied and fairly satisfied among the rated, 0 to 1."""
    departments: list[Load]
    """Most overdue first; a key of null is what no department has."""
    kinds: list[Load]
    ages: list[Load]
    """Every age of open work, the youngest first."""
    officers: list[Load]
    """The twelve with most overdue; a key of null is what no officer has taken on."""
    worst: list[CaseRow]
    """What is overdue longest."""
    next_due: list[CaseRow]


class WaitingReply(Told):
    """An approved reply that a person or program carries to its platform."""

    delivery_id: int
    external_id: str
    """The platform's identifier of the message it answers."""
    tracking_code: str
    reply: str
    approved_at: datetime | None


class WaitingReplies(Told):
    """The replies of an account that wait to be carried back."""

    replies: list[WaitingReply]


class CarriedBack(Given):
    """Which replies have arrived where the citizens wrote."""

    delivery_ids: Annotated[list[Id], Field(min_length=1, max_length=1000)]


class Confirmed(Told):
    """How many replies were confirmed; those confirmed before do not count again."""

    confirmed: int
