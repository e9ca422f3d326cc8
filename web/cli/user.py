"""`minhu user`: the officers who may log in."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import Session

from routing.departments import all_departments, department_by_code
from routing.errors import DepartmentNotFound, OfficerNotFound, RoutingError
from routing.models import Role
from routing.officers import (
    OfficerView,
    all_officers,
    create_officer,
    disable_officer,
    enable_officer,
    officer_by_login,
    set_password,
)
from web.cli.entry import plain_errors, read_settings
from web.cli.language import _
from web.runtime import open_database, utc_now

app = typer.Typer(help="Officers: list, add, set a password, disable, enable.", no_args_is_help=True)

Login = Annotated[str, typer.Argument(help="Login name.", metavar="LOGIN")]
Password = Annotated[
    str,
    typer.Option(
        "--password",
        prompt=True,
        confirmation_prompt=True,
        hide_input=True,
        envvar="MINHU_NEW_PASSWORD",
        help="Asked for when not given; a password on the command line is visible to others.",
    ),
]


@app.command("list")
def list_officers(
    everyone: Annotated[bool, typer.Option("--all", help="Also those who were disabled.")] = False,
) -> None:
    """List the officers."""
    with open_database(read_settings()) as database, database.reading() as session:
        departments = {d.id: d.name for d in all_departments(session, include_closed=True)}
        officers = all_officers(session, include_disabled=everyone)
    table = Table(_("Login"), _("Name"), _("Department"), _("Roles"), _("State"))
    for officer in officers:
        table.add_row(
            officer.login,
            officer.name,
            departments.get(officer.department_id or 0, "–"),
            ", ".join(sorted(officer.roles)),
            _("disabled") if officer.is_disabled else _("active"),
        )
    Console().print(table)


@app.command()
def add(
    login: Login,
    password: Password,
    name: Annotated[str, typer.Option(help="The officer's name.")] = "",
    role: Annotated[list[Role] | None, typer.Option(help="A role; may be given several times.")] = None,
    department: Annotated[str, typer.Option(help="The department's code.")] = "",
    administrator: Annotated[
        bool, typer.Option("--administrator", help="Same as --role administrator.")
    ] = False,
) -> None:
    """Add an officer."""
    roles = {*(role or []), *([Role.ADMINISTRATOR] if administrator else [])} or {Role.OFFICER}
    with (
        plain_errors(RoutingError),
        open_database(read_settings()) as database,
        database.transaction() as session,
    ):
        officer = create_officer(
            session,
            login=login,
            name=name or login,
            roles=roles,
            department_id=_department_id(session, department),
            password=password,
            now=utc_now(),
        )
    typer.echo(
        _("%(login)s was added: %(roles)s.", login=officer.login, roles=", ".join(sorted(officer.roles)))
    )


@app.command()
def password(login: Login, password: Password) -> None:
    """Set an officer's password; sessions that are open end."""
    with (
        plain_errors(RoutingError),
        open_database(read_settings()) as database,
        database.transaction() as session,
    ):
        set_password(session, _officer(session, login).id, password)
    typer.echo(_("The password of %(login)s was changed and open sessions were ended.", login=login))


@app.command()
def disable(login: Login) -> None:
    """Keep an officer out; sessions that are open end."""
    with (
        plain_errors(RoutingError),
        open_database(read_settings()) as database,
        database.transaction() as session,
    ):
        disable_officer(session, _officer(session, login).id, now=utc_now())
    typer.echo(_("%(login)s can no longer log in and open sessions were ended.", login=login))


@app.command()
def enable(login: Login) -> None:
    """Let a disabled officer in again."""
    with (
        plain_errors(RoutingError),
        open_database(read_settings()) as database,
        database.transaction() as session,
    ):
        enable_officer(session, _officer(session, login).id)
    typer.echo(_("%(login)s can log in again.", login=login))


def _officer(session: Session, login: str) -> OfficerView:
    officer = officer_by_login(session, login)
    if officer is None:
        raise OfficerNotFound(login)
    return officer


def _department_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    department = department_by_code(session, code)
    if department is None:
        raise DepartmentNotFound(code)
    return department.id
