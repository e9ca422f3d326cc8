"""The whole table of time limits as a file: saved, compared, loaded; by page and by command."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from typer.testing import CliRunner

from sla.models import Clock
from sla.policies import load_policies
from tests.web.people import NOW, Browser, People, carried
from web.cli.policies import app as commands

Open = Callable[..., Browser]

GUANGDONG = {
    "effective_on": "2020-01-01",
    "policies": [
        {
            "code": "inquiry",
            "name": "咨询",
            "rank": 10,
            "conditions": [{"kinds": ["inquiry"]}],
            "limits": {"accept": "1wd", "resolve": "2wd"},
        },
        {
            "code": "grievance",
            "name": "投诉举报",
            "rank": 10,
            "conditions": [{"kinds": ["complaint", "report"]}],
            "limits": {"accept": "1wd", "resolve": "15wd"},
        },
        {"code": "other", "name": "其他", "conditions": [{}], "limits": {"accept": "1wd", "resolve": "10wd"}},
    ],
}


@pytest.fixture
def gu(people: People, browser: Open, defaults: None) -> Browser:
    return browser(people.gu)


def send(gu: Browser, table: Any) -> Any:
    content = table if isinstance(table, bytes) else json.dumps(table).encode()
    return gu.post(
        "/policy-table/preview",
        {"file": (BytesIO(content), "table.json")},
        content_type="multipart/form-data",
    )


def limits(app: Flask) -> dict[str, str]:
    with app.extensions["minhu"].database.reading() as session:
        book = load_policies(session, on=NOW.date())
    return {policy.code: str(policy.limits[Clock.resolve]) for policy in book.policies}


def test_table_of_another_province_is_previewed_and_loaded(app: Flask, gu: Browser) -> None:
    before = limits(app)

    preview = send(gu, GUANGDONG)

    assert preview.status_code == 200
    assert "投诉举报" in preview.text
    assert limits(app) == before
    answered = gu.post("/policy-table", {"content": carried(preview.text), "reason": "并入省平台"})
    assert answered.status_code == 302
    assert limits(app) == {"inquiry": "2wd", "grievance": "15wd", "other": "10wd"}


def test_saved_table_loaded_again_changes_nothing(app: Flask, gu: Browser) -> None:
    saved = gu.get("/policy-table/file")

    again = send(gu, saved.data)

    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert "Nothing would change" in again.text


@pytest.mark.parametrize(
    "table",
    [
        b"no json",
        b"[]",
        {"policies": []},
        {"policies": [{"code": "a", "conditions": [{}], "limits": {"resolve": "soon"}}]},
        {"policies": [{"code": "a", "conditions": [], "limits": {"resolve": "5wd"}}]},
        {"policies": [GUANGDONG["policies"][2], GUANGDONG["policies"][2] | {"code": "b"}]},
    ],
)
def test_table_that_cannot_be_used_is_refused(app: Flask, gu: Browser, table: Any) -> None:
    before = limits(app)

    assert send(gu, table).status_code in {409, 422}
    assert limits(app) == before


def test_commands_save_and_load_the_table(
    app: Flask, gu: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.extensions["minhu"].settings
    monkeypatch.setenv("MINHU_HOME", str(settings.home))
    monkeypatch.setenv("MINHU_DATABASE_URL", settings.database_address)
    monkeypatch.setenv("MINHU_SECRET_KEY", "k" * 40)
    run = CliRunner().invoke
    saved, other = tmp_path / "table.json", tmp_path / "other.json"
    other.write_text(json.dumps(GUANGDONG), encoding="utf-8")

    assert run(commands, ["save", str(saved)]).exit_code == 0
    assert "Nothing changes" in run(commands, ["load", str(saved), "--yes"]).output
    loaded = run(commands, ["load", str(other), "--yes", "--reason", "并入省平台"])

    assert loaded.exit_code == 0, loaded.output
    assert "grievance: added" in loaded.output
    with app.extensions["minhu"].database.reading() as session:
        newest = load_policies(session)
    assert str(newest.policy("grievance").limits[Clock.resolve]) == "15wd"
    assert len(newest.policies) == 3
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    assert run(commands, ["load", str(tmp_path / "bad.json"), "--yes"]).exit_code == 2
