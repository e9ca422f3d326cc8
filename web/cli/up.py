"""`minhu up`: everything on this machine, with one command."""

from typing import Annotated

import typer

from web.cli.entry import read_settings, say_error


def command(
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Go on when the process that started this one ends.")
    ] = False,
) -> None:
    """Start database, queue, worker, scheduler and web server, and keep them running until Ctrl-C."""
    settings = read_settings()
    from web.preflight import CannotStart
    from web.up import run_group

    try:
        run_group(settings, keep_running=keep_running)
    except CannotStart as error:
        say_error(str(error))
        raise typer.Exit(1) from error
