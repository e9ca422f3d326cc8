"""The history of the database's shape: it leads to the models, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from web.migrations import is_up_to_date, migrate, migration_config, newest_revision
from web.migrations.metadata import is_compared, metadata


def test_migrated_database_has_the_shape_of_the_models(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": is_compared, "compare_server_default": True}
        )

        differences = compare_metadata(context, metadata())

    assert differences == []


def test_history_has_one_head_and_it_is_the_newest_file():
    assert ScriptDirectory.from_config(migration_config()).get_heads() == [newest_revision()]


def test_migrated_database_is_up_to_date(database):
    assert is_up_to_date(database)


def test_migrating_again_changes_nothing(database):
    migrate(database.engine)

    assert is_up_to_date(database)
