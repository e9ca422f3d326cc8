"""Calibration on a page, through the API, from the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlmodel import Session, select
from typer.testing import CliRunner

from inbox.learning import suggestion_decisions
from inbox.models import Case, CaseSuggestion
from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from tests.web.api_program import Program
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import services_of
from tests.web.work import receive
from web.cli import build

Open = Callable[..., Browser]


def decide(session: Session, *, used_of_ten: int) -> None:
    """Let officers have decided about suggestions of 0.9, so many of ten of them used."""
    content = ArticleContent("路灯坏了找谁？", "请拨打报修电话。")
    article = install_article(session, content, key="lamp", author_id=1, reviewer_id=2, now=NOW)
    for number, case_id in enumerate(session.exec(select(Case.id)).all()):
        used = number % 10 < used_of_ten
        session.add(
            CaseSuggestion(
                case_id=case_id or 0,
                rank=1,
                article_id=article.id or 0,
                confidence=0.9,
                explanation={"own_confidence": 0.9},
                used_at=NOW if used else None,
                rejected_at=None if used else NOW,
            )
        )


@pytest.fixture
def decided(app: Flask) -> Flask:
    """Two hundred cases whose suggestions were less often right than they said."""
    database = services_of(app).database
    receive(database, 200, now=NOW)
    with database.transaction() as session:
        decide(session, used_of_ten=4)
    return app


def test_editor_learns_and_goes_back(decided: Flask, people: People, browser: Open) -> None:
    chen = browser(people.chen)

    empty = chen.get("/calibration")
    learnt = chen.post("/calibration", follow_redirects=True)
    again = chen.post("/calibration", follow_redirects=True)
    back = chen.post("/calibration/use", follow_redirects=True)
    forward = chen.post("/calibration/use", {"version": "1"}, follow_redirects=True)

    assert "As shipped" in empty.text
    assert "A better version is in force" in learnt.text
    assert "Use this version" not in learnt.text
    assert "Nothing was changed" in again.text
    assert "Use this version" in back.text
    assert "Back to how the service came" in forward.text


def test_too_few_decisions_are_said_so(app: Flask, people: People, browser: Open) -> None:
    answer = browser(people.chen).post("/calibration", follow_redirects=True)

    assert "too few to learn from" in answer.text


def test_only_editors_calibrate(people: People, browser: Open) -> None:
    assert browser(people.alice).get("/calibration").status_code == 403


def test_programs_calibrate_too(decided: Flask, people: People) -> None:
    chen = Program(decided, people.chen)

    made = chen.post("/calibration")
    refused = chen.post("/calibration")
    back = chen.put("/calibration", {})
    unknown = chen.put("/calibration", {"version": 7})

    assert made.status_code == 201
    assert made.json["trial"]["after"]["loss"] < made.json["trial"]["before"]["loss"]
    assert (refused.status_code, back.status_code, unknown.status_code) == (409, 204, 404)
    assert [v["in_force"] for v in chen.get("/calibration").json["versions"]] == [False]


def test_passed_over_for_another_counts_as_wrong(decided: Flask) -> None:
    with services_of(decided).database.transaction() as session:
        used = session.exec(select(CaseSuggestion).where(CaseSuggestion.used_at.is_not(None))).first()  # type: ignore[union-attr]
        assert used is not None
        session.add(CaseSuggestion(case_id=used.case_id, rank=2, article_id=used.article_id, confidence=0.5))
    with services_of(decided).database.reading() as session:
        found = suggestion_decisions(session)

    assert [(d.confidence, d.right) for d in found if d.case_id == used.case_id] == [
        (0.9, True),
        (0.5, False),
    ]


def test_command_line_says_what_is_missing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINHU_HOME", str(home))
    monkeypatch.setenv("LANG", "C.UTF-8")

    def minhu(*arguments: str) -> Result:
        return CliRunner().invoke(build(["kb", "migrate"]), list(arguments))

    minhu("migrate")
    few = minhu("kb", "calibrate")
    back = minhu("kb", "calibrate", "--back")

    assert few.exit_code == 1
    assert "too few to learn from" in few.output
    assert (back.exit_code, back.output) == (0, "As shipped again.\n")
