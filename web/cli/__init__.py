"""The `minhu` command: every subcommand lives in its own module, imported only when it is asked for."""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

COMMANDS = {
    "up": "web.cli.up",
    "serve": "web.cli.serve",
    "worker": "web.cli.worker",
    "scheduler": "web.cli.scheduler",
    "migrate": "web.cli.migrate",
    "demo": "web.cli.demo",
    "import": "web.cli.imports",
    "user": "web.cli.user",
    "doctor": "web.cli.doctor",
    "kb": "web.cli.kb",
    "routing": "web.cli.routing",
    "sla": "web.cli.sla",
    "replies": "web.cli.replies",
    "duplicates": "web.cli.duplicates",
    "topics": "web.cli.topics",
}
"""Where each command lives. A module holds `app` (a Typer of subcommands) or `command` (one function)."""

HIDDEN = {"prepare": "web.cli.prepare"}
"""Commands for the program itself."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name; the entry point of `minhu` and of `python -m web`."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _use_utf8(given)
    _be_ourselves()
    wanted = next((word for word in given if not word.startswith("-")), None)
    names = [wanted] if wanted in COMMANDS | HIDDEN else list(COMMANDS)
    try:
        build(names)(given, prog_name="minhu")
    except Exception as error:
        if not _is_database_away(error):
            raise
        from web.cli.language import _

        problem = str(getattr(error, "orig", error)).splitlines()[0]
        sys.exit(_("The database cannot be used (%(problem)s). Ask minhu doctor for help.", problem=problem))


def _is_database_away(error: Exception) -> bool:
    """Tell an absent or unmigrated database from a defect, without loading SQLAlchemy to do so."""
    return any(
        base.__module__ == "sqlalchemy.exc" and base.__name__ in ("OperationalError", "ProgrammingError")
        for base in type(error).__mro__
    )


def build(names: Sequence[str]) -> typer.Typer:
    """Return the command line with these commands mounted; modules that do not exist yet are left out."""
    root = typer.Typer(
        name="minhu",
        help="Minhu 民呼: public messages, from the citizen to the department and back.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    root.callback(help=root.info.help)(_root)
    for name in names:
        location = (COMMANDS | HIDDEN)[name]
        if find_spec(location) is None:
            continue
        module = import_module(location)
        if hasattr(module, "command"):
            root.command(name)(module.command)
        else:
            root.add_typer(module.app, name=name)
    return root


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"minhu {version('minhu')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Hold the options that come before a command."""


def _use_utf8(arguments: Sequence[str]) -> None:
    """Start again in UTF-8 mode where the locale would make Chinese output fail or files be misread."""
    encodings = (sys.getfilesystemencoding(), sys.stdout.encoding or "")
    if sys.flags.utf8_mode or all(encoding.lower() in ("utf-8", "utf8") for encoding in encodings):
        return
    if os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, "-P", "-m", "web", *arguments])  # noqa: S606


def _be_ourselves() -> None:
    """Refuse to run with parts of another package called `web` (PyPI's web.py); the two cannot live together."""
    import web

    if Path(web.__file__ or "").resolve().parent != Path(__file__).resolve().parents[1]:
        sys.exit(f"Another package called web is installed ({web.__file__}); use an environment without it.")
