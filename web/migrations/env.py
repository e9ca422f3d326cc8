"""Alembic's entry point: runs migrations on the connection that `web.migrations.migrate` opened."""

from alembic import context

from web.migrations.metadata import is_compared, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata(),
    include_name=is_compared,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
