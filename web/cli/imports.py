"""`minhu import`: messages from files."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from inbox.channels.tabular import guess_mapping, read_table
from inbox.errors import AccountClosed, AccountNotFound, FileRefused
from inbox.imports import ImportOutcome, ImportView, choose_import, import_outcome, store_upload
from web.cli.entry import read_settings, say_error
from web.cli.language import _, shared
from web.import_triage import finish_triage
from web.imports import run_import
from web.migrations import is_up_to_date
from web.refusals import REFUSALS
from web.row_errors import row_sentence
from web.runtime import Runtime, running, utc_now

app = typer.Typer(help="Read messages in from files.", no_args_is_help=True)

REFUSED, MISUSED, UNKNOWN_ACCOUNT, UNREADABLE = 1, 2, 3, 4
"""Exit status: rows refused or triage unfinished; wrong columns or options; no such account; unreadable file."""

ERRORS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Result:
    """What happened, as the table and the JSON line tell it."""

    view: ImportView
    outcome: ImportOutcome
    seconds: float

    def figures(self) -> dict[str, int | float]:
        """Return the figures by name, in the order they are read."""
        counts, became = self.view.counts, self.outcome
        return {
            "received": counts.get("received", 0),
            "new": counts.get("new", 0),
            "repeated": counts.get("repeated", 0),
            "refused": counts.get("refused", 0),
            "triaged": became.triaged - became.failed,
            "routed": became.routed,
            "triage_desk": became.triage_desk,
            "suggested": became.suggested,
            "with_deadline": became.with_deadline,
            "failed": became.failed,
            "seconds": round(self.seconds, 3),
        }


@app.callback()
def imports() -> None:
    """Read messages in from files."""


@app.command()
def messages(
    file: Annotated[Path, typer.Argument(help="XLSX, CSV (UTF-8 or GB18030) or JSONL.", metavar="FILE")],
    account: Annotated[str, typer.Option(help="Code of the account the messages were written to.")],
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="A column and its field, such as 内容=text; an empty field leaves the column out. Repeatable.",
            metavar="COLUMN=FIELD",
        ),
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every message is triaged.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the figures as one last line of JSON.")
    ] = False,
    keep_good_rows: Annotated[
        bool, typer.Option("--keep-good-rows", help="Take the good rows although others are bad.")
    ] = False,
) -> None:
    """Read messages in from a file: every row once, however often the file is read.

    Exit status: 0 done; 1 rows were refused so that nothing was taken, or triage is unfinished after --wait;
    2 columns or options do not fit; 3 no such account; 4 the file cannot be read.
    """
    began = time.monotonic()
    content = _read(file)
    with running(read_settings()) as runtime:
        _expect_tables(runtime)
        import_id = _store(runtime, file, content, account, columns or [], keep_good_rows=keep_good_rows)
        with _bars() as bar:
            view = run_import(
                runtime.database,
                import_id,
                zone=ZoneInfo(runtime.settings.time_zone),
                clock=utc_now,
                progress=bar(_("Taking in")),
            )
            outcome = _outcome(runtime, import_id, bar(_("Triage")) if wait else None)
    result = Result(view, outcome, time.monotonic() - began)
    _tell(result, to_stderr=as_json, waited=wait)
    if as_json:
        typer.echo(json.dumps(result.figures()))
    if view.error or (wait and (outcome.pending or outcome.failed)):
        raise typer.Exit(REFUSED)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        say_error(
            _("The file %(file)s cannot be read: %(problem)s.", file=file, problem=error.strerror or error)
        )
        raise typer.Exit(UNREADABLE) from error


def _expect_tables(runtime: Runtime) -> None:
    if not is_up_to_date(runtime.database):
        say_error(_("The database is not set up for this version. Run minhu migrate first."))
        raise typer.Exit(MISUSED)


def _store(
    runtime: Runtime,
    file: Path,
    content: bytes,
    account: str,
    columns: Sequence[str],
    *,
    keep_good_rows: bool,
) -> int:
    """Keep the file and its mapping; end with one sentence when account, file or columns do not fit."""
    now = utc_now()
    try:
        mapping = _mapping(content, file.name, columns)
        with runtime.database.transaction() as session:
            upload = store_upload(session, account, file.name, content, now=now)
            choose_import(
                session, upload.id or 0, mapping, all_or_nothing=not keep_good_rows, now=now, queued=False
            )
            return upload.id or 0
    except AccountNotFound as error:
        say_error(_("No account has the code %(code)s. Nothing was taken in.", code=account))
        raise typer.Exit(UNKNOWN_ACCOUNT) from error
    except AccountClosed as error:
        say_error(_("The account %(code)s is closed. Nothing was taken in.", code=account))
        raise typer.Exit(UNKNOWN_ACCOUNT) from error
    except FileRefused as error:
        say_error(shared(str(REFUSALS[error.reason])) % error.params)
        misused = error.reason in ("unknown_column", "unknown_field", "no_text_column")
        raise typer.Exit(MISUSED if misused else UNREADABLE) from error


def _mapping(content: bytes, name: str, columns: Sequence[str]) -> dict[str, str]:
    """Return the guessed mapping with what was asked for put over it."""
    asked: dict[str, str] = {}
    for entry in columns:
        column, sign, field = entry.rpartition("=")
        if not sign:
            say_error(
                _("--map %(entry)s is not understood. Write COLUMN=FIELD, such as content=text.", entry=entry)
            )
            raise typer.Exit(MISUSED)
        asked[column.strip()] = field.strip()
    known = read_table(content, name).columns
    for column in asked:
        if column not in known:
            raise FileRefused("unknown_column", column=column, columns=", ".join(known[:20]))
    guessed = {
        column: field
        for column, field in guess_mapping(known).items()
        if column not in asked and field not in asked.values()
    }
    return guessed | {column: field for column, field in asked.items() if field}


def _outcome(runtime: Runtime, import_id: int, bar: Callable[[int, int], None] | None) -> ImportOutcome:
    if bar is None:
        with runtime.database.reading() as session:
            return import_outcome(session, import_id)
    return finish_triage(
        runtime, import_id, clock=utc_now, report=lambda outcome: bar(outcome.triaged, outcome.new)
    )


@contextmanager
def _bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Show progress on standard error; call what it gives with a label to get a bar."""
    columns: list[Any] = [
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=Console(stderr=True)) as progress:

        def bar(label: str) -> Callable[[int, int], None]:
            task = progress.add_task(label, total=None)
            return lambda done, total: progress.update(task, completed=done, total=total)

        yield bar


