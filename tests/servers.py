"""Real servers for tests: a private PostgreSQL cluster and a private Valkey, gone when the tests are."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import redis
from sqlalchemy import URL

from web.embedded_queue import queue_address, start_server
from web.processes import spawn, stop

_OWNER = "postgres"
_FAST = (
    "listen_addresses=127.0.0.1",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
)
_EMPTY = """
DO $$
DECLARE
    name text;
    found boolean;
    filled text[] := '{}';
BEGIN
    FOR name IN
        SELECT quote_ident(tablename) FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO found;
        IF found THEN
            filled := filled || name;
        END IF;
    END LOOP;
    IF filled <> '{}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' RESTART IDENTITY CASCADE';
    END IF;
END $$
"""


def postgresql_folder() -> Path | None:
    """Return the folder of PostgreSQL's programs, newest version first; None when it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class PostgresqlServer:
    """A throw-away cluster; `database_url` names a database on it."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="minhu-postgresql-", dir="/tmp"))
        self._as_owner: list[str] = []
        self._free: list[str] = []
        self._lent = 0
        self.port = free_port()
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam(_OWNER)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as_owner = [
                *("setpriv", f"--reuid={_OWNER}", f"--regid={_OWNER}", "--init-groups"),
                *("--pdeathsig", "INT", "--"),  # a change of user undoes what `spawn` asked for
            ]
        subprocess.run(
            [
                *self._as_owner,
                str(self._programs / "initdb"),
                *("-D", str(self._folder / "data"), "-U", _OWNER, "-A", "trust", "-E", "UTF8"),
                *("--locale=C.UTF-8", "--no-sync"),
            ],
            check=True,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers; it ends with this process, however that ends."""
        self.process = spawn(
            [
                *self._as_owner,
                str(self._programs / "postgres"),
                *("-D", str(self._folder / "data"), "-p", str(self.port), "-k", str(self._folder)),
                *(f"-c{option}" for option in _FAST),
            ],
            log=self._folder / "log",
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(psycopg.OperationalError), self._connection("postgres"):
                return
            time.sleep(0.02)
        msg = f"PostgreSQL did not start: {(self._folder / 'log').read_text()}"
        raise RuntimeError(msg)

    def stop(self, number: int = signal.SIGINT) -> None:
        """Stop the server, cutting its connections; SIGQUIT is as good as a crash."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)

    def remove(self) -> None:
        """Stop the server and delete its files."""
        if self.process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def database_url(self, name: str) -> str:
        """Return the address of one database."""
        return str(URL.create("postgresql+psycopg", _OWNER, host="127.0.0.1", port=self.port, database=name))

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make a database, as a copy of `template`, and return its address."""
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.database_url(name)

    def lend_database(self, template: str) -> str:
        """Return the name of an empty copy of `template`: one that came back, or a new one."""
        if self._free:
            return self._free.pop()
        self._lent += 1
        name = f"minhu_test_{self._lent}"
        self.create_database(name, template=template)
        return name

    def take_back(self, name: str) -> None:
        """Empty a lent database for the next test: four times as fast as making a new one.

        One that cannot be emptied, because somebody still holds it, is dropped.
        """
        try:
            with self._connection(name) as connection:
                connection.execute("SET lock_timeout = '3s'")
                connection.execute(_EMPTY)
        except psycopg.Error:
            self.drop_database(name)
        else:
            self._free.append(name)

    def drop_database(self, name: str) -> None:
        """Delete a database and cut its connections."""
        self._command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _command(self, sql: str) -> None:
        with self._connection("postgres") as connection:
            connection.execute(sql)

    def _connection(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user=_OWNER, dbname=name, connect_timeout=5, autocommit=True
        )


class QueueServer:
    """The embedded Valkey in a folder of its own; it can be killed and started again."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="minhu-queue-", dir="/tmp"))
        self.url = queue_address(self._folder)
        self.client = redis.Redis.from_url(self.url)
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.process = start_server(self._folder, log=self._folder / "log")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError):
                self.client.ping()
                return
            time.sleep(0.01)
        msg = f"the queue server did not start: {(self._folder / 'log').read_text()}"
        raise RuntimeError(msg)

    def kill(self) -> None:
        """End the server at once, as a crash would."""
        self.process.kill()
        self.process.wait()
        self.client.connection_pool.disconnect()

    def pause(self) -> None:
        """Let the server hang: it takes connections and does not answer; `resume` ends it."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server answer again."""
        self.process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop the server and delete its files."""
        self.resume()
        self.client.close()
        stop(self.process, grace_seconds=5)
        shutil.rmtree(self._folder, ignore_errors=True)


def free_port() -> int:
    """Return a port that is free on both loopback addresses at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def queue_server() -> Iterator[QueueServer]:
    """Run a queue server for the length of a block."""
    server = QueueServer()
    try:
        yield server
    finally:
        server.remove()
