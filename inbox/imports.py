"""Imports: an uploaded file kept whole, looked at before it is taken, and safe to take twice."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import exists, func
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from inbox.accounts import open_account
from inbox.channels.tabular import Row, Table, check_mapping, guess_mapping, read_table
from inbox.errors import FileRefused, ImportNotFound, MessageRefused
from inbox.intake import Submission, check_submission, receive_messages
from inbox.models import (
    Account,
    AccountState,
    Case,
    CaseState,
    CaseSuggestion,
    Import,
    ImportState,
    Message,
    Platform,
    Task,
    TaskKind,
    TaskState,
    TriageFailure,
)
from inbox.outbox import add_tasks
from inbox.wording import clean_text
from routing.models import Officer

CHUNK = 1000
"""Messages taken in one transaction, so that a large file never holds the database for long."""

PREVIEW_ROWS = 8
MAX_ROW_ERRORS = 2000

_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2}))?)?"
)


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot be taken: the line in the file, a stable reason code and what it needs to be said."""

    line: int
    reason: str
    params: dict[str, Any]
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file read with a mapping: what would be taken and what would not."""

    table: Table
    mapping: dict[str, str]
    submissions: tuple[Submission, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class ImportView:
    """One import as lists and pages show it."""

    id: int
    account_code: str
    account_name: str
    file_name: str
    state: ImportState
    counts: dict[str, int]
    row_errors: list[dict[str, Any]]
    error: str | None
    mapping: dict[str, str]
    all_or_nothing: bool
    officer: str | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def taken(self) -> int:
        """Messages that have been taken in so far, new and known before."""
        return self.counts.get("new", 0) + self.counts.get("repeated", 0)

    @property
    def to_take(self) -> int:
        """Messages that are to be taken in, once the bad rows are left out."""
        return self.counts.get("received", 0) - self.counts.get("refused", 0)


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """An account that a file can be read in for."""

    code: str
    name: str
    platform: Platform


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What became of the messages of one import so far; `pending` are not triaged yet."""

    new: int
    triaged: int
    routed: int
    triage_desk: int
    suggested: int
    with_deadline: int
    failed: int

    @property
    def pending(self) -> int:
        """Messages that triage has not reached yet."""
        return self.new - self.triaged


def store_upload(
    session: Session,
    account_code: str,
    file_name: str,
    content: bytes,
    *,
    now: datetime,
    officer_id: int | None = None,
) -> Import:
    """Keep an uploaded file with a first guess at its columns; raise FileRefused if it cannot be read."""
    account = open_account(session, account_code)
    table = read_table(content, file_name)
    upload = Import(
        account_id=account.id or 0,
        officer_id=officer_id,
        file_name=file_name[-200:],
        content=content,
        mapping=guess_mapping(table.columns),
        counts={"received": len(table.rows)},
        created_at=now,
    )
    session.add(upload)
    session.flush()
    return upload


def prepare(
    content: bytes, file_name: str, mapping: Mapping[str, str] | None, *, zone: ZoneInfo, now: datetime
) -> Prepared:
    """Read the whole file and check every row, without touching the database; raise FileRefused."""
    table = read_table(content, file_name)
    chosen = dict(mapping) if mapping else guess_mapping(table.columns)
    return _prepare_rows(table, chosen, zone=zone, now=now)


def preview_import(
    session: Session, import_id: int, mapping: Mapping[str, str], *, zone: ZoneInfo, now: datetime
) -> Prepared | Table:
    """Return what an uploaded file would bring with a mapping; only its table while that names no text."""
    upload = get_import(session, import_id)
    table = read_table(upload.content, upload.file_name)
    try:
        return _prepare_rows(table, mapping, zone=zone, now=now)
    except FileRefused:
        return table


def _prepare_rows(table: Table, mapping: Mapping[str, str], *, zone: ZoneInfo, now: datetime) -> Prepared:
    check_mapping(mapping, table.columns)
    submissions, errors = [], []
    for row in table.rows:
        try:
            submissions.append(check_submission(_submission(row, mapping, zone), now=now))
        except MessageRefused as refused:
            errors.append(RowError(row.number, refused.reason, dict(refused.params), row.values))
    return Prepared(table, dict(mapping), tuple(submissions), tuple(errors))


