"""A program that works for an officer through the API, and matters for it to work on."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from routing.officers import OfficerView
from routing.tokens import create_token
from tests.web.people import NOW, People
from tests.web.ways_in import hand_to_housing, services_of
from tests.web.work import receive

REPLY = "您好，路灯已于11月20日上午修好，如仍不亮请拨打0000-6000001。"


class Program:
    """Flask's test client with an officer's token in it; without an officer, a stranger."""

    def __init__(self, app: Flask, officer: OfficerView | None = None) -> None:
        self.client = app.test_client()
        self.token: str | None = None
        if officer is not None:
            with services_of(app).database.transaction() as session:
                made = create_token(session, officer.id, "test", lasts=timedelta(days=30), now=NOW)
            self.token = made.secret

    def send(self, method: str, path: str, **values: Any) -> TestResponse:
        """Send a request under /api/v1."""
        headers = dict(values.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **values)

    def get(self, path: str, **values: Any) -> TestResponse:
        """Read."""
        return self.send("GET", path, **values)

    def post(self, path: str, body: Any = None, **values: Any) -> TestResponse:
        """Do something."""
        return self.send("POST", path, json={} if body is None else body, **values)

    def upload(self, path: str, name: str, content: bytes, **fields: str) -> TestResponse:
        """Hand in a file with what is said about it."""
        form = {"file": (BytesIO(content), name), **fields}
        return self.send("POST", path, data=form, content_type="multipart/form-data")

    def put(self, path: str, body: Any) -> TestResponse:
        """Set something."""
        return self.send("PUT", path, json=body)


def new_case(app: Flask) -> int:
    """Return a case that nobody has looked at."""
    return receive(services_of(app).database, 1, now=NOW)[0]


def housing_case(app: Flask, people: People) -> int:
    """Return a case that the housing bureau has."""
    case_id = new_case(app)
    hand_to_housing(app, people, case_id)
    return case_id
