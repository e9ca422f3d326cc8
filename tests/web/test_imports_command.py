"""`minhu import messages`: one line of figures, one sentence for every mistake, the same file twice adds nothing."""

import csv
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from inbox.accounts import get_account
from inbox.models import Account, AccountState, Message, Platform
from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from sla.defaults import install_defaults
from web.cli import build
from web.import_triage import has_worker
from web.runtime import Runtime, utc_now

Command = Callable[..., Result]
HEAD = ("编号", "内容", "来信时间")
ROWS = [
    ("1", "人民路路灯坏了三天", "2026-11-01 09:30"),
    ("2", "小区电梯坏了没人修", "2026/11/02"),
    ("3", "居住证怎么办理", ""),
]
FIGURES = (
    "received",
    "new",
    "repeated",
    "refused",
    "triaged",
    "routed",
    "triage_desk",
    "suggested",
    "with_deadline",
    "failed",
    "seconds",
)


@pytest.fixture
def command(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command on this test's database, with an account that takes files."""
    now = utc_now()
    with runtime.database.transaction() as session:
        install_defaults(session)
        session.add(Account(code="sheet", name="热线台账", platform=Platform.FILE, created_at=now))
        content = ArticleContent(
            question="小区电梯坏了找谁修？", answer="请先联系物业。", phrasings=("电梯坏了没人修",)
        )
        install_article(session, content, key="lift", author_id=None, reviewer_id=None, now=now)
    monkeypatch.setenv("MINHU_HOME", str(runtime.settings.home))
    monkeypatch.setenv("MINHU_DATABASE_URL", runtime.settings.database_url)
    monkeypatch.setenv("MINHU_QUEUE_URL", runtime.settings.queue_url)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(build(["import"]), ["import", "messages", *map(str, arguments)])

    return run


@pytest.fixture
def file(tmp_path: Path) -> Callable[..., Path]:
    """Write rows as JSONL, CSV in an encoding, or XLSX."""

    def write(name: str, rows: list[tuple[str, ...]] = ROWS, *, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        if path.suffix == ".xlsx":
            book = openpyxl.Workbook()
            assert book.active is not None
            for row in [HEAD, *rows]:
                book.active.append(row)
            book.save(path)
        elif path.suffix == ".jsonl":
            lines = [json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in rows]
            path.write_text("\n".join(lines), encoding="utf-8")
        else:
            text = io.StringIO()
            csv.writer(text).writerows([HEAD, *rows])
            path.write_bytes(text.getvalue().encode(encoding))
        return path

    return write


def figures(result: Result) -> dict[str, float]:
    found: dict[str, float] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_json_is_one_last_line_with_every_figure_by_name(command: Command, file: Callable[..., Path]) -> None:
    result = command(file("messages.jsonl"), "--account", "sheet", "--wait", "--json")

    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 1
    found = figures(result)
    assert tuple(found) == FIGURES
    assert (found["received"], found["new"], found["repeated"], found["refused"]) == (3, 3, 0, 0)
    assert found["triaged"] + found["failed"] == 3
    assert found["routed"] + found["triage_desk"] == 3
    assert found["with_deadline"] == 3
    assert found["seconds"] > 0


@pytest.mark.parametrize("second", ["again.jsonl", "messages.xlsx", "messages.csv", "gb18030.csv"])
def test_the_same_messages_in_any_kind_of_file_add_nothing(
    command: Command, file: Callable[..., Path], second: str
) -> None:
    command(file("messages.csv"), "--account", "sheet", "--wait")

    encoding = "gb18030" if second.startswith("gb") else "utf-8"
    found = figures(command(file(second, encoding=encoding), "--account", "sheet", "--wait", "--json"))

    assert (found["received"], found["new"], found["repeated"]) == (3, 0, 3)


def test_without_json_people_get_a_table_and_the_rate(command: Command, file: Callable[..., Path]) -> None:
    result = command(file("messages.xlsx"), "--account", "sheet", "--wait")

    assert result.exit_code == 0
    assert "Sent to a department" in result.stdout
    assert "New messages a second" in result.stdout
    assert "{" not in result.stdout


def test_without_wait_triage_is_left_to_the_workers(command: Command, file: Callable[..., Path]) -> None:
    result = command(file("messages.csv"), "--account", "sheet", "--json")

    assert result.exit_code == 0
    assert figures(result)["triaged"] == 0
    assert figures(result)["new"] == 3
    assert "Triage goes on in the background: 3 to do." in result.stderr


def test_columns_can_be_named_left_out_and_put_over_the_guess(
    command: Command, file: Callable[..., Path], tmp_path: Path, runtime: Runtime
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("k,内容,words\n1,不要这个,路灯坏了\n", encoding="utf-8")

    result = command(
        path,
        "--account",
        "sheet",
        "--json",
        "--map",
        "k=external_id",
        "--map",
        "words=text",
        "--map",
        "内容=",
    )

    assert figures(result)["new"] == 1
    with runtime.database.reading() as session:
        message = session.exec(select(Message)).one()
    assert (message.external_id, message.text) == ("1", "路灯坏了")


BAD_ROWS = [*ROWS, ("4", "", ""), ("5", "井盖丢了", "昨天")]


def test_bad_rows_keep_the_file_out_and_are_named(command: Command, file: Callable[..., Path]) -> None:
    result = command(file("bad.csv", BAD_ROWS), "--account", "sheet", "--wait")

    assert result.exit_code == 1
    assert "Line 5: there is no text" in result.stdout
    assert "Line 6: “昨天” is not a date and time" in result.stdout
    assert "Nothing was taken in." in result.stdout


def test_good_rows_are_kept_when_asked_for(command: Command, file: Callable[..., Path]) -> None:
    result = command(file("bad.csv", BAD_ROWS), "--account", "sheet", "--wait", "--json", "--keep-good-rows")

    found = figures(result)
    assert result.exit_code == 0
    assert (found["received"], found["new"], found["refused"]) == (5, 3, 2)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("--account", "nobody"), 3, "No account has the code nobody. Nothing was taken in."),
        (("--account", "sheet", "--map", "x=text"), 2, "The file has no column x. Nothing was taken in;"),
        (
            ("--account", "sheet", "--map", "内容=colour"),
            2,
            "There is no field colour. Nothing was taken in;",
        ),
        (("--account", "sheet", "--map", "内容"), 2, "--map 内容 is not understood."),
        (("--account", "sheet", "--map", "内容=place"), 2, "No column holds the text."),
    ],
)
def test_every_mistake_gets_one_sentence_and_its_own_exit_status(
    command: Command, file: Callable[..., Path], arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    result = command(file("messages.csv"), *arguments, "--json")

    assert result.exit_code == status
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"", "is empty"),
        (b"PK\x03\x04 not a workbook", "is not a readable workbook"),
        (b"a,text\n\x81\xff,x\n", "is neither UTF-8 nor GB18030"),
        (b'{"text": "x"}\n{', "Line 2 is not readable JSON"),
    ],
)
def test_a_file_that_cannot_be_read_ends_with_status_four(
    command: Command, tmp_path: Path, content: bytes | None, sentence: str
) -> None:
    path = tmp_path / "messages.xlsx"
    if content is not None:
        path.write_bytes(content)

    result = command(path, "--account", "sheet")

    assert result.exit_code == 4
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_closed_account_takes_nothing(
    command: Command, file: Callable[..., Path], runtime: Runtime
) -> None:
    with runtime.database.transaction() as session:
        get_account(session, "sheet").state = AccountState.CLOSED

    result = command(file("messages.csv"), "--account", "sheet")

    assert result.exit_code == 3
    assert "is closed" in result.stderr


def test_a_chinese_terminal_reads_chinese(
    command: Command, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")

    result = command(file("bad.csv", BAD_ROWS), "--account", "sheet")

    assert "没有正文" in result.stdout
    assert "there is no text" not in result.stdout


def test_an_old_database_is_told_apart(
    command: Command, file: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MINHU_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.sqlite3'}")

    result = command(file("messages.csv"), "--account", "sheet")

    assert result.exit_code == 2
    assert "Run minhu migrate first" in result.stderr


def test_with_a_worker_alive_the_command_leaves_triage_to_it_and_waits(
    command: Command, file: Callable[..., Path], runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_anything: object) -> bool:
        raise AssertionError("the command triaged although a worker was alive")

    worker = subprocess.Popen([sys.executable, "-P", "-m", "web", "worker"], stderr=subprocess.DEVNULL)
    try:
        while not has_worker(runtime):
            time.sleep(0.1)
        with monkeypatch.context() as watched:
            watched.setattr("web.import_triage.triage_tasks", never)
            result = command(file("messages.csv"), "--account", "sheet", "--wait", "--json")
    finally:
        worker.kill()
        worker.wait()

    assert result.exit_code == 0, result.output
    assert figures(result)["with_deadline"] == 3