def _tell(result: Result, *, to_stderr: bool, waited: bool) -> None:
    """Print what happened; to standard error when standard output is for JSON alone."""
    console = Console(stderr=to_stderr)
    console.print(_table(result))
    for error in result.view.row_errors[:ERRORS_SHOWN]:
        reason = shared(row_sentence(error["reason"])) % {"reason": error["reason"], **error["params"]}
        console.print(_("Line %(line)s: %(reason)s", line=error["line"], reason=reason), markup=False)
    hidden = len(result.view.row_errors) - ERRORS_SHOWN
    if hidden > 0:
        console.print(_("… and %(count)s more; the page of the import lists them all.", count=hidden))
    if result.view.error:
        console.print(
            _("Nothing was taken in. Correct these rows, or take the good ones with --keep-good-rows.")
        )
    elif not waited and result.outcome.pending:
        console.print(_("Triage goes on in the background: %(count)s to do.", count=result.outcome.pending))


def _table(result: Result) -> Table:
    labels = {
        "received": _("In the file"),
        "new": _("New"),
        "repeated": _("Taken in before"),
        "refused": _("Refused"),
        "triaged": _("Triaged"),
        "routed": _("Sent to a department"),
        "triage_desk": _("At the triage desk"),
        "suggested": _("With a suggested answer"),
        "with_deadline": _("With a deadline"),
        "failed": _("With a failed step"),
        "seconds": _("Seconds"),
    }
    table = Table("", "", title=result.view.file_name, show_header=False)
    table.columns[1].justify = "right"
    for name, value in result.figures().items():
        table.add_row(labels[name], f"{value:,.1f}" if isinstance(value, float) else f"{value:,}")
    rate = result.view.counts.get("new", 0) / result.seconds if result.seconds else 0.0
    table.add_row(_("New messages a second"), f"{rate:,.0f}")
    return table
