"""`minhu demo`: load the demo county into an empty database."""

import typer

from web.cli.entry import read_settings, say_error
from web.cli.language import _


def command() -> None:
    """Load the demo county (invented people and places) into an empty database."""
    settings = read_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    from web.runtime import running
    from web.welcome import bring_up_to_date, guide_lines, load_demo_once

    with running(settings) as runtime:
        bring_up_to_date(runtime.database)
        guide = load_demo_once(runtime)
    if guide is None:
        say_error(_("The database is not empty, so the demo county was not loaded. Nothing was changed."))
        raise typer.Exit(1)
    typer.echo("\n".join(guide_lines(guide, settings)))
