"""The history of the database's shape: it leads to the models, on both databases."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from web.migrations import current_revision, migrate, newest_revision
from web.migrations.metadata import is_compared, metadata


def test_migrated_database_has_the_shape_of_the_models(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": is_compared, "compare_server_default": True}
        )

        differences = compare_metadata(context, metadata())

    assert differences == []


def test_migrated_database_is_at_the_only_head(database):
    assert current_revision(database.engine) == newest_revision()


def test_migrating_again_changes_nothing(database):
    migrate(database.engine)

    assert current_revision(database.engine) == newest_revision()
