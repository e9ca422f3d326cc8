"""What routing learned: trained in the background, shown with figures, and taken back in one click."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.intake import Submission, receive_messages
from inbox.lessons import lessons, request_nightly_training
from inbox.models import Case, CaseState, Task, TaskKind
from routing.catalogue import load_catalogue
from routing.departments import all_departments
from routing.runs import latest_run
from tests.web.people import NOW, Browser, People
from tests.web.work import open_test_account
from web import jobs

Open = Callable[..., Browser]
SAID = (("水管漏了没人修", "水龙头没水", "自来水发黄"), ("老板不发工钱", "工地欠钱不给", "加班没有加班费"))


@pytest.fixture
def answered(app: Flask, people: People) -> None:
    """Forty answered cases of two departments."""
    with app.extensions["minhu"].database.transaction() as session:
        account = open_test_account(session, now=NOW)
        texts = [f"{text}，{n}号楼" for n in range(7) for said in SAID for text in said]
        receive_messages(
            session,
            account,
            [
                Submission(external_id=str(i), raw=b"{}", text=text, received_at=NOW)
                for i, text in enumerate(texts)
            ],
            now=NOW,
        )
        units = all_departments(session)
        for i, case in enumerate(session.exec(select(Case).order_by(Case.id))):  # type: ignore[arg-type]
            case.state, case.department_id, case.replied_at = CaseState.CLOSED, units[i // 3 % 2].id, NOW


def run_job(app: Flask) -> None:
    jobs.use_runtime(app.extensions["minhu"])
    with app.extensions["minhu"].database.reading() as session:
        ids = session.exec(select(Task.id).where(Task.kind == TaskKind.TRAIN)).all()
    jobs.train_routing([i for i in ids if i is not None])


@pytest.mark.usefixtures("answered")
def test_training_is_asked_for_done_and_taken_back(app: Flask, people: People, browser: Open) -> None:
    gu, database = browser(people.gu), app.extensions["minhu"].database

    assert gu.post("/routing-versions/train", {}).status_code == 303
    assert "Training under way" in gu.get("/routing-versions").text
    run_job(app)

    page = gu.get("/routing-versions").text
    assert "In use" in page
    assert "is in use" in page
    with database.reading() as session:
        assert load_catalogue(session).classifier is not None
    gu.post("/routing-versions/back", {})
    with database.reading() as session:
        assert load_catalogue(session).classifier is None
    gu.post("/routing-versions/1/use", {})
    with database.reading() as session:
        assert load_catalogue(session).classifier is not None


def test_without_cases_the_page_says_that_nothing_could_be_learned(
    app: Flask, people: People, browser: Open
) -> None:
    gu = browser(people.gu)
    gu.post("/routing-versions/train", {})
    gu.post("/routing-versions/train", {})

    run_job(app)

    assert "too few answered cases" in gu.get("/routing-versions").text


@pytest.mark.usefixtures("answered")
def test_the_night_trains_when_there_is_something_new(app: Flask) -> None:
    database = app.extensions["minhu"].database
    with database.transaction() as session:
        assert request_nightly_training(session, now=NOW) is not None
        assert request_nightly_training(session, now=NOW) is None
    run_job(app)
    with database.reading() as session:
        run = latest_run(session)
        assert run is not None
        assert run.outcome == "activated"
        assert len(lessons(session)) == run.examples == 42


def test_only_the_administrator_trains(people: People, browser: Open) -> None:
    erin = browser(people.erin)

    assert erin.get("/routing-versions").status_code == 200
    assert erin.post("/routing-versions/train", {}).status_code == 403
