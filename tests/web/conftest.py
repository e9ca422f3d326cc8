"""Fixtures of the page tests: a town hall with one officer for each role, and a browser for each."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache

from routing.officers import OfficerView
from sla.defaults import install_defaults
from tests.web.people import NOW, Browser, People, settle_people
from web.app import create_app
from web.settings import Settings


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Compiled templates, shared by the applications of all tests: compiling takes half a second each time."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, compiled_templates: FileSystemBytecodeCache) -> Iterator[Flask]:
    """The web application on `settings`, whose clock stands at a Friday morning."""
    made = create_app(settings, clock=lambda: NOW)
    made.jinja_env.bytecode_cache = compiled_templates
    made.config["TESTING"] = True
    yield made
    made.extensions["minhu"].close()


@pytest.fixture
def people(app: Flask) -> People:
    """Two departments and one officer for each role."""
    return settle_people(app)


@pytest.fixture
def browser(app: Flask) -> Callable[..., Browser]:
    """Open a browser: `browser(people.alice)`, or `browser()` for a citizen; pages are in English."""

    def open_browser(officer: OfficerView | None = None, *, locale: str = "en") -> Browser:
        return Browser(app, officer, locale=locale)

    return open_browser


@pytest.fixture
def defaults(app: Flask) -> None:
    """The shipped calendar and policies."""
    with app.extensions["minhu"].database.transaction() as session:
        install_defaults(session)
