"""`minhu sla policies`: the table of time limits listed, saved and loaded, from the command line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from sla.errors import SlaError
from sla.models import Clock

app = typer.Typer(help="The table of time limits.", no_args_is_help=True)

_MAIN = (Clock.accept, Clock.first_reply, Clock.resolve)


@app.command("list")
def list_policies() -> None:
    """List the policies in force, the one that is asked first at the top."""
    from sla.policy_editing import list_policies
    from web.runtime import open_database
    from web.settings import load_settings

    settings = load_settings()
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    with open_database(settings) as database, database.reading() as session:
        listed = list_policies(session, on=today)
    table = Table()
    for heading in ("Code", "Name", "Rank", *(clock.value for clock in _MAIN), "Extension", "Running"):
        table.add_column(heading)
    for entry in listed:
        policy = entry.policy
        limits = [str(policy.limits.get(clock, "")) for clock in _MAIN]
        more = str(policy.extension or "")
        table.add_row(policy.code, policy.name, str(policy.rank), *limits, more, str(entry.open_deadlines))
    Console().print(table)


@app.command("save")
def save_table(
    file: Annotated[Path, typer.Argument(help="Where to write it; - for standard output.")] = Path("-"),
) -> None:
    """Write the table in force as JSON that `load` reads again."""
    from sla.policies import load_policies
    from sla.policy_tables import table_as_data
    from web.runtime import open_database
    from web.settings import load_settings

    settings = load_settings()
    today = datetime.now(ZoneInfo(settings.time_zone)).date()
    with open_database(settings) as database, database.reading() as session:
        table = table_as_data(load_policies(session, on=today).policies, effective_on=today)
    text = json.dumps(table, ensure_ascii=False, indent=2)
    if str(file) == "-":
        typer.echo(text)
    else:
        file.write_text(text + "\n", encoding="utf-8")
        typer.echo(f"{len(table['policies'])} policies written to {file}")


@app.command("load")
def load_table(
    file: Annotated[Path, typer.Argument(help="A table in JSON.", exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Load without asking.")] = False,
    move_running: Annotated[
        bool, typer.Option("--move-running", help="Put running deadlines under the new limits too.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Kept with the versions, for whoever asks later.")] = "",
) -> None:
    """Show what a table changes in the database of this installation, then put it in force from today."""
    from inbox.clock_changes import put_table_in_force
    from sla.calendar import load_calendar
    from sla.policies import read_policies
    from sla.policy_tables import TableChange, preview_table
    from web.runtime import open_database
    from web.settings import load_settings

    now = datetime.now(UTC)
    try:
        policies = read_policies(file.read_bytes(), file.name)
        settings = load_settings()
        zone = ZoneInfo(settings.time_zone)
        today = now.astimezone(zone).date()
        with open_database(settings) as database:
            with database.reading() as session:
                calendar = load_calendar(session, tz=zone)
                preview = preview_table(session, policies, calendar, on=today, now=now)
            for outcome in preview.outcomes:
                if outcome.change is not TableChange.same:
                    moved = f", could move {len(outcome.effect.moves)} deadlines"
                    typer.echo(
                        f"{outcome.policy.code}: {outcome.change.value}{moved if outcome.effect.moves else ''}"
                    )
            if not preview.changes:
                typer.echo("Nothing changes: the table in force says the same.")
                return
            if not yes and not typer.confirm("Put it in force?"):
                raise typer.Exit(1)
            with database.transaction() as session:
                put_table_in_force(
                    session, policies, calendar, on=today, now=now, reason=reason, move_running=move_running
                )
    except SlaError as error:
        _refuse(str(error))
    typer.echo(f"In force from today: {preview.changes} policies changed.")


def _refuse(why: str) -> NoReturn:
    typer.echo(f"minhu sla policies: {why}", err=True)
    raise typer.Exit(2)
