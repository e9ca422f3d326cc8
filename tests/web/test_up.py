"""`minhu up`: one command starts everything, keeps it running, and leaves nothing behind."""

import contextlib
import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import select

from inbox.models import Case
from tests.web.group import COMMAND, Group, eventually
from tests.web.work import receive, untriaged
from web.preflight import CannotStart, check_python, make_folder
from web.runtime import open_runtime
from web.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def new_group(tmp_path):
    """Make groups; what a failed test leaves of them is cleared away."""
    groups = []

    def make(home=None, **settings):
        groups.append(Group(home or tmp_path / f"home-{len(groups)}", **settings))
        return groups[-1]

    yield make
    for group in groups:
        group.clear_away()


@pytest.fixture
def group(new_group):
    """A group that is ready, in a folder that was empty; the test ends it."""
    started = new_group().start()
    started.wait_until_ready()
    return started


@pytest.fixture(scope="module")
def steady_group(tmp_path_factory):
    """One group for the tests that leave it as they found it: running."""
    started = Group(tmp_path_factory.mktemp("steady") / "home").start()
    started.wait_until_ready()
    yield started
    started.clear_away()


@pytest.fixture
def parts(steady_group):
    """The steady group's own database and queue, opened beside it."""
    opened = open_runtime(Settings(home=steady_group.home))
    yield opened
    opened.close()


def test_ctrl_c_ends_everything_and_a_second_start_keeps_the_data(new_group, group):
    assert f"http://127.0.0.1:{group.port}" in group.said()
    assert "minhu user add" in group.said()
    for host in ("127.0.0.1", "[::1]"):
        assert group.health(host) == dict.fromkeys(("database", "queue", "worker", "scheduler"), "ok")
    home = open_runtime(Settings(home=group.home))
    receive(home.database, 3)

    assert group.interrupt() == 0
    assert group.left() == []
    assert group.health() == {}

    again = new_group(group.home, PORT=str(group.port)).start()
    again.wait_until_ready()
    assert eventually(lambda: untriaged(home) == 0)
    with home.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 3
    home.close()


def test_same_folder_is_refused_to_a_second_group(steady_group):
    second = Group(steady_group.home)
    second.output = second.output.with_name("second-output")
    second.start()

    assert second.process.wait(timeout=20) == 1
    assert second.said().count("\n") == 1
    assert f"already running in {second.home} (process {steady_group.process.pid})" in second.said()
    assert steady_group.is_healthy()


def test_terminate_ends_everything(group):
    group.process.terminate()

    assert group.process.wait(timeout=40) == 0
    assert group.left() == []


def test_killed_supervisor_takes_everything_with_it(group):
    group.process.kill()
    group.process.wait()

    assert eventually(lambda: group.left() == [], seconds=20), group.left()


def test_death_of_the_parent_ends_everything(new_group):
    shell = f"{' '.join(COMMAND)} & wait"
    group = new_group().start(through=["/bin/sh", "-c", shell])
    group.wait_until_ready()

    group.process.kill()
    group.process.wait()

    assert eventually(lambda: group.left() == [], seconds=30), group.left()


def test_second_ctrl_c_does_not_leave_anything_either(group):
    group.process.send_signal(signal.SIGINT)
    group.process.send_signal(signal.SIGINT)
    group.process.wait(timeout=40)

    assert eventually(lambda: group.left() == [], seconds=10), group.left()


@pytest.mark.parametrize("name", ["worker", "scheduler", "web", "queue"])
def test_killed_part_is_started_again_and_nothing_is_lost(steady_group, parts, name):
    assert eventually(steady_group.is_healthy)
    victim = steady_group.part(name)

    victim.kill()
    receive(parts.database, 120)

    assert eventually(lambda: untriaged(parts) == 0, seconds=75)
    assert eventually(lambda: steady_group.part(name) not in (None, victim))
    assert eventually(steady_group.is_healthy)


def test_emptied_queue_loses_nothing(steady_group, parts):
    worker = steady_group.part("worker")
    worker.suspend()
    receive(parts.database, 300)
    parts.queue.redis.flushall()
    worker.resume()

    assert eventually(lambda: untriaged(parts) == 0, seconds=75)


def test_no_part_is_large(steady_group):
    sizes = {" ".join(p.cmdline()): p.memory_info().rss >> 20 for p in steady_group.left()}

    assert max(sizes.values()) < 200, sizes


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_taken_port_gets_one_sentence(new_group, family):
    address = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.socket(family) as other:
        other.bind((address, 0))
        other.listen()
        port = other.getsockname()[1]
        group = new_group(PORT=str(port)).start()

        assert group.process.wait(timeout=30) == 1

    assert group.said().count("\n") == 1
    assert f"Port {port} on {address} is taken" in group.said()
    assert f"PORT={port + 1}" in group.said()
    assert group.left() == []


def test_sentences_are_chinese_in_a_chinese_terminal(new_group):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        group = new_group(PORT=str(other.getsockname()[1]), LANG="zh_CN.UTF-8").start()
        group.process.wait(timeout=30)

    assert "端口" in group.said()


def test_folder_that_cannot_be_made_gets_one_sentence(new_group, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    group = new_group(tmp_path / "file" / "home")
    group.output = tmp_path / "output"

    assert group.start().process.wait(timeout=30) == 1

    assert group.said().count("\n") == 1
    assert "cannot be written" in group.said()
    assert "MINHU_HOME" in group.said()


def test_read_only_folder_is_refused(tmp_path):
    folder = tmp_path / "read-only"
    folder.mkdir(mode=0o555)

    with without_privileges(tmp_path), pytest.raises(CannotStart, match="cannot be written"):
        make_folder(folder)


@contextlib.contextmanager
def without_privileges(readable):
    """Be somebody whom file permissions bind, when the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    for folder in [readable, *readable.parents]:
        if folder.stat().st_uid == 0 and "pytest" in str(folder):
            folder.chmod(0o755)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_old_python_is_refused():
    with pytest.raises(CannotStart, match=r"3\.11 or newer; this is Python 3\.9"):
        check_python((3, 9))


@pytest.mark.parametrize(
    ("language", "words"), [("C", "needs Python 3.11"), ("zh_CN.UTF-8", "需要 Python 3.11")]
)
def test_make_refuses_an_old_python_in_one_sentence(tmp_path, language, words):
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\n[ \"$1\" = -V ] && echo 'Python 3.9.2'\nexit 1\n")
    old.chmod(0o755)
    for name in ("requirements.txt", "pyproject.toml"):
        (tmp_path / name).touch()

    answer = subprocess.run(
        ["make", "-f", str(ROOT / "Makefile"), "run", f"PYTHON={old}"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "LC_ALL": language},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert answer.returncode != 0
    sentence = answer.stderr.splitlines()[0]
    assert words in sentence
    assert "3.9.2" in sentence


def test_part_that_cannot_start_is_quoted(new_group, tmp_path):
    group = new_group()
    group.environment["MINHU_LOCALE"] = "en"
    group.home.mkdir()
    (group.home / "queue").write_text("in the way")
    group.start()

    assert group.process.wait(timeout=60) == 1
    assert group.left() == []


def test_socket_of_a_deep_folder_still_works(new_group, tmp_path):
    group = new_group(tmp_path / ("deep" * 30)).start()
    group.wait_until_ready()

    assert group.is_healthy()
    assert group.interrupt() == 0
