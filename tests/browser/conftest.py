"""A running site with the demo county in it, and one Chromium for all browser tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.site import CHROMIUM, DESK, PHONE, Site, Visitor, running_chromium, running_site
from tests.county import county_file, shared_folder
from web.runtime import utc_now

__all__ = ["DESK", "PHONE", "Site", "Visitor"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the whole run; each test opens contexts of its own."""
    if not Path(CHROMIUM).exists():
        message = "Chromium is not installed: apt-get install chromium-headless-shell"
        if os.environ.get("MINHU_TEST_EVERYTHING"):
            pytest.fail(message)
        pytest.skip(message)
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running site with part of the demo county."""
    county = county_file(shared_folder(tmp_path_factory), "county-now", now=utc_now())
    with running_site(tmp_path_factory.mktemp("site"), county) as site:
        yield site


@pytest.fixture
def visitor(chromium: Browser, site: Site) -> Iterator[Visitor]:
    """Somebody who opens pages; what was opened is closed after the test."""
    opened = Visitor(chromium, site)
    yield opened
    opened.close()
