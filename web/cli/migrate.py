"""`minhu migrate`: bring the database up to date."""

import typer

from web.runtime import open_database
from web.settings import load_settings


def command() -> None:
    """Make the database, or bring it up to date with this version."""
    from web.migrations import current_revision, migrate

    with open_database(load_settings()) as database:
        before = current_revision(database.engine)
        migrate(database.engine)
        after = current_revision(database.engine)
    typer.echo(f"{before or '-'} → {after}")
