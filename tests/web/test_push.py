"""The push endpoint over HTTP, and the examples of its documentation, run as a reader would run them."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from inbox.channels.push import MAX_BODY_BYTES, sign
from tests.web.people import NOW
from tests.web.ways_in import SECRET, messages_of, open_accounts
from web.app import create_app
from web.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
_CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def collector(app: Flask) -> "Collector":
    open_accounts(app)
    return Collector(app)


class Collector:
    """A program that pushes."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.number = 0

    def push(self, body: bytes | object, *, code: str = "weibo", **changed: str) -> TestResponse:
        """Send a body signed with our secret; `changed` replaces headers."""
        self.number += 1
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        timestamp, nonce = str(int(NOW.timestamp())), changed.pop("nonce", f"nonce-{self.number:08}")
        timestamp = changed.pop("timestamp", timestamp)
        headers = {
            "X-Minhu-Timestamp": timestamp,
            "X-Minhu-Nonce": nonce,
            "X-Minhu-Signature": changed.pop("signature", sign(SECRET, timestamp, nonce, data)),
            **({"Idempotency-Key": changed["key"]} if "key" in changed else {}),
        }
        return self.client.post(f"/api/push/{code}", data=data, headers=headers)


ONE = [{"id": "wb-1", "text": "路灯坏了三天"}]


def test_a_push_is_acknowledged_after_it_is_safe(app: Flask, collector: Collector) -> None:
    answer = collector.push(ONE)

    assert answer.status_code == 202
    assert re.fullmatch(r"\w{5}-\w{5}", answer.get_json()["messages"][0]["tracking_code"])
    assert [m.text for m in messages_of(app)] == ["路灯坏了三天"]


def test_a_repeat_gets_the_same_answer_and_makes_no_second_case(app: Flask, collector: Collector) -> None:
    first, again = collector.push(ONE, key="one"), collector.push(ONE, key="one")

    assert again.status_code == 202
    assert again.get_json() == first.get_json()
    assert len(messages_of(app)) == 1


OLD = str(int((NOW - timedelta(minutes=6)).timestamp()))


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        ({"signature": "0" * 64}, 401, "signature_wrong"),
        ({"timestamp": OLD}, 401, "timestamp_old"),
        ({"nonce": "x"}, 401, "nonce_malformed"),
        ({"code": "nobody"}, 404, "account_unknown"),
        ({"code": "sheet"}, 403, "push_disabled"),
        ({"body": b"\xff\xfe"}, 400, "not_json"),
        ({"body": [{"id": "1", "text": ""}]}, 422, "empty"),
        ({"body": [{"id": "1"}]}, 422, "field_wrong"),
        ({"body": b"x" * (MAX_BODY_BYTES + 1)}, 413, "body_too_large"),
    ],
)
def test_every_refusal_has_a_code_and_a_sentence_in_both_languages(
    app: Flask, collector: Collector, sent: dict[str, Any], status: int, code: str
) -> None:
    refused = collector.push(**({"body": ONE} | sent))

    problem = refused.get_json()
    assert (refused.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert refused.content_type == "application/problem+json"
    assert not _CHINESE.search(problem["detail"])
    assert _CHINESE.search(problem["detail_zh"])
    assert messages_of(app) == []


def test_a_replayed_nonce_and_a_reused_key_are_refused(app: Flask, collector: Collector) -> None:
    other = [{"id": "wb-2", "text": "井盖丢了"}]
    collector.push(ONE, nonce="nonce-a-a-a", key="one")

    replayed = collector.push(other, nonce="nonce-a-a-a", key="two")
    reused = collector.push(other, key="one")

    assert (replayed.status_code, replayed.get_json()["code"]) == (409, "nonce_reused")
    assert (reused.status_code, reused.get_json()["code"]) == (422, "key_reused")
    assert len(messages_of(app)) == 1


def test_a_refused_message_of_a_batch_is_named_with_its_sentence(collector: Collector) -> None:
    answer = collector.push([*ONE, {"id": "wb-2", "text": " "}]).get_json()

    refused = answer["messages"][1]
    assert (answer["new"], answer["refused"]) == (1, 1)
    assert refused["code"] == "empty"
    assert _CHINESE.search(refused["detail_zh"])
    assert "params" not in refused


def test_nothing_is_acknowledged_when_the_commit_fails(
    app: Flask, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_anything: object) -> None:
        raise ConnectionError("the database went away")

    with monkeypatch.context() as broken:
        broken.setattr("web.database.Session.commit", fail)
        answer = collector.push(ONE, key="one")

    assert answer.status_code == 500
    assert messages_of(app) == []
    assert collector.push(ONE, key="one").status_code == 202


def test_a_flood_of_refused_requests_is_put_off_and_a_good_collector_is_not(
    app: Flask, collector: Collector
) -> None:
    good = [collector.push([{"id": f"g-{n}", "text": "路灯坏了"}]).status_code for n in range(70)]
    bad = [collector.push(ONE, signature="0" * 64) for _ in range(61)]

    assert set(good) == {202}
    assert bad[59].status_code == 401
    assert (bad[60].status_code, bad[60].get_json()["code"]) == (429, "too_many_requests")


@pytest.fixture
def site(settings: Settings) -> Iterator[tuple[Flask, str]]:
    """A site that listens, with the real clock."""
    app = create_app(settings)
    open_accounts(app)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["minhu"].close()


@pytest.mark.parametrize("page", ["push.md", "push.zh-CN.md"])
def test_the_examples_of_the_documentation_work_as_they_stand(site: tuple[Flask, str], page: str) -> None:
    app, address = site
    environment = os.environ | {"MINHU_URL": address, "MINHU_ACCOUNT": "weibo", "MINHU_SECRET": SECRET}
    text = (DOCS / page).read_text(encoding="utf-8")

    def run(*command: str) -> str:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=30
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    python = run(sys.executable, "-c", _example(text, "python"))
    shell = run("bash", "-c", _example(text, "bash"))

    assert python.startswith("202 ")
    assert json.loads(shell)["new"] == 1
    assert [m.external_id for m in messages_of(app)] == ["demo-python-1", "demo-curl-1"]


def test_both_languages_of_the_documentation_have_the_same_examples_and_codes() -> None:
    english, chinese = ((DOCS / name).read_text(encoding="utf-8") for name in ("push.md", "push.zh-CN.md"))

    for language in ("python", "bash"):
        assert _example(english, language) == _example(chinese, language)
    assert set(re.findall(r"`(\w+_\w+)`", english)) == set(re.findall(r"`(\w+_\w+)`", chinese))


def _example(text: str, language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    return str(found)
