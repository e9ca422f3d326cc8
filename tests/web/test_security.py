"""What a browser and a stranger may do: headers, cookies, addresses, keys, static files."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from flask import Flask, request
from structlog.testing import capture_logs

from tests.web.people import Browser, People
from web.app import create_app
from web.guards import public
from web.security import client_address, rate_storage, session_key
from web.settings import Settings

Open = Callable[..., Browser]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002::/64"),
        ("2001:db8:1:2::1", "2001:0db8:0001:0002::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("a socket", "a socket"),
    ],
)
def test_rate_limits_count_what_a_client_cannot_choose(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert client_address() == counted


def test_session_cookie_is_for_this_site_and_no_script(browser: Open, people: People) -> None:
    alice = browser(people.alice)

    cookie = alice.get("/profile").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_cookies_are_bound_to_the_host_when_the_site_is_served_by_https(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"secure_cookies": True}))

    cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]
    app.extensions["minhu"].close()

    assert cookie.startswith("__Host-minhu=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_https_site_asks_for_https_for_ever(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"secure_cookies": True, "trusted_proxies": 1}))

    headers = app.test_client().get("/sign-in", headers={"X-Forwarded-Proto": "https"}).headers
    app.extensions["minhu"].close()

    assert headers["Strict-Transport-Security"] == "max-age=31556926"


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.9")])
def test_forwarded_address_is_believed_only_from_as_many_proxies_as_are_set(
    settings: Settings, proxies: int, seen: str
) -> None:
    app = create_app(settings.model_copy(update={"trusted_proxies": proxies}))

    @app.get("/who")
    @public
    def who() -> str:
        return str(request.remote_addr)

    answer = app.test_client().get("/who", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    app.extensions["minhu"].close()

    assert answer.text == seen


def test_key_is_made_once_however_many_processes_start(home: Path) -> None:
    settings = Settings(home=home, secret_key="")  # type: ignore[arg-type]

    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: session_key(settings), range(64)))

    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    assert (home / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == ["secret-key"]


def test_several_web_processes_count_attempts_together(home: Path) -> None:
    assert rate_storage(Settings(home=home)) == "memory://"
    assert rate_storage(Settings(home=home, web_processes=2)).startswith("redis+unix://")
    assert (
        rate_storage(Settings(home=home, web_processes=2, queue_url="redis://q:6379/0")) == "redis://q:6379/0"
    )


def test_static_files_are_kept_for_a_year_under_an_address_that_changes(app: Flask, browser: Open) -> None:
    with app.test_request_context("/"):
        url = app.url_for("static", filename="css/tokens.css")
    stranger = browser()

    with stranger.get(url) as kept, stranger.get("/static/css/tokens.css") as checked:
        assert "?v=" in url
        assert "max-age=31536000" in kept.headers["Cache-Control"]
        assert "immutable" in kept.headers["Cache-Control"]
        assert "max-age" not in checked.headers["Cache-Control"]
        assert "ETag" in checked.headers
    assert stranger.get("/static/css/none.css?v=1").status_code == 404
    assert "Cache-Control" not in stranger.get("/static/css/none.css?v=1").headers


def test_pages_of_officers_are_not_kept_by_shared_caches(browser: Open, people: People) -> None:
    answer = browser(people.alice).get("/profile")

    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_log_of_a_request_names_no_address_and_no_word_of_it(
    browser: Open, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = browser(people.alice)
    structlog.reset_defaults()  # another test may have set a level and kept the logger
    monkeypatch.setattr("web.request_log._log", structlog.get_logger())

    with capture_logs() as lines:
        answer = alice.get("/sign-in?next=/secret-word", follow_redirects=False)

    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["endpoint"] == "auth.sign_in"
    assert line["officer_id"] == people.alice.id
    assert len(answer.headers["X-Request-Id"]) == 12
    assert "secret-word" not in str(line)
    assert "127.0.0.1" not in str(line)


def test_form_larger_than_anybody_types_is_refused(browser: Open) -> None:
    stranger = browser()

    refused = stranger.post("/sign-in", {"login": "x" * 7_000_000, "password": "y"})

    assert refused.status_code == 413
    assert "too large" in refused.text


@pytest.mark.parametrize("value", ["\x00", "\ufffd", "x" * 10_000, "' OR 1=1 --", "%00", "𝟘"])
def test_odd_logins_are_just_wrong(browser: Open, people: People, value: str) -> None:
    stranger = browser()

    refused = stranger.post("/sign-in", {"login": value, "password": value[:100]})

    assert refused.status_code == 401


def test_bytes_that_are_no_text_are_just_wrong(browser: Open, people: People) -> None:
    stranger = browser()
    body = f"csrf_token={stranger.token()}&login=%ED%A0%80%FF&password=%ED%A0%80".encode()

    refused = stranger.client.post("/sign-in", data=body, content_type="application/x-www-form-urlencoded")

    assert refused.status_code == 401


def test_clock_of_the_tests_is_the_clock_of_the_pages(app: Flask) -> None:
    assert app.extensions["minhu"].clock() == datetime(2026, 11, 20, 2, tzinfo=UTC)
