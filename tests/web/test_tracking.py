"""The tracking page: plain progress, the reply, a rating, one supplement, one reopening, and nobody's name."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlmodel import select

from inbox.cases import set_aside
from inbox.models import Case, CaseState, Rating, TaskKind
from inbox.outbox import stale_tasks
from inbox.triage import triage_tasks
from tests.web.people import NOW, Browser, People
from tests.web.ways_in import (
    ANSWER,
    answer,
    as_viewer,
    cases_of,
    hand_to_housing,
    messages_of,
    open_accounts,
    services_of,
)

Open = Callable[..., Browser]
TEXT = "人民路路灯坏了三天，晚上看不见路。"


@pytest.fixture
def citizen(app: Flask, browser: Open, people: People) -> Browser:
    """A citizen who has just written."""
    open_accounts(app)
    opened = browser()
    opened.post("/write", {"form_id": "0" * 32, "text": TEXT})
    return opened


@pytest.fixture
def code(app: Flask, citizen: Browser) -> str:
    return cases_of(app)[0].tracking_code


@pytest.fixture
def answered(app: Flask, people: People, code: str) -> str:
    """The code of a message that was triaged, handed over and answered."""
    _triage(app)
    case = cases_of(app)[0]
    hand_to_housing(app, people, case.id or 0)
    answer(app, people, case.id or 0)
    return code


def _triage(app: Flask) -> None:
    services = services_of(app)
    with services.database.transaction() as session:
        waiting = [
            i for kind, i in stale_tasks(session, now=NOW.replace(year=2030)) if kind == TaskKind.TRIAGE
        ]
        triage_tasks(session, waiting, services.knowledge.tools(session, now=NOW), now=NOW)


def test_a_fresh_message_shows_its_words_and_the_first_step(citizen: Browser, code: str) -> None:
    page = citizen.get(f"/track/{code}")

    assert page.status_code == 200
    assert TEXT in page.text
    assert "finding the department responsible" in page.text
    assert page.text.count("step-done") == 1
    assert page.headers["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in page.headers["Cache-Control"]
    assert 'name="robots" content="noindex' in page.text


def test_with_a_department_the_page_names_it_and_by_when_it_answers(
    app: Flask, citizen: Browser, people: People, code: str
) -> None:
    _triage(app)
    hand_to_housing(app, people, cases_of(app)[0].id or 0)

    page = citizen.get(f"/track/{code}").text

    assert "Housing Bureau" in page
    assert "Answer expected by" in page
    assert "Passed on to the department responsible" in page


def test_the_reply_is_read_and_no_officer_is_named(citizen: Browser, people: People, answered: str) -> None:
    page = citizen.get(f"/track/{answered}").text

    assert ANSWER in page
    assert "Did this help you?" in page
    for officer in people.all():
        assert officer.name not in page
        assert f">{officer.login}<" not in page


def test_a_solved_case_is_rated_once_and_closed(app: Flask, citizen: Browser, answered: str) -> None:
    rating = {"solved": "yes", "satisfaction": "satisfied", "comment": "谢谢"}

    first = citizen.post(f"/track/{answered}/rating", rating)
    second = citizen.post(f"/track/{answered}/rating", rating)

    page = citizen.get(f"/track/{answered}").text
    assert (first.status_code, second.status_code) == (303, 409)
    assert cases_of(app)[0].state == CaseState.CLOSED
    assert "You rated this: Satisfied" in page
    assert "Did this help you?" not in page


def test_an_unsolved_case_is_rated_and_may_be_opened_again_once(
    app: Flask, citizen: Browser, answered: str
) -> None:
    citizen.post(f"/track/{answered}/rating", {"solved": "no", "satisfaction": "dissatisfied"})
    first = citizen.post(f"/track/{answered}/reopen", {"reason": "今晚还是不亮"})
    again = citizen.post(f"/track/{answered}/reopen", {"reason": "还是不亮"})

    page = citizen.get(f"/track/{answered}").text
    assert (first.status_code, again.status_code) == (303, 409)
    assert cases_of(app)[0].state == CaseState.ASSIGNED
    assert "今晚还是不亮" in page
    assert "Opened again at your wish" in page
    assert "open the matter again" not in page


@pytest.mark.parametrize(
    "form", [{}, {"solved": "yes"}, {"satisfaction": "satisfied"}, {"solved": "yes", "satisfaction": "great"}]
)
def test_half_a_rating_asks_for_the_rest(
    app: Flask, citizen: Browser, answered: str, form: dict[str, str]
) -> None:
    refused = citizen.post(f"/track/{answered}/rating", form)

    assert refused.status_code == 422
    assert "Please answer both questions." in refused.text
    with services_of(app).database.reading() as session:
        assert session.exec(select(Rating)).all() == []


def test_one_supplement_joins_the_conversation_and_a_second_is_refused_with_its_words(
    citizen: Browser, code: str
) -> None:
    first = citizen.post(f"/track/{code}/supplement", {"text": "路口那一盏也坏了"})
    second = citizen.post(f"/track/{code}/supplement", {"text": "再补充一句"})

    page = citizen.get(f"/track/{code}").text
    assert first.status_code == 303
    assert "路口那一盏也坏了" in page
    assert "Something to add?" not in page
    assert second.status_code == 422
    assert "再补充一句" not in page


@pytest.mark.parametrize("path", ["supplement", "rating", "reopen"])
def test_a_step_that_does_not_fit_changes_nothing(
    app: Flask, citizen: Browser, answered: str, path: str
) -> None:
    forms = {
        "supplement": {"text": "补充"},
        "rating": {"solved": "yes", "satisfaction": "satisfied"},
        "reopen": {"reason": ""},
    }
    if path == "rating":
        citizen.post(f"/track/{answered}/rating", forms["rating"])

    refused = citizen.post(f"/track/{answered}/{path}", forms[path])

    assert refused.status_code in (409, 422)
    assert len(messages_of(app)) == 1


@pytest.mark.parametrize("typed", ["{code}", "{lower}", " {spaced} ", "{bare}"])
def test_a_code_is_found_however_it_is_typed(citizen: Browser, code: str, typed: str) -> None:
    written = typed.format(
        code=code, lower=code.lower(), spaced=code.replace("-", " "), bare=code.replace("-", "")
    )

    found = citizen.get("/track", query_string={"code": written}, follow_redirects=True)

    assert found.status_code == 200
    assert TEXT in found.text


@pytest.mark.parametrize("wrong", ["AAAAA-BBBBB", "x", "😀😀", "' OR 1=1 --", "A" * 300])
def test_a_wrong_code_gets_one_kind_sentence(citizen: Browser, wrong: str) -> None:
    answered = citizen.get("/track", query_string={"code": wrong}, follow_redirects=True)

    assert answered.status_code == 404
    assert "We know no message with this code" in answered.text
    assert "noindex" in answered.text


def test_who_types_many_wrong_codes_is_put_off(citizen: Browser) -> None:
    statuses = [citizen.get(f"/track/AAAAA-{number:05}").status_code for number in range(21)]

    assert statuses == [404] * 20 + [429]


def test_a_right_code_may_be_opened_as_often_as_one_likes(citizen: Browser, code: str) -> None:
    assert {citizen.get(f"/track/{code}").status_code for _ in range(40)} == {200}


def test_a_message_put_aside_says_so_and_shows_no_steps_it_never_took(
    app: Flask, citizen: Browser, people: People, code: str
) -> None:
    with services_of(app).database.transaction() as session:
        case = session.exec(select(Case)).one()
        set_aside(session, as_viewer(people.erin), case.id or 0, now=NOW)

    page = citizen.get(f"/track/{code}").text

    assert "put aside without an answer" in page
    assert "step-done" not in page


def test_a_late_answer_is_admitted(app: Flask, citizen: Browser, people: People, code: str) -> None:
    _triage(app)
    hand_to_housing(app, people, cases_of(app)[0].id or 0)
    later = NOW.replace(year=2027)
    app.extensions["minhu"] = type(services_of(app))(services_of(app).runtime, lambda: later)

    assert "The answer is late" in citizen.get(f"/track/{code}").text
