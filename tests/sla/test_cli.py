"""`minhu sla`: explanations and the calendar, without a database or a service."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select
from typer.testing import CliRunner, Result

from sla.calendar import load_calendar
from sla.deadlines import start_deadlines, starts_of
from sla.defaults import install_defaults
from sla.models import Clock, Deadline
from sla.policies import load_policies
from web.cli.sla import app
from web.database import Database


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "140"})


def _json(*arguments: str) -> Any:
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_explain_gives_due_and_every_day_as_json() -> None:
    shown = _json("explain", "--from", "2026-09-30T16:00", "--limit", "5wd")

    assert shown["due"] == "2026-10-13T17:30:00+08:00"
    assert shown["provisional"] is False
    assert {"date", "counted", "reason"} <= set(shown["days"][0])
    counted = [day["date"][5:] for day in shown["days"] if day["counted"]]
    assert counted == ["10-08", "10-09", "10-10", "10-12", "10-13"]
    reasons = {day["date"][5:]: day["reason"] for day in shown["days"]}
    assert reasons["09-30"] == "收到当日不计"
    assert reasons["10-01"] == "国庆节（国办发明电〔2025〕7号）"
    assert reasons["10-10"] == "调休上班，国庆节（国办发明电〔2025〕7号）"
    assert reasons["10-11"] == "周末"


def test_explain_shows_lunch_and_what_counted_of_each_day() -> None:
    (day,) = _json("explain", "--from", "2026-11-02T11:00", "--limit", "2wh")["days"]

    assert (day["lunch"], day["counted_minutes"]) == (["12:00", "14:00"], 120)


def test_explain_takes_the_limit_of_a_policy_and_clock() -> None:
    resolve = _json("explain", "--from", "2026-11-02T11:00", "--policy", "inquiry")
    accept = _json("explain", "--from", "2026-11-02T11:00", "--policy", "danger", "--clock", "accept")

    assert (resolve["limit"], resolve["policy"]) == ("2wd", "inquiry")
    assert accept["due"] == "2026-11-02T11:15:00+08:00"


def test_explain_shows_pauses_and_extensions() -> None:
    shown = _json(
        *("explain", "--from", "2026-11-02T11:00", "--limit", "1wd", "--extension", "1wd"),
        *("--pause", "2026-11-03T00:00/2026-11-04T00:00/等待补充材料"),
    )

    assert shown["due"] == "2026-11-05T17:30:00+08:00"
    assert [(day["counted"], day["reason"]) for day in shown["days"]][1] == (False, "暂停：等待补充材料")


def test_explain_marks_provisional_years() -> None:
    shown = _json("explain", "--from", "2026-12-31T10:00", "--limit", "1wd", "--language", "en")

    assert (shown["provisional"], shown["due"]) == (True, "2027-01-04T17:30:00+08:00")
    assert shown["days"][1]["reason"] == "New Year's Day (foreseen by law, notice not yet known)"


def test_explain_takes_an_instant_with_its_own_zone() -> None:
    assert (
        _json("explain", "--from", "2026-09-30T08:00Z", "--limit", "5wd")["from"]
        == "2026-09-30T16:00:00+08:00"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_explain_prints_a_table(language: str) -> None:
    result = _run("explain", "--from", "2026-12-25T16:00", "--limit", "15d", "--language", language)

    assert result.exit_code == 0
    assert "2027-01-11 17:30" in result.stdout  # the fifteenth day is a Saturday
    assert "2027-01-09" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from", "2026-09-30T16:00", "--limit", "0wd"), "at least 1"),
        (("--from", "2026-09-30T16:00", "--limit", "10001wd"), "cannot be counted"),
        (("--from", "yesterday", "--limit", "5wd"), "not a time"),
        (("--from", "2026-09-30T16:00"), "--limit or --policy"),
        (("--from", "2026-09-30T16:00", "--policy", "nobody"), "no policy"),
        (
            ("--from", "2026-09-30T16:00", "--policy", "help", "--clock", "co_handle"),
            "no limit for co_handle",
        ),
        (("--from", "2026-09-30T16:00", "--limit", "5wd", "--pause", "2026-10-02T10:00"), "not a time"),
        (
            ("--from", "2026-09-30T16:00", "--limit", "5wd", "--pause", "2026-10-02T10:00/2026-10-01T10:00"),
            "cannot end",
        ),
        (("--from", "2026-09-30T16:00", "--limit", "5wd", "--zone", "Mars/Base"), "Mars/Base"),
        (("--from", "2026-09-30T16:00", "--limit", "5wd", "--language", "fr"), "choose zh or en"),
        (("--from", "9999-09-30T16:00", "--limit", "10000wd"), "further ahead"),
        (("--from", "0001-01-01T00:00", "--limit", "5wd"), ""),
    ],
)
def test_explain_refuses_bad_input_with_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    result = _run("explain", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_ten_thousand_working_days_are_explained() -> None:
    shown = _json("explain", "--from", "2026-09-30T16:00", "--limit", "10000wd")

    assert (shown["counted_days"], shown["provisional"]) == (10000, True)


def test_calendar_list_names_each_years_notice() -> None:
    years = _json("calendar", "list")
    printed = _run("calendar", "list").stdout

    by_year = {year["year"]: year for year in years}
    assert by_year[2026]["notices"][0]["number"] == "国办发明电〔2025〕7号"
    assert by_year[2027]["provisional"] is True
    assert "国办发明电〔2022〕16号" in printed


def test_audit_finds_a_deadline_that_does_not_follow_from_its_events(
    new_database: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = new_database("sqlite")
    monkeypatch.setenv("MINHU_DATABASE_URL", address)
    database = Database(address)
    now = datetime(2026, 11, 20, 2, tzinfo=UTC)
    with database.transaction() as session:
        install_defaults(session)
        starts = starts_of(load_policies(session).policy("help"), 1, now)
        start_deadlines(session, starts, load_calendar(session))
    sound = _run("audit")
    with database.transaction() as session:
        tampered = session.exec(select(Deadline).where(Deadline.clock == Clock.resolve)).one()
        tampered.due_at += timedelta(days=1)
    database.close()

    wrong = _run("audit")

    assert (sound.exit_code, wrong.exit_code) == (0, 1)
    assert "case 1 resolve" in wrong.output
