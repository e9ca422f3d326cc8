"""Logs: one line an event, for people or for a collector, without what must not be in them."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging, structlog
from web.logs import configure_logs
from web.settings import Settings
configure_logs(Settings(log_format="{format}", log_level="info"))
log = structlog.get_logger("web.test")
with structlog.contextvars.bound_contextvars(job="triage"):
    log.info("case_opened", case=7, who="first\\nsecond")
logging.getLogger("some.library").warning("from a library")
logging.getLogger("httpx").info("chatter")
def fail(message):
    raise ValueError("cannot")
try:
    fail("我家的水管漏了")
except ValueError:
    log.exception("job_failed")
"""


def logged(log_format, home):
    code = SCRIPT.replace("{format}", log_format).replace("Settings(", f"Settings(home={str(home)!r}, ")
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8"
    )


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_nothing_goes_to_standard_output(home, log_format):
    assert logged(log_format, home).stdout == ""


def test_json_is_one_object_a_line_with_event_and_ids(home):
    lines = [json.loads(line) for line in logged("json", home).stderr.splitlines()]

    assert [line["event"] for line in lines] == ["case_opened", "from a library", "job_failed"]
    assert lines[0]["case"] == 7
    assert lines[0]["job"] == "triage"
    assert lines[0]["level"] == "info"
    assert lines[0]["timestamp"].endswith("Z")


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_value_cannot_begin_a_line_of_its_own(home, log_format):
    assert not any(line.startswith("second") for line in logged(log_format, home).stderr.splitlines())


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_traceback_does_not_show_what_a_variable_held(home, log_format):
    text = logged(log_format, home).stderr

    assert "ValueError" in text
    assert "水管" not in text
