"""`minhu prepare`: what `minhu up` lets a child do before the parts start."""

from pathlib import Path
from typing import Annotated

import typer

from web.cli.entry import begin_service, say_error


def command(
    greeting_file: Annotated[Path, typer.Argument(help="Where to write the greeting.")],
) -> None:
    """Migrate the database, load the demo county once, and write down how to get in."""
    settings = begin_service()
    from web.preflight import CannotStart
    from web.runtime import running
    from web.welcome import greeting, prepare_installation

    with running(settings) as runtime:
        try:
            prepare_installation(runtime)
        except CannotStart as error:
            say_error(str(error))
            raise typer.Exit(1) from error
        greeting_file.write_text(greeting(runtime), encoding="utf-8")
