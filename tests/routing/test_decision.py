"""The decision: rules first, then words, places, names and the account, and the triage desk when unsure."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import RoutingFacts, decide
from routing.catalogue import AreaEntry, Catalogue, DepartmentEntry, rule_entry
from routing.models import RuleKind
from tests.routing.conftest import EAST, LABOUR, POLICE, WATER, small_catalogue


def test_words_of_one_duty_route_the_message_and_say_which(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("老板拖欠工资三个月，欠薪不给"))

    assert decision.automatic
    assert decision.department_id == LABOUR
    reason = decision.candidates[0].reasons[0]
    assert reason.code == "duty_words"
    assert set(reason.params["words"]) == {"拖欠工资", "欠薪"}
    assert reason.params["duty"] == "欠薪"
    assert reason.params["basis"] == "保障农民工工资支付条例"


def test_a_message_that_nothing_speaks_for_goes_to_the_triage_desk(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("今天天气真好"))

    assert decision.department_id is None
    assert not decision.automatic
    assert decision.confidence == 0
    assert decision.candidates == []


def test_words_of_two_departments_go_to_the_triage_desk_with_both(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("停水三天没人管，工地又欠薪"))

    assert decision.department_id is None
    assert {candidate.code for candidate in decision.candidates} == {"labour", "water"}


def test_every_word_of_two_departments_is_not_decided_by_itself(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("户口 身份证 居住证 拖欠工资 欠薪 停水 水压"))

    assert not decision.automatic
    assert len(decision.candidates) == 3


def test_an_administrators_rule_wins_and_says_so(catalogue: Catalogue) -> None:
    rule = rule_entry(7, RuleKind.CONTAINS, "户口", LABOUR)

    decision = decide(replace(catalogue, rules=(rule,)), RoutingFacts("户口怎么迁"))

    assert decision.department_id == LABOUR
    assert decision.confidence == 1.0
    assert decision.candidates[0].reasons[0].params["rule_id"] == 7


@pytest.mark.parametrize(
    ("kind", "value", "account", "wins"),
    [
        (RuleKind.CONTAINS, "e t c", None, False),
        (RuleKind.CONTAINS, "ＥＴＣ", None, True),
        (RuleKind.PATTERN, r"E.C办理", None, True),
        (RuleKind.PATTERN, r"^办理", None, False),
        (RuleKind.ACCOUNT, "gov-wechat", "gov-wechat", True),
        (RuleKind.ACCOUNT, "gov-wechat", "other", False),
        (RuleKind.ACCOUNT, "gov-wechat", None, False),
    ],
)
def test_rules_fit_by_words_pattern_or_account(
    catalogue: Catalogue, kind: RuleKind, value: str, account: str | None, wins: bool
) -> None:
    ruled = replace(catalogue, rules=(rule_entry(1, kind, value, POLICE),))

    decision = decide(ruled, RoutingFacts("etc办理问题", account=account))

    assert (decision.department_id == POLICE) is wins


def test_a_town_answers_for_its_own_area_only(catalogue: Catalogue) -> None:
    here = decide(catalogue, RoutingFacts("东桥村的村道和村务公开一塌糊涂"))
    nowhere = decide(catalogue, RoutingFacts("村道和村务公开一塌糊涂"))

    assert here.department_id == EAST
    assert {reason.code for reason in here.candidates[0].reasons} == {"duty_words", "place"}
    assert nowhere.candidates == []


def test_the_region_and_the_account_stand_for_a_place(catalogue: Catalogue) -> None:
    by_region = decide(catalogue, RoutingFacts("村务公开呢，村道呢", region="east"))
    by_account = decide(catalogue, RoutingFacts("村务公开呢，村道呢", account_department=EAST))

    assert by_region.candidates[0].department_id == EAST
    assert by_account.candidates[0].department_id == EAST
    assert "account" in {reason.code for reason in by_account.candidates[0].reasons}


def test_an_unknown_region_or_account_department_is_passed_over(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("停水停水，水压低", region="mars", account_department=999))

    assert decision.candidates[0].department_id == WATER


def test_a_word_said_in_passing_counts_less(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("身份证"))

    assert [candidate.code for candidate in decision.candidates] == ["police", "labour"]
    assert decision.candidates[0].confidence > decision.candidates[1].confidence


def test_a_department_that_is_named_gains(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("派出所什么时候上班"))

    assert decision.candidates[0].department_id == POLICE
    assert decision.candidates[0].reasons[0].code == "named"


def test_the_title_counts_more_than_the_body(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("户口的事", title="停水"))

    assert decision.candidates[0].department_id == WATER


def test_a_departments_own_threshold_decides(catalogue: Catalogue) -> None:
    facts = RoutingFacts("拖欠工资")
    confidence = decide(catalogue, facts).confidence

    def with_threshold(threshold: float) -> Catalogue:
        changed = replace(catalogue.departments[LABOUR], threshold=threshold)
        return replace(catalogue, departments=catalogue.departments | {LABOUR: changed})

    assert decide(with_threshold(confidence), facts).automatic
    assert not decide(with_threshold(confidence + 0.01), facts).automatic


def test_traditional_characters_and_full_width_letters_are_the_same_words(catalogue: Catalogue) -> None:
    assert decide(catalogue, RoutingFacts("戶口和居住證")).candidates[0].department_id == POLICE
    assert decide(catalogue, RoutingFacts("ETC")).candidates[0].department_id == WATER


def test_an_empty_catalogue_sends_everything_to_the_triage_desk() -> None:
    decision = decide(Catalogue.build([]), RoutingFacts("停水", account_department=1, region="east"))

    assert decision.department_id is None
    assert decision.candidates == []


def test_a_closed_department_takes_its_duties_areas_and_rules_with_it() -> None:
    catalogue = Catalogue.build(
        [DepartmentEntry(POLICE, "police", "县公安局")],
        areas=[AreaEntry("east", "东镇", (), EAST)],
        rules=[rule_entry(1, RuleKind.CONTAINS, "东镇", EAST)],
    )

    assert decide(catalogue, RoutingFacts("东镇停水")).candidates == []


def test_a_circle_of_areas_ends() -> None:
    catalogue = Catalogue.build(
        [], areas=[AreaEntry("a", "甲", parent_code="b"), AreaEntry("b", "乙", parent_code="a")]
    )

    assert catalogue.towns_of_area("a") == ()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.one_of(st.none(), st.text(max_size=30)))
def test_any_text_gets_an_outcome(text: str, title: str | None) -> None:
    decision = decide(small_catalogue(), RoutingFacts(text, title=title))

    assert 0 <= decision.confidence <= 1
    assert sum(candidate.confidence for candidate in decision.candidates) <= 1.001


def test_a_very_long_text_is_read_from_its_start(catalogue: Catalogue) -> None:
    decision = decide(catalogue, RoutingFacts("拖欠工资，欠薪" + "。" * 1_000_000 + "停水"))

    assert decision.department_id == LABOUR
