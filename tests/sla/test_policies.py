"""Policies: the default table, other deployments as data, and what makes a table unusable."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from sla.errors import BadPolicy, NoPolicyMatches, PoliciesTie, UnknownPolicy
from sla.limits import parse_limit
from sla.models import Clock
from sla.policies import PolicyBook, load_policies, read_policies, shipped_policies
from sla.policy import Facts

TABLES = Path(__file__).parent / "tables"

# service-levels.md, "Default policy", row by row.
DEFAULT_TABLE = [
    (Facts("complaint", frozenset({"danger"})), "danger", "15min", "2h", "24h", ""),
    (Facts("help", frozenset({"utility_outage"})), "utility_outage", "1h", "4h", "24h", "24h"),
    (Facts("other", frozenset({"harmful"})), "harmful", "10min", "1h", "2h", ""),
    (Facts("inquiry", frozenset({"kb_answered"})), "inquiry_answered", "2wh", "4wh", "2wd", ""),
    (Facts("inquiry", answered_by_kb=True), "inquiry_answered", "2wh", "4wh", "2wd", ""),
    (Facts("inquiry"), "inquiry", "1wd", "1wd", "2wd", "1wd"),
    (Facts("help"), "help", "1wd", "1wd", "5wd", "10wd"),
    (Facts("suggestion"), "suggestion", "1wd", "1wd", "5wd", "10wd"),
    (Facts("complaint"), "complaint", "1wd", "1wd", "5wd", "10wd"),
    (Facts("report"), "report", "1wd", "1wd", "5wd", "10wd"),
    (Facts("complaint", departments=2), "cross_department", "1wd", "1wd", "15wd", "10wd"),
    (Facts("help", frozenset({"cross_department"})), "cross_department", "1wd", "1wd", "15wd", "10wd"),
    (Facts("complaint", frozenset({"petition"})), "petition", "15d", "15d", "60d", "30d"),
    (Facts("inquiry", frozenset({"disclosure"})), "disclosure", "1wd", "7wd", "20wd", "20wd"),
    (Facts("other"), "other", "1wd", "1wd", "5wd", "10wd"),
    # Several at once: danger goes before everything, an answer in the knowledge base does not shorten a petition.
    (Facts("help", frozenset({"danger", "utility_outage", "harmful"})), "danger", "15min", "2h", "24h", ""),
    (Facts("inquiry", frozenset({"petition", "kb_answered"})), "petition", "15d", "15d", "60d", "30d"),
]


@pytest.mark.parametrize(("facts", "code", "accept", "first_reply", "resolve", "extension"), DEFAULT_TABLE)
def test_default_table(
    facts: Facts, code: str, accept: str, first_reply: str, resolve: str, extension: str
) -> None:
    policy = shipped_policies().match(facts)

    assert policy.code == code
    assert str(policy.limits[Clock.accept]) == accept
    assert str(policy.limits[Clock.first_reply]) == first_reply
    assert str(policy.limits[Clock.resolve]) == resolve
    assert (str(policy.extension) if policy.extension else "") == extension


def test_every_policy_warns_escalates_and_says_where_its_numbers_come_from() -> None:
    for policy in shipped_policies().policies:
        assert policy.warn_at == (0.5, 0.8)
        steps = {name: str(limit) for name, limit in policy.steps_of(Clock.resolve).after}
        assert steps == {"urge": "1wd", "propose": "3wd", "bulletin": "5wd"}
        assert {"accept", "first_reply", "resolve"} <= set(policy.basis)
        assert str(policy.limits[Clock.total]) == "3mo"
        assert {name: str(limit) for name, limit in policy.steps_of(Clock.total).at} == {"amber": "60d"}
        assert policy.name
        assert policy.name_en


def test_the_stored_table_is_the_shipped_one(county: Session) -> None:
    stored, shipped = load_policies(county), shipped_policies()

    assert [policy.code for policy in stored.policies] == [policy.code for policy in shipped.policies]
    for policy in stored.policies:
        other = shipped.policy(policy.code)
        assert (policy.conditions, policy.limits, policy.steps) == (
            other.conditions,
            other.limits,
            other.steps,
        )


@pytest.mark.parametrize(
    ("table", "facts", "resolve", "extension"),
    [
        ("hezhang", Facts("inquiry"), "3wd", None),
        ("hezhang", Facts("help"), "5wd", "2wd"),
        ("hezhang", Facts("complaint"), "10wd", None),
        ("hezhang", Facts("report"), "15wd", "15wd"),
        ("guangdong", Facts("inquiry"), "2wd", None),
        ("guangdong", Facts("suggestion"), "10wd", None),
        ("guangdong", Facts("report"), "15wd", None),
        ("zezhou", Facts("account_filing", topic="opening_form"), "2wd", None),
        ("zezhou", Facts("account_filing", topic="closing_notice"), "2wd", None),
    ],
)
def test_other_deployments_are_data(table: str, facts: Facts, resolve: str, extension: str | None) -> None:
    book = PolicyBook(read_policies((TABLES / f"{table}.json").read_bytes(), table))

    policy = book.match(facts)

    assert policy.limits[Clock.resolve] == parse_limit(resolve)
    assert policy.extension == (parse_limit(extension) if extension else None)


def test_zezhou_has_six_filing_clocks_of_two_working_days() -> None:
    policies = read_policies((TABLES / "zezhou.json").read_bytes())

    assert [str(policy.limits[Clock.resolve]) for policy in policies] == ["2wd"] * 6


def _table(*policies: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "policies": [{"limits": {"resolve": "5wd"}, "conditions": [{}], **policy} for policy in policies],
        **more,
    }


def test_facts_that_no_policy_covers_are_refused() -> None:
    book = PolicyBook(read_policies(_table({"code": "a", "conditions": [{"kinds": ["help"]}]})))

    with pytest.raises(NoPolicyMatches, match="complaint"):
        book.match(Facts("complaint"))


def test_two_policies_that_can_tie_are_refused() -> None:
    table = _table(
        {"code": "road", "conditions": [{"topics": ["road"]}]},
        {"code": "weibo", "conditions": [{"channels": ["weibo"]}]},
    )

    with pytest.raises(PoliciesTie, match=r"road and weibo have the same rank"):
        read_policies(table)


def test_policies_of_one_rank_that_never_meet_are_fine() -> None:
    table = _table(
        {"code": "a", "conditions": [{"kinds": ["help"], "departments": ["water"]}]},
        {"code": "b", "conditions": [{"kinds": ["help"], "departments": ["road"]}]},
        {"code": "c", "conditions": [{"kinds": ["inquiry"], "answered_by_kb": True}]},
        {"code": "d", "conditions": [{"kinds": ["inquiry"], "answered_by_kb": False}]},
        {"code": "e", "rank": 5, "conditions": [{"tags": ["danger"]}]},
    )
    book = PolicyBook(read_policies(table))

    assert book.match(Facts("help", department="road")).code == "b"
    assert book.match(Facts("inquiry", answered_by_kb=True)).code == "c"
    assert book.match(Facts("help", frozenset({"danger"}), department="road")).code == "e"


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"conditions": []}, "matches nothing"),
        ({"conditions": [{"kinds": []}]}, "matches nothing"),
        ({"conditions": [{"mood": ["angry"]}]}, "is not a condition"),
        ({"conditions": [{"kinds": "help"}]}, "list of words"),
        ({"limits": {}}, "sets no limit"),
        ({"limits": {"resolve": "soon"}}, "cannot be used"),
        ({"limits": {"resolve": "0wd"}}, "at least 1"),
        ({"limits": {"dinner": "1wd"}}, "no clock"),
        ({"extension": "many"}, "cannot be used"),
        ({"rank": "high"}, "whole number"),
        ({"steps": {"default": {"warn": [0, 120]}}}, "between 1 and 99"),
        ({"steps": {"default": {"after": ["urge"]}}}, "named steps"),
        ({"steps": {"lunch": {}}}, "steps of clocks"),
        ({"conditions": [{"departments_at_least": 0}]}, "cannot be used"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_with_a_sentence(policy: dict[str, Any], said: str) -> None:
    with pytest.raises(BadPolicy, match=said):
        read_policies(_table({"code": "bad", **policy}))


def test_a_policy_that_another_always_hides_is_refused() -> None:
    table = _table({"code": "all", "rank": 9}, {"code": "help", "conditions": [{"kinds": ["help"]}]})

    with pytest.raises(BadPolicy, match="help matches nothing, because all always goes first"):
        read_policies(table)


def test_a_code_that_appears_twice_is_refused() -> None:
    with pytest.raises(BadPolicy, match="appears twice"):
        read_policies(_table({"code": "a"}, {"code": "a", "rank": 1}))


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", "nonsense", '{"policies": 5}', '{"policies": [5]}', "null"]
)
def test_a_file_that_is_no_policy_table_is_refused(content: str) -> None:
    with pytest.raises(BadPolicy):
        read_policies(content)


def test_an_unknown_policy_is_named() -> None:
    with pytest.raises(UnknownPolicy, match="nobody"):
        shipped_policies().policy("nobody")
    with pytest.raises(UnknownPolicy, match="17"):
        shipped_policies().version(17)


def test_tables_are_valid_json_with_their_source() -> None:
    for path in TABLES.glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["source"]
