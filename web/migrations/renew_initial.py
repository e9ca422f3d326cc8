"""Write the first migration anew from the models (`make migration-initial`), while nothing is released."""

import re
import subprocess
import sys
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from sla.instants import Instant
from web.migrations import FOLDER
from web.migrations.metadata import is_compared, metadata

_FILE = FOLDER / "versions" / "0001_initial.py"
_HEAD = '''"""The first shape of the database: every table of the five folders, and the search tables by hand.

Written by web/migrations/renew_initial.py from the models. Once released it is never changed again.
"""

import sqlalchemy as sa
from alembic import op

from sla.instants import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _make_tables()
    _make_search("case", "cases")
    _make_search("article", "articles")


def _make_search(subject: str, rows: str) -> None:
    # The words of each database's own kind; see knowledge_base/search_words.py.
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TABLE {subject}_search ({subject}_id integer PRIMARY KEY REFERENCES {rows} (id)"
            " ON DELETE CASCADE, singles tsvector NOT NULL, pairs tsvector NOT NULL)"
        )
        for words in ("singles", "pairs"):
            op.execute(f"CREATE INDEX ix_{subject}_search_{words} ON {subject}_search USING gin ({words})")
        return
    # With its own content: deleting from a contentless table needs SQLite 3.43, Debian 12 has 3.40.
    op.execute(f"CREATE VIRTUAL TABLE {subject}_search USING fts5(singles, pairs, tokenize='ascii')")


def _make_tables() -> None:
'''


def main() -> None:
    """Compare an empty database with the models and write the difference."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_name": is_compared, "target_metadata": metadata()}
        )
        script = produce_migrations(context, metadata())
        assert script.upgrade_ops is not None  # noqa: S101
        code = render_python_code(script.upgrade_ops, render_item=_render, migration_context=context)
    body = "\n".join(line for line in code.splitlines() if not line.strip().startswith("#"))
    _FILE.write_text(_HEAD + "    " + re.sub(r"\n\n+", "\n", body.strip()) + "\n", encoding="utf-8")
    for step in (["check", "--select", "F,I", "--fix", "-q"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(_FILE)], check=True)


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Name our own column types as a migration imports them; everything else as Alembic does."""
    if kind == "type" and isinstance(item, Instant):
        return "Instant()"
    if kind == "type" and type(item).__module__.startswith("sqlmodel"):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


if __name__ == "__main__":
    main()
