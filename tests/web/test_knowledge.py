"""What a process holds in memory: loaded once, and anew when somebody else has changed it."""

from zoneinfo import ZoneInfo

import pytest

from knowledge_base.base_revision import bump_base_revision
from routing.departments import create_department
from routing.revisions import note_change
from sla.defaults import install_defaults
from tests.web.people import NOW
from web import knowledge as module
from web.knowledge import Knowledge
from web.runtime import open_runtime


@pytest.fixture
def loaded(runtime, monkeypatch):
    """Knowledge that looks for changes at every use."""
    monkeypatch.setattr(module, "_LOOK_EVERY_SECONDS", 0.0)
    with runtime.database.transaction() as session:
        install_defaults(session)
    return runtime.knowledge


def tools(runtime, *, now=NOW):
    with runtime.database.reading() as session:
        return runtime.knowledge.tools(session, now=now)


def test_nothing_is_loaded_again_while_nothing_changes(runtime, loaded):
    first, second = tools(runtime), tools(runtime)

    assert first.engine is second.engine
    assert first.catalogue is second.catalogue
    assert first.calendar is second.calendar
    assert first.policies is second.policies


def test_change_of_the_catalogue_by_another_process_is_noticed(runtime, loaded, settings):
    before = tools(runtime)
    other = open_runtime(settings)
    with other.database.transaction() as session:
        create_department(session, code="water", name="县水利局", kind="department")
        note_change(session)
    other.close()

    after = tools(runtime)

    assert after.catalogue is not before.catalogue
    assert after.engine is before.engine


def test_published_article_is_noticed(runtime, loaded):
    before = tools(runtime)
    with runtime.database.transaction() as session:
        bump_base_revision(session)

    assert tools(runtime).engine is not before.engine


def test_engine_is_loaded_anew_on_a_new_day(runtime, loaded):
    before = tools(runtime)

    after = tools(runtime, now=NOW.replace(day=NOW.day + 1))

    assert after.engine is not before.engine
    assert after.calendar is before.calendar


def test_database_is_asked_at_most_once_a_second(runtime):
    ticks = [100.0]
    knowledge = Knowledge(ZoneInfo("Asia/Shanghai"), ticks=lambda: ticks[0])

    def engine():
        with runtime.database.reading() as session:
            return knowledge.tools(session, now=NOW).engine

    with runtime.database.transaction() as session:
        install_defaults(session)
    before = engine()
    with runtime.database.transaction() as session:
        bump_base_revision(session)

    ticks[0] += 0.99
    assert engine() is before
    ticks[0] += 0.01
    assert engine() is not before


def test_forgetting_looks_at_once(runtime):
    before = tools(runtime)
    with runtime.database.transaction() as session:
        bump_base_revision(session)
    runtime.knowledge.forget()

    assert tools(runtime).engine is not before.engine
    assert isinstance(runtime.knowledge, Knowledge)