def choose_import(
    session: Session,
    import_id: int,
    mapping: Mapping[str, str],
    *,
    all_or_nothing: bool,
    now: datetime,
    queued: bool = True,
) -> Import:
    """Confirm the mapping and ask for the import to run; a second click changes nothing.

    With `queued` a worker runs it; otherwise the caller does. Raises FileRefused for an unusable mapping.
    """
    upload = get_import(session, import_id)
    if upload.state != ImportState.UPLOADED:
        return upload
    check_mapping(mapping, read_table(upload.content, upload.file_name).columns)
    upload.mapping = dict(mapping)
    upload.all_or_nothing = all_or_nothing
    upload.state = ImportState.WAITING
    session.flush()
    if queued:
        add_tasks(session, TaskKind.IMPORT, [import_id], now=now)
    return upload


def save_mapping(session: Session, import_id: int, mapping: Mapping[str, str]) -> Import:
    """Keep a mapping that is being tried out; raise FileRefused for one that the file does not allow.

    Nothing changes once the import was started.
    """
    upload = get_import(session, import_id)
    if upload.state == ImportState.UPLOADED:
        check_mapping(mapping, read_table(upload.content, upload.file_name).columns)
        upload.mapping = dict(mapping)
        session.flush()
    return upload


def retry_import(session: Session, import_id: int) -> Import:
    """Put an import that failed back to where its columns are chosen; others stay as they are."""
    upload = get_import(session, import_id)
    if upload.state == ImportState.FAILED:
        upload.state, upload.error, upload.finished_at = ImportState.UPLOADED, None, None
        upload.counts = {"received": upload.counts.get("received", 0)}
        upload.row_errors = []
        session.flush()
    return upload


def prepared_import(session: Session, import_id: int, *, zone: ZoneInfo, now: datetime) -> Prepared:
    """Read an uploaded file with its mapping and check every row; raise ImportNotFound, FileRefused."""
    upload = get_import(session, import_id)
    return prepare(upload.content, upload.file_name, upload.mapping, zone=zone, now=now)


def take_chunk(
    session: Session, import_id: int, submissions: Sequence[Submission], *, now: datetime
) -> tuple[int, int]:
    """Take one chunk of a prepared file; return how many were new and how many known before."""
    upload = get_import(session, import_id)
    account = session.get_one(Account, upload.account_id)
    taken = receive_messages(session, account, submissions, now=now, import_id=import_id)
    counts = dict(upload.counts)
    counts["new"] = counts.get("new", 0) + len(taken.new)
    counts["repeated"] = counts.get("repeated", 0) + len(submissions) - len(taken.new) - len(taken.refused)
    upload.counts = counts
    session.flush()
    return len(taken.new), len(submissions) - len(taken.new) - len(taken.refused)


def start_import(session: Session, import_id: int, prepared: Prepared) -> bool:
    """Note the row errors; False when they forbid the import because the file is all or nothing."""
    upload = get_import(session, import_id)
    upload.row_errors = [
        {"line": e.line, "reason": e.reason, "params": e.params, "values": _readable(e.values)}
        for e in prepared.errors[:MAX_ROW_ERRORS]
    ]
    upload.counts = {"received": len(prepared.table.rows), "refused": len(prepared.errors)}
    refused = bool(prepared.errors) and upload.all_or_nothing
    if refused:
        upload.counts = dict(upload.counts) | {"new": 0, "repeated": 0}
    session.flush()
    return not refused


def finish_import(session: Session, import_id: int, *, now: datetime, error: str | None = None) -> None:
    """Close an import; `error` says why nothing was taken.

    What is new is counted from the messages themselves, so that a run that was interrupted and begun again does not
    report its own first half as repeats.
    """
    upload = get_import(session, import_id)
    if not error:
        mine = select(func.count()).select_from(Message).where(Message.import_id == import_id)
        new = session.exec(mine).one()
        taken = upload.counts.get("received", 0) - upload.counts.get("refused", 0)
        upload.counts = dict(upload.counts) | {"new": new, "repeated": taken - new}
    upload.state = ImportState.FAILED if error else ImportState.DONE
    upload.error = error
    upload.finished_at = now
    session.flush()


def get_import(session: Session, import_id: int) -> Import:
    """Return an import; raise ImportNotFound."""
    upload = session.get(Import, import_id)
    if upload is None:
        raise ImportNotFound(import_id)
    return upload


def import_view(session: Session, import_id: int) -> ImportView:
    """Return one import for its page, without reading the file; raise ImportNotFound."""
    row = session.exec(_views().where(Import.id == import_id)).first()
    if row is None:
        raise ImportNotFound(import_id)
    return _view(*row)


def list_imports(session: Session, *, limit: int = 30) -> list[ImportView]:
    """Return the newest imports; the files themselves are not read."""
    query = _views().order_by(col(Import.id).desc()).limit(limit)
    return [_view(*row) for row in session.exec(query).all()]


