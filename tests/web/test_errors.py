"""Every error of the domain becomes a status and one sentence, in both languages."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest
from flask import Flask, abort
from flask_babel import force_locale

from inbox import errors as inbox
from knowledge_base import errors as knowledge_base
from routing import errors as routing
from sla import errors as sla
from tests.web.people import Browser, People
from web.app import create_app
from web.errors import ANSWERS, HTTP_SENTENCES, sentence_for, status_for
from web.guards import public
from web.refusals import REFUSALS
from web.settings import Settings

BASES = (inbox.InboxError, knowledge_base.KnowledgeBaseError, routing.RoutingError, sla.SlaError)


def every_class(base: type[Exception]) -> Iterator[type[Exception]]:
    for child in base.__subclasses__():
        yield child
        yield from every_class(child)


def made_up(error: type[Exception]) -> Exception:
    """Make an error without knowing its arguments: what a sentence needs are its attributes."""
    made = error.__new__(error)
    names = (
        "code parent_code number key value cause login minimum role examples text limit year policy saved_by reason "
        "params problems field problem before after decisions right fewest fewest_of_each"
    )
    for name in names.split():
        setattr(made, name, {"reason": "empty", "params": {}, "problems": ["x"]}.get(name, name))
    return made


ERRORS = sorted({error for base in BASES for error in every_class(base)}, key=lambda error: str(error))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_every_error_of_the_domain_is_in_the_table(error: type[Exception]) -> None:
    assert error in ANSWERS


def test_every_sentence_says_something_different_in_chinese(app: Flask) -> None:
    with app.test_request_context("/"):
        for error in ERRORS:
            with force_locale("en"):
                english = sentence_for(made_up(error))
            with force_locale("zh_CN"):
                chinese = sentence_for(made_up(error))

            assert english.endswith("."), english
            assert chinese.endswith("。"), chinese
            assert "%(" not in english + chinese
            assert 400 <= status_for(made_up(error)) < 500


def test_every_refusal_fills_its_gaps(app: Flask) -> None:
    with app.test_request_context("/"):
        error = inbox.FileRefused("unknown_column", column="正文", columns="标题, 时间")

        assert "正文" in sentence_for(error)
        assert "标题, 时间" in sentence_for(error)
        assert "surprise" in sentence_for(inbox.FileRefused("surprise"))
        assert all(str(sentence).endswith((".", "。")) for sentence in REFUSALS.values())


@pytest.fixture
def broken(settings: Settings) -> Iterator[Flask]:
    """An application with views that fail in every way."""
    app = create_app(settings, clock=lambda: datetime(2026, 11, 20, 2, tzinfo=UTC))

    @app.get("/fails/<way>")
    @public
    def fail(way: str) -> str:
        if way == "case":
            raise inbox.CaseNotFound(7)
        if way == "day":
            raise sla.NoSuchDay(date(1, 1, 1))
        if way == "defect":
            raise ZeroDivisionError("a citizen's secret")
        abort(int(way))

    yield app
    app.extensions["minhu"].close()


@pytest.mark.parametrize(
    ("way", "status"), [("case", 404), ("day", 404), ("403", 403), ("405", 405), ("defect", 500)]
)
def test_people_get_a_page_that_says_what_to_do(broken: Flask, way: str, status: int) -> None:
    answer = Browser(broken).get(f"/fails/{way}")

    assert answer.status_code == status
    assert answer.content_type.startswith("text/html")
    assert "secret" not in answer.text
    assert f"Error {status}" in answer.text


def test_programs_get_problem_json(broken: Flask) -> None:
    answer = Browser(broken).get("/fails/case", headers={"Accept": "application/json"})

    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["code"] == "CaseNotFound"
    assert answer.get_json()["status"] == 404
    assert "no such case" in answer.get_json()["detail"]


def test_fragments_get_a_notice_at_the_top_of_the_page(broken: Flask) -> None:
    answer = Browser(broken).get("/fails/case", headers={"HX-Request": "true"})

    assert answer.headers["HX-Retarget"] == "#flashes"
    assert "<html" not in answer.text
    assert "no such case" in answer.text


def test_unknown_page_is_a_page(browser: Callable[..., Browser], people: People) -> None:
    answer = browser(people.alice).get("/no/such/page")

    assert answer.status_code == 404
    assert str(HTTP_SENTENCES[404])[:20] in answer.text


def test_error_page_can_be_drawn_when_the_database_is_away(broken: Flask, people: People) -> None:
    alice = Browser(broken)
    with alice.client.session_transaction() as cookie:
        cookie["officer"] = {"id": 1, "version": 1, "at": 0}
    broken.extensions["minhu"].database.engine.dispose()
    broken.extensions["minhu"].runtime.database.reading = None  # type: ignore[assignment]

    answer = alice.get("/fails/case")

    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text


def test_responses_carry_the_security_headers(browser: Callable[..., Browser]) -> None:
    for url in ("/sign-in", "/no/such/page", "/static/css/tokens.css"):
        with browser().get(url) as answer:
            headers = answer.headers

        assert headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
