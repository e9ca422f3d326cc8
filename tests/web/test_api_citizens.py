"""What a tracking code opens through the API, without a token."""

import pytest
from flask import Flask

from tests.web.api_program import Program, housing_case
from tests.web.people import People
from tests.web.ways_in import ANSWER, answer, cases_of


@pytest.fixture
def citizen(app: Flask) -> Program:
    """A citizen's own program."""
    return Program(app)


@pytest.fixture
def code(app: Flask, people: People) -> str:
    """The tracking code of a matter that the housing bureau has."""
    housing_case(app, people)
    return cases_of(app)[0].tracking_code


def answered(app: Flask, people: People) -> None:
    """Answer the matter."""
    answer(app, people, cases_of(app)[0].id or 0)


def test_a_matter_is_followed_without_naming_an_officer(
    app: Flask, people: People, citizen: Program, code: str
) -> None:
    answered(app, people)

    told = citizen.get(f"/track/{code.lower().replace('-', '')}")

    assert told.json["tracking_code"] == code
    assert told.json["step"] == 4
    assert told.json["replies"][0]["text"] == ANSWER
    assert told.headers["Cache-Control"] == "private, no-store"
    assert not any(officer.name in told.text for officer in people.all())


@pytest.mark.parametrize("wrong", ["AAAAA-AAAAA", "x", "' OR 1=1 --", "%00", "路灯", "9" * 40])
def test_a_wrong_code_opens_nothing(citizen: Program, code: str, wrong: str) -> None:
    assert citizen.get(f"/track/{wrong}").status_code == 404


def test_rated_once_and_closed(app: Flask, people: People, citizen: Program, code: str) -> None:
    early = citizen.post(f"/track/{code}/rating", {"solved": True, "satisfaction": "satisfied"})
    answered(app, people)

    rated = citizen.post(f"/track/{code}/rating", {"solved": True, "satisfaction": "satisfied"})
    again = citizen.post(f"/track/{code}/rating", {"solved": False, "satisfaction": "dissatisfied"})

    assert (early.status_code, early.json["code"]) == (409, "WrongState")
    assert (rated.json["state"], rated.json["replies"][0]["solved"]) == ("closed", True)
    assert (again.status_code, again.json["code"]) == (409, "AlreadyRated")


def test_opened_again_once(app: Flask, people: People, citizen: Program, code: str) -> None:
    early = citizen.post(f"/track/{code}/reopen", {"reason": "还是不亮"})
    answered(app, people)

    opened = citizen.post(f"/track/{code}/reopen", {"reason": "还是不亮"})
    again = citizen.post(f"/track/{code}/reopen", {"reason": "还是不亮"})

    assert early.json["code"] == "CannotReopen"
    assert opened.json["step"] == 2
    assert again.json["code"] == "CannotReopen"


def test_added_to_once(citizen: Program, code: str) -> None:
    added = citizen.post(f"/track/{code}/supplement", {"text": "是东头第三盏"})
    again = citizen.post(f"/track/{code}/supplement", {"text": "还有一盏"})
    empty = citizen.post(f"/track/{code}/supplement", {"text": ""})

    assert [words["text"] for words in added.json["words"]][-1] == "是东头第三盏"
    assert again.status_code == 422
    assert empty.status_code == 422


def test_whoever_guesses_codes_is_put_off_and_whoever_has_one_is_not(citizen: Program, code: str) -> None:
    statuses = [citizen.get(f"/track/AAAAA-AAA{number:02}").status_code for number in range(22)]

    assert statuses[:20] == [404] * 20
    assert statuses[20:] == [429] * 2
