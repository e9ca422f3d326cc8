"""Real servers for tests: a private PostgreSQL cluster and a private Valkey, gone when the tests are."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from sqlalchemy import URL, create_engine, text

from web.embedded_queue import queue_address, start_server
from web.processes import stop

_OWNER = "postgres"


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
        self.port = free_port()
        if os.getuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam(_OWNER)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
            self._as_owner = ["runuser", "-u", _OWNER, "--"]
        self._run(
            "initdb",
            *("-D", str(self._folder / "data"), "-U", _OWNER, "-A", "trust", "-E", "UTF8"),
            *("--locale=C.UTF-8", "--no-sync"),
        )
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = (
            f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c fsync=off"
            " -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB"
        )
        self._run(
            "pg_ctl",
            *(
                "-D",
                str(self._folder / "data"),
                "-o",
                options,
                "-l",
                str(self._folder / "log"),
                "-w",
                "start",
            ),
        )

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; mode `immediate` is a crash."""
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop the server and delete its files."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.stop("immediate")
        shutil.rmtree(self._folder, ignore_errors=True)

    def database_url(self, name: str) -> str:
        """Return the address of one database."""
        return str(URL.create("postgresql+psycopg", _OWNER, host="127.0.0.1", port=self.port, database=name))

    def create_database(self, name: str, *, template: str = "template0") -> str:
        """Make a database, as a copy of `template`, and return its address."""
        self._command(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Delete a database and cut its connections."""
        self._command(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _command(self, sql: str) -> None:
        engine = create_engine(self.database_url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(sql))
        engine.dispose()

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [*self._as_owner, str(self._programs / program), *arguments],
            check=True,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
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

    def remove(self) -> None:
        """Stop the server and delete its files."""
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
