"""Triage gives each case a kind, suggestions, a department, deadlines; a failing step never takes the others along."""

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import col, select

from inbox.case_lists import View, list_cases
from inbox.case_view import case_view
from inbox.events import events_of
from inbox.kinds import Kind
from inbox.models import Case, CaseState, CaseSuggestion, Message, TriageFailure
from inbox.search import search_cases
from inbox.triage import STEPS, triage_cases
from knowledge_base.articles import install_article
from knowledge_base.content import ArticleContent
from knowledge_base.models import Article
from knowledge_base.suggest import load_engine
from knowledge_base.topics import create_topic
from routing.catalogue import AreaEntry, Catalogue
from sla.models import Clock
from sla.policies import PolicyBook
from sla.policy_reading import read_policy
from sla.views import deadlines_of
from tests.inbox.conftest import NOW, TownHall


def test_clear_message_goes_to_its_department_with_suggestion_and_deadlines(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？")

    suggestion = town_hall.session.exec(select(CaseSuggestion)).one()
    clocks = {view.clock: view for view in deadlines_of(town_hall.session, [case.id or 0])[case.id or 0]}
    assert (case.state, case.department_id) == (CaseState.ASSIGNED, town_hall.housing.id)
    assert case.triaged_steps == list(STEPS)
    assert 0 < suggestion.confidence <= 1
    assert clocks[Clock.accept].met_at == NOW
    assert case.next_due_at == min(v.due_at for v in clocks.values() if v.is_open)


def test_unclear_message_waits_at_the_triage_desk_with_its_clock_running(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("今天天气不错")

    views = deadlines_of(town_hall.session, [case.id or 0])[case.id or 0]
    assert (case.state, case.department_id) == (CaseState.TRIAGE_DESK, None)
    assert any(view.clock == Clock.accept and view.is_open for view in views)


def test_a_town_that_the_message_names_gets_its_own_answer(town_hall: TownHall) -> None:
    session = town_hall.session
    areas = [
        AreaEntry("county", "岚汀县"),
        AreaEntry("yunling", "云岭坪乡", parent_code="county"),
        AreaEntry("tingwan", "汀湾街道", parent_code="county"),
    ]
    ids = {}
    for region in (None, "yunling", "tingwan"):
        content = ArticleContent(question="垃圾什么时候清运？", answer="请看公告。", region=region)
        made = install_article(session, content, key=f"r-{region}", author_id=None, reviewer_id=None, now=NOW)
        ids[region] = made.id
    tools = replace(
        town_hall.tools,
        engine=load_engine(session, today=NOW.date()),
        catalogue=replace(town_hall.tools.catalogue, **vars_of_places(areas)),
    )
    hall = replace(town_hall, tools=tools)

    named, unnamed = hall.receive("云岭坪乡这边的垃圾什么时候清运？", "垃圾什么时候清运？")

    def offered(case: Case) -> list[int]:
        query = select(CaseSuggestion.article_id).where(CaseSuggestion.case_id == case.id)
        return list(session.exec(query.order_by(col(CaseSuggestion.rank))).all())

    assert offered(named) == [ids["yunling"], ids[None]]
    assert set(offered(unnamed)) == set(ids.values())


def vars_of_places(areas: list[AreaEntry]) -> dict[str, Any]:
    """Return what a catalogue with these areas knows of places."""
    built = Catalogue.build([], areas=areas)
    return {name: getattr(built, name) for name in ("areas_of_name", "area_of_code", "places")}


def test_second_run_changes_nothing(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？")
    before = (case.state, case.version, len(events_of(town_hall.session, case.id or 0)))

    triage_cases(town_hall.session, [case.id or 0], town_hall.tools, now=NOW)

    town_hall.session.refresh(case)
    assert (case.state, case.version, len(events_of(town_hall.session, case.id or 0))) == before
    assert len(town_hall.session.exec(select(CaseSuggestion)).all()) == 1


class _Broken:
    def suggest(self, *_args: Any, **_options: Any) -> Any:
        msg = "index damaged"
        raise RuntimeError(msg)


def test_failed_step_is_shown_and_can_be_run_again_while_the_others_stand(town_hall: TownHall) -> None:
    whole = town_hall.tools
    object.__setattr__(town_hall, "tools", replace(whole, engine=_Broken()))  # type: ignore[arg-type]
    (case,) = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？")

    failure = town_hall.session.exec(select(TriageFailure)).one()
    assert (failure.step, failure.resolved_at) == ("suggest", None)
    assert "index damaged" in failure.error
    assert case.department_id == town_hall.housing.id
    assert case.next_due_at is not None
    shown = case_view(town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date())
    assert [f.step for f in shown.failures] == ["suggest"]

    triage_cases(town_hall.session, [case.id or 0], whole, now=NOW)

    town_hall.session.refresh(case)
    assert set(case.triaged_steps) == set(STEPS)
    assert failure.resolved_at is not None
    assert len(town_hall.session.exec(select(CaseSuggestion)).all()) == 1


def test_personal_information_is_found_and_covered_until_revealed(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区物业不修电梯，我电话13912345678")

    covered = case_view(town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date())
    revealed = case_view(
        town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date(), reveal=True
    )
    assert town_hall.session.exec(select(Message)).one().personal_spans
    assert "13912345678" not in covered.messages[0].text
    assert "13912345678" in revealed.messages[0].text


def test_spam_is_never_routed_by_itself(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("加薇信lant9900，小区门口面谈")

    assert case.spam is True
    assert case.state == CaseState.TRIAGE_DESK


@pytest.mark.parametrize("query", ["电梯", "梯", "没人修", "物业一直"])
def test_case_is_found_by_one_two_and_more_characters(town_hall: TownHall, query: str) -> None:
    case, _ = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？", "居住证怎么办理")

    assert search_cases(town_hall.session, query) == [case.id]


def test_search_never_joins_words_across_punctuation(town_hall: TownHall) -> None:
    town_hall.receive("小区电梯坏了，物业一直没人修")

    assert search_cases(town_hall.session, "了物") == []


def test_officer_sees_own_department_only(town_hall: TownHall) -> None:
    lift, _permit = town_hall.receive("小区电梯坏了，物业一直没人修", "居住证怎么办理，户口在外地")

    def seen(viewer: Any) -> set[int]:
        page = list_cases(town_hall.session, viewer, View.ALL, now=NOW, end_of_day=NOW)
        return {row.id for row in page.rows}

    assert seen(town_hall.alice) == {lift.id}
    assert lift.id not in seen(town_hall.dai)
    assert len(seen(town_hall.dong)) == 2


def test_kind_is_told_from_the_words(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("请问居住证需要什么材料？")

    assert case.kind == Kind.INQUIRY


def test_case_that_no_policy_fits_fails_that_step_alone(town_hall: TownHall) -> None:
    empty = replace(town_hall.tools, policies=PolicyBook([]))
    object.__setattr__(town_hall, "tools", empty)

    (case,) = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？")

    failure = town_hall.session.exec(select(TriageFailure)).one()
    assert failure.step == "deadlines"
    assert case.department_id == town_hall.housing.id


def test_policy_that_goes_by_topic_times_a_message_by_its_best_suggestion(town_hall: TownHall) -> None:
    session, whole = town_hall.session, town_hall.tools
    topic = create_topic(session, code="lifts", name="电梯")
    article = session.exec(select(Article)).first()
    assert article is not None
    article.topic_id = topic.id
    session.flush()
    urgent = read_policy(
        {"code": "lifts", "rank": 95, "conditions": [{"topics": ["lifts"]}], "limits": {"resolve": "4wh"}}
    )
    object.__setattr__(
        town_hall, "tools", replace(whole, policies=PolicyBook([*whole.policies.policies, urgent]))
    )

    about_lifts, about_weather = town_hall.receive("小区电梯坏了，物业一直没人修，怎么办？", "今天天气不错")

    views = deadlines_of(session, [about_lifts.id or 0, about_weather.id or 0])
    policies = {case: {view.policy_code for view in found} for case, found in views.items()}
    assert policies[about_lifts.id or 0] == {"lifts"}
    assert "lifts" not in policies[about_weather.id or 0]
