"""The history of the database's shape, and the functions that bring a database up to date."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

    from web.database import Database

FOLDER = Path(__file__).parent


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring a database up to `revision`; an up-to-date one is left alone.

    All steps run in one transaction, so a failed migration leaves the database as it was.
    """
    from alembic import command  # only here: a web process need not carry Alembic

    with engine.begin() as connection:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def current_revision(connection: Connection) -> str | None:
    """Return the revision a database is at; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def is_up_to_date(database: Database) -> bool:
    """Tell whether a database has the shape that this version needs."""
    with database.reading() as session:
        return current_revision(session.connection()) == newest_revision()


@cache
def newest_revision() -> str:
    """Return the revision this version of the program needs: the highest number of a migration file."""
    return max(file.name.split("_")[0] for file in (FOLDER / "versions").glob("[0-9]*_*.py"))


def migration_config() -> Config:
    """Return Alembic's configuration, which needs no file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
