"""`minhu migrate`: bring the database up to date."""

import typer

from web.cli.entry import read_settings
from web.cli.language import _


def command() -> None:
    """Make the database, or bring it up to date with this version."""
    settings = read_settings()
    from web.migrations import current_revision, newest_revision
    from web.runtime import open_database
    from web.welcome import bring_up_to_date

    with open_database(settings) as database:
        with database.reading() as session:
            before = current_revision(session.connection())
        bring_up_to_date(database)
    after = newest_revision()
    if before == after:
        typer.echo(_("The database is up to date (revision %(revision)s).", revision=after))
    else:
        typer.echo(
            _("The database went from revision %(before)s to %(after)s.", before=before or "–", after=after)
        )