def importable_accounts(session: Session) -> list[AccountChoice]:
    """Return the accounts that still take messages, those answered by hand first."""
    query = select(Account.code, Account.name, Account.platform).where(Account.state != AccountState.CLOSED)
    found = [
        AccountChoice(code, name, Platform(platform)) for code, name, platform in session.exec(query).all()
    ]
    return sorted(found, key=lambda a: (a.platform != Platform.FILE, a.platform, a.name))


def untriaged_tasks(session: Session, import_id: int, *, now: datetime, limit: int) -> list[int]:
    """Return due rows of work for the messages of an import that nobody has triaged yet."""
    mine = select(Message.case_id).where(Message.import_id == import_id)
    query = (
        select(Task.id)
        .where(
            Task.kind == TaskKind.TRIAGE,
            Task.state == TaskState.WAITING,
            col(Task.due_at) <= now,
            col(Task.subject_id).in_(mine),
        )
        .order_by(col(Task.id))
        .limit(limit)
    )
    return [task_id for task_id in session.exec(query).all() if task_id is not None]


def import_outcome(session: Session, import_id: int) -> ImportOutcome:
    """Count what became of the messages that an import brought."""
    triaged = col(Case.state) != CaseState.NEW
    failing = exists().where(col(TriageFailure.case_id) == Case.id, col(TriageFailure.resolved_at).is_(None))
    suggested = exists().where(col(CaseSuggestion.case_id) == Case.id)

    def count(condition: Any) -> Any:
        return func.coalesce(func.sum(sa.case((condition, 1), else_=0)), 0)

    row = session.execute(
        sa.select(
            func.count(),
            count(triaged | failing),
            count(col(Case.department_id).is_not(None)),
            count(col(Case.state) == CaseState.TRIAGE_DESK),
            count(suggested),
            count(col(Case.next_due_at).is_not(None)),
            count(failing),
        )
        .select_from(Message)
        .join(Case, col(Case.id) == Message.case_id)
        .where(col(Message.import_id) == import_id)
    ).one()
    return ImportOutcome(*(int(value) for value in row))


def _views() -> Any:
    return (
        select(Import, Account.code, Account.name, Officer.name)
        .join(Account, col(Account.id) == Import.account_id)
        .join(Officer, col(Officer.id) == Import.officer_id, isouter=True)
        .options(defer(Import.content))  # type: ignore[arg-type]
        .execution_options(populate_existing=True)
    )


def _view(upload: Import, code: str, name: str, officer: str | None) -> ImportView:
    return ImportView(
        id=upload.id or 0,
        account_code=code,
        account_name=name,
        file_name=upload.file_name,
        state=upload.state,
        counts=dict(upload.counts),
        row_errors=list(upload.row_errors),
        error=upload.error,
        mapping=dict(upload.mapping),
        all_or_nothing=upload.all_or_nothing,
        officer=officer,
        created_at=upload.created_at,
        finished_at=upload.finished_at,
    )


def _readable(values: Mapping[str, str]) -> dict[str, str]:
    return {clean_text(name): clean_text(value)[:500] for name, value in values.items()}


def _submission(row: Row, mapping: Mapping[str, str], zone: ZoneInfo) -> Submission:
    fields = {field: row.values.get(column, "") for column, field in mapping.items()}
    raw = json.dumps(row.values, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return Submission(
        external_id=fields.get("external_id", "").strip() or f"row-{hashlib.sha256(raw).hexdigest()[:40]}",
        text=fields.get("text", ""),
        raw=raw,
        title=fields.get("title") or None,
        author_name=fields.get("author_name") or None,
        author_ref=fields.get("author_ref") or None,
        contact=fields.get("contact") or None,
        place=fields.get("place") or None,
        posted_at=parse_moment(fields.get("posted_at", ""), zone),
        received_at=parse_moment(fields.get("received_at", ""), zone),
    )


def parse_moment(written: str, zone: ZoneInfo) -> datetime | None:
    """Read a date and time as spreadsheets hold them; without a zone it is meant in `zone`.

    Empty is None. Raises MessageRefused("bad_date") for anything that is no date.
    """
    written = written.strip()
    if not written:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        match = _DATE.fullmatch(written)
        try:
            moment = datetime(*(int(part or 0) for part in match.groups()), tzinfo=zone) if match else None  # type: ignore[misc,arg-type,assignment]
        except ValueError:
            moment = None
    if moment is None:
        raise MessageRefused("bad_date", value=written[:40])
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
