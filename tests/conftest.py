"""Fixtures for every test: real databases of both kinds, a real queue server, settings and a web client."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session
from werkzeug.routing import Rule

from tests.county import county_file, load_county, shared_folder
from tests.servers import PostgresqlServer, QueueServer, postgresql_folder
from tests.servers import queue_server as running_queue_server
from web.database import Database, open_engine
from web.migrations import migrate
from web.runtime import Runtime, open_runtime
from web.settings import Settings

structlog.configure(
    processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
)

BACKENDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
]
COUNTY_AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
"""The moment of which the demo county tells in tests that do not ask what time it is."""

_numbers = count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run each page test on one kind of database, half of them on each; with MINHU_TEST_BOTH set, on both.

    A page test asks whether a page says and does the right thing. What the databases might disagree on is the domain's
    queries, and every test of the domain runs on both. The name decides, so that a test is always on the same one.
    """
    if os.environ.get("MINHU_TEST_BOTH"):
        return
    kept, left_out = [], []
    for item in items:
        (left_out if _is_the_other_half(item) else kept).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left_out)


def _is_the_other_half(item: pytest.Item) -> bool:
    backend = getattr(getattr(item, "callspec", None), "params", {}).get("database_url")
    if (
        backend is None
        or "app" not in getattr(item, "fixturenames", ())
        or item.get_closest_marker("both_databases")
    ):
        return False
    name = item.nodeid.replace(backend, "", 1)
    return BACKENDS[crc32(name.encode()) % len(BACKENDS)].id != backend


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    """Undo what a command that ran within this process has set: later tests read the log, too."""
    root, configured = logging.getLogger(), structlog.get_config()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.configure(**configured)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A private PostgreSQL cluster for the whole run; `make test` fails without it, plain pytest skips."""
    programs = postgresql_folder()
    if programs is None:
        message = "PostgreSQL is not installed: apt-get install postgresql"
        if os.environ.get("MINHU_TEST_EVERYTHING"):
            pytest.fail(message)
        pytest.skip(message)
    server = PostgresqlServer(programs)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgresqlServer) -> str:
    """The name of a migrated PostgreSQL database to copy."""
    engine = open_engine(postgresql.create_database("minhu_template"))
    migrate(engine)
    engine.dispose()
    return "minhu_template"


@pytest.fixture
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Make migrated, empty databases: call it with "sqlite" or "postgresql" to get an address."""
    lent: list[str] = []

    def make(backend: str) -> str:
        if backend == "sqlite":
            path = tmp_path / f"minhu-{next(_numbers)}.sqlite3"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            return f"sqlite:///{path}"
        server: PostgresqlServer = request.getfixturevalue("postgresql")
        lent.append(server.lend_database(request.getfixturevalue("postgresql_template")))
        return server.database_url(lent[-1])

    yield make
    for name in lent:
        request.getfixturevalue("postgresql").take_back(name)


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """The address of a migrated, empty database of this test's own; runs on both kinds."""
    return new_database(request.param)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database whose transactions really commit; for tests of several sessions, processes or jobs."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _engines(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Engine]]:
    engines: dict[str, Engine] = {}

    def engine(backend: str) -> Engine:
        if backend not in engines:
            if backend == "sqlite":
                template: Path = request.getfixturevalue("sqlite_template")
                path = template.with_name("shared.sqlite3")
                shutil.copyfile(template, path)
                engines[backend] = open_engine(f"sqlite:///{path}")
            else:
                server: PostgresqlServer = request.getfixturevalue("postgresql")
                template_name: str = request.getfixturevalue("postgresql_template")
                engines[backend] = open_engine(server.create_database("minhu_shared", template=template_name))
        return engines[backend]

    yield engine
    for opened in engines.values():
        opened.dispose()


@pytest.fixture(params=BACKENDS)
def session(request: pytest.FixtureRequest, _engines: Callable[[str], Engine]) -> Iterator[Session]:
    """A session on a migrated, empty database of either kind; whatever it does is rolled back afterwards."""
    with _rolled_back(_engines(request.param)) as opened:
        yield opened


@contextmanager
def _rolled_back(engine: Engine) -> Iterator[Session]:
    """Open a session that may commit; whatever it does is undone at the end."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as opened:
            yield opened
        outer.rollback()


@pytest.fixture(scope="session")
def _counties(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Engine]]:
    engines: dict[str, Engine] = {}

    def engine(backend: str) -> Engine:
        if backend not in engines:
            if backend == "sqlite":
                file, _summary = county_file(shared_folder(tmp_path_factory), "county-then", now=COUNTY_AT)
                copy = tmp_path_factory.mktemp("county") / file.name
                shutil.copyfile(file, copy)
                engines[backend] = open_engine(f"sqlite:///{copy}")
            else:
                address = request.getfixturevalue("postgresql").create_database("minhu_county")
                load_county(address, now=COUNTY_AT)
                engines[backend] = open_engine(address)
        return engines[backend]

    yield engine
    for opened in engines.values():
        opened.dispose()


@pytest.fixture(params=BACKENDS)
def county(request: pytest.FixtureRequest, _counties: Callable[[str], Engine]) -> Iterator[Session]:
    """A session on part of the demo county as of `COUNTY_AT`, on either kind of database; rolled back afterwards."""
    with _rolled_back(_counties(request.param)) as opened:
        yield opened


@pytest.fixture(scope="session")
def _queue_server() -> Iterator[QueueServer]:
    with running_queue_server() as server:
        yield server


@pytest.fixture
def queue_server(_queue_server: QueueServer) -> Iterator[QueueServer]:
    """A real, empty queue server; a test may kill it, the next one gets it running again."""
    if _queue_server.process.poll() is not None:
        _queue_server.start()
    _queue_server.resume()
    _queue_server.client.flushall()
    yield _queue_server
    _queue_server.client.connection_pool.disconnect()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, with no setting of the developer's own in the environment."""
    for name in [n for n in os.environ if n.startswith("MINHU_") and n != "MINHU_TEST_EVERYTHING"] + ["PORT"]:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(home: Path, database_url: str, queue_server: QueueServer) -> Settings:
    """Settings of an installation on a database of either kind and the test queue server."""
    return Settings(
        home=home,
        database_url=database_url,
        queue_url=queue_server.url,
        secret_key=SecretStr("test-only-" + "k" * 40),
    )


@pytest.fixture
def runtime(settings: Settings) -> Iterator[Runtime]:
    """Database, queue and knowledge, opened as a worker or a command would; transactions really commit."""
    opened = open_runtime(settings)
    yield opened
    opened.close()


@pytest.fixture
def app(runtime: Runtime) -> Any:
    """The web application on `runtime`."""
    from web.app import create_app  # only here: most tests need no Flask

    made = create_app(runtime.settings, runtime=runtime)
    made.config["TESTING"] = True
    return made


@pytest.fixture(scope="session", autouse=True)
def _addresses_compiled_once() -> Iterator[None]:
    """Let applications share what Werkzeug compiles for each address: the same four hundred, in every test anew.

    It is most of the time that making an application takes.
    """
    compile_anew = Rule._compile_builder
    known: dict[tuple[Any, ...], Any] = {}

    def compile_once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, rule.subdomain, rule.host, repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compile_anew(rule, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield


@pytest.fixture
def client(app: Any) -> Any:
    """A browser without JavaScript: Flask's test client."""
    return app.test_client()
