"""The command line: every command is there, starts quickly, and says what is wrong in one sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner

from knowledge_base.articles import create_article
from knowledge_base.content import ArticleContent
from knowledge_base.queries import ArticleFilter, articles_page
from routing.departments import create_department
from routing.officers import all_officers, officer_by_login, verify_password
from sla.models import HolidayNotice
from web.cli import COMMANDS, build
from web.cli.language import terminal_locale
from web.database import Database
from web.migrations import is_up_to_date
from web.runtime import utc_now

ROOT = Path(__file__).parents[2]


@pytest.fixture
def minhu(home, monkeypatch):
    """Run a command in this process: `minhu("user", "list")`."""
    monkeypatch.setenv("MINHU_HOME", str(home))
    monkeypatch.setenv("LANG", "C.UTF-8")

    def run(*arguments, **options):
        name = arguments[0]
        names = [name, next(other for other in COMMANDS if other != name)]
        return CliRunner().invoke(build(names), list(arguments), **options)

    return run


@pytest.fixture
def migrated(home, minhu):
    """The data folder's own database, as `minhu migrate` makes it."""
    assert minhu("migrate").exit_code == 0
    database = Database(f"sqlite:///{home}/minhu.sqlite3")
    yield database
    database.close()


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(minhu, name):
    answer = minhu(name, "--help")

    assert answer.exit_code == 0, answer.output
    assert "Usage:" in answer.output


def test_help_of_the_whole_lists_every_command():
    answer = CliRunner().invoke(build(list(COMMANDS)), ["--help"])

    assert [name for name in COMMANDS if f" {name} " not in answer.output] == []


def test_starting_loads_neither_the_web_nor_the_database():
    code = "import sys, web.cli; print(sorted({'flask', 'sqlalchemy', 'numpy', 'rq'} & set(sys.modules)))"

    loaded = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


def test_output_is_utf8_whatever_the_locale(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "web", "--help"],
        env={"PATH": os.environ["PATH"], "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )

    assert "民呼" in answer.stdout.decode("utf-8")


def test_version(minhu):
    answer = CliRunner().invoke(build(["migrate", "demo"]), ["--version"])

    assert answer.output.startswith("minhu 0.")


def test_migrate_makes_the_database_and_then_leaves_it_alone(minhu, migrated):
    again = minhu("migrate")

    assert "up to date" in again.output
    assert is_up_to_date(migrated)
    with migrated.reading() as session:
        assert len(session.exec(select(HolidayNotice)).all()) >= 4


def test_wrong_setting_is_named_in_one_sentence(minhu, monkeypatch):
    monkeypatch.setenv("PORT", "eighty")

    answer = minhu("migrate")

    assert answer.exit_code == 2
    assert "PORT" in answer.output
    assert "Traceback" not in answer.output


def test_broken_settings_file_is_named(minhu, home):
    (home / "minhu.toml").write_text("port = = 1")

    answer = minhu("migrate")

    assert answer.exit_code == 2
    assert "minhu.toml" in answer.output


def test_user_is_added_and_can_log_in(minhu, migrated):
    with migrated.transaction() as session:
        create_department(session, code="water", name="县水利局", kind="department")

    answer = minhu(
        *("user", "add", "alice", "--name", "王丽", "--role", "officer", "--role", "reviewer"),
        *("--department", "water", "--password", "a long enough password"),
    )

    assert answer.exit_code == 0, answer.output
    with migrated.transaction() as session:
        alice = verify_password(session, "alice", "a long enough password", now=utc_now())
    assert alice is not None
    assert sorted(alice.roles) == ["officer", "reviewer"]


def test_password_is_asked_for_and_not_shown(minhu, migrated):
    answer = minhu("user", "add", "bob", "--administrator", input="secret-secret-1\nsecret-secret-1\n")

    assert answer.exit_code == 0, answer.output
    assert "secret" not in answer.output


def test_disabled_user_stays_out_until_enabled(minhu, migrated):
    for login in ("alice", "bob"):
        minhu("user", "add", login, "--administrator", "--password", "a long enough password")
    minhu("user", "disable", "bob")
    with migrated.reading() as session:
        assert officer_by_login(session, "bob").is_disabled

    minhu("user", "enable", "bob")

    with migrated.reading() as session:
        assert not officer_by_login(session, "bob").is_disabled


def test_last_administrator_cannot_be_disabled(minhu, migrated):
    minhu("user", "add", "alice", "--administrator", "--password", "a long enough password")

    answer = minhu("user", "disable", "alice")

    assert answer.exit_code == 1
    assert "Traceback" not in answer.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("disable", "nobody"),
        ("add", "eve", "--password", "short"),
        ("add", "eve", "--department", "nowhere", "--password", "a long enough password"),
    ],
)
def test_mistake_gets_one_sentence_and_changes_nothing(minhu, migrated, arguments):
    answer = minhu("user", *arguments)

    assert answer.exit_code == 1
    assert len(answer.output.strip().splitlines()) == 1
    with migrated.reading() as session:
        assert all_officers(session) == []


def test_list_shows_everybody(minhu, migrated):
    minhu("user", "add", "alice", "--name", "王丽", "--administrator", "--password", "a long enough password")

    assert "王丽" in minhu("user", "list").output


def test_unknown_command_is_an_error():
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "web", "dance"], capture_output=True, text=True, check=False
    )

    assert answer.returncode == 2
    assert "dance" in answer.stderr


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_CN"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "zh_CN:en", "LANG": "en_GB.UTF-8"}, "zh_CN"),
        ({"LANG": "", "LC_MESSAGES": "zh_TW"}, "zh_CN"),
    ],
)
def test_language_follows_the_terminal(environment, locale):
    assert terminal_locale(environment) == locale


def test_make_help_lists_the_targets():
    answer = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    for target in ("run", "setup", "test", "bench", "shots", "fmt"):
        assert f"make {target} " in answer.stdout


def test_command_on_a_database_that_was_never_made_points_to_the_doctor(home):
    answer = subprocess.run(
        [sys.executable, "-P", "-m", "web", "user", "list"],
        env=os.environ | {"MINHU_HOME": str(home), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert answer.returncode == 1
    assert "minhu doctor" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("language", "sentence"),
    [("C.UTF-8", "Line 2: Valid until: “someday” is not a date"), ("zh_CN.UTF-8", "第 2 行：有效期至")],
)
def test_kb_import_says_why_rows_are_refused(
    minhu, migrated, monkeypatch, tmp_path, language, sentence
) -> None:
    monkeypatch.setenv("LANG", language)
    file = tmp_path / "base.csv"
    file.write_text("问题,答复,失效日期\n甲怎么办？,答。,someday\n", encoding="utf-8")

    answer = minhu("kb", "import", str(file), "--by", "nobody", "--dry-run")

    assert sentence in answer.output
    assert "bad_day" not in answer.output
    assert migrated


def test_kb_reindex_makes_articles_findable_again(minhu, migrated) -> None:
    with migrated.transaction() as session:
        content = ArticleContent(question="停水怎么办？", answer="答。")
        create_article(session, content, author_id=None, now=utc_now(), key="a")
        session.execute(text("DELETE FROM article_search"))

    answer = minhu("kb", "reindex")

    with migrated.reading() as session:
        found = articles_page(session, ArticleFilter(text="停水"), today=utc_now().date())
    assert answer.exit_code == 0
    assert found.total == 1
