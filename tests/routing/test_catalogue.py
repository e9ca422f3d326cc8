"""The catalogue: edited in the database, loaded into memory, numbered by revision."""

import json
from importlib.resources import files
from typing import Any

import pytest
from sqlmodel import Session, select

from routing import RoutingFacts, catalogue_revision, decide, load_catalogue
from routing.county import catalogue_from_files, load_county
from routing.departments import (
    all_departments,
    close_department,
    create_department,
    department_by_code,
    reopen_department,
    update_department,
)
from routing.entries import (
    add_area,
    add_duty,
    add_rule,
    all_areas,
    all_duties,
    all_rules,
    disable_rule,
    remove_area,
    retire_duty,
    update_area,
    update_duty,
)
from routing.errors import BadCatalogue, BadRule, CodeTaken, DepartmentNotFound, EntryNotFound
from routing.models import Department, DepartmentKind
from tests.routing.conftest import NOW


def demo(name: str) -> Any:
    return json.loads((files("web") / "demo" / "county" / name).read_text(encoding="utf-8"))


def test_each_change_counts_a_revision(session: Session) -> None:
    assert catalogue_revision(session) == 0

    police = create_department(session, code="police", name="县公安局")
    duty = add_duty(session, code="police/household", department_id=police.id, title="户籍", words=["户口"])
    update_duty(session, duty.id, words=["户口", " 户口 ", "居住证"])

    assert catalogue_revision(session) == 3
    assert load_catalogue(session).revision == 3
    assert all_duties(session)[0].words == ("户口", "居住证")


def test_what_is_edited_is_what_decides(session: Session) -> None:
    water = create_department(session, code="water", name="县水务集团")
    duty = add_duty(
        session, code="water/supply", department_id=water.id, title="供水", words=["停水", "没水"]
    )
    facts = RoutingFacts("又停水了，没水三天")

    assert decide(load_catalogue(session), facts).department_id == water.id

    retire_duty(session, duty.id, now=NOW)
    assert decide(load_catalogue(session), facts).candidates == []
    assert all_duties(session) == []
    assert len(all_duties(session, include_retired=True)) == 1


def test_a_closed_department_gets_nothing_until_it_opens_again(session: Session) -> None:
    water = create_department(session, code="water", name="县水务集团")
    add_rule(session, kind="contains", value="停水", department_id=water.id, now=NOW)

    close_department(session, water.id, now=NOW)
    assert decide(load_catalogue(session), RoutingFacts("停水")).department_id is None
    assert all_departments(session) == []

    reopen_department(session, water.id)
    assert decide(load_catalogue(session), RoutingFacts("停水")).department_id == water.id


def test_rules_are_tried_by_position_and_can_be_switched_off(session: Session) -> None:
    police = create_department(session, code="police", name="县公安局")
    water = create_department(session, code="water", name="县水务集团")
    add_rule(session, kind="contains", value="停水", department_id=water.id, position=2, now=NOW)
    first = add_rule(session, kind="pattern", value="停.", department_id=police.id, position=1, now=NOW)

    assert decide(load_catalogue(session), RoutingFacts("停水")).department_id == police.id

    disable_rule(session, first.id, now=NOW)
    assert decide(load_catalogue(session), RoutingFacts("停水")).department_id == water.id
    assert [rule.is_disabled for rule in all_rules(session, include_disabled=True)] == [True, False]


@pytest.mark.parametrize("value", ["", "  ", "(", "(a+)+b", ".*", "x?"])
def test_a_rule_that_cannot_work_is_refused(session: Session, value: str) -> None:
    police = create_department(session, code="police", name="县公安局")

    with pytest.raises(BadRule):
        add_rule(session, kind="pattern", value=value, department_id=police.id, now=NOW)


def test_an_area_passes_its_town_to_the_places_in_it(session: Session) -> None:
    town = create_department(session, code="east", name="东镇", kind="town")
    county = add_area(session, code="county", name="样县")
    east = add_area(session, code="east", name="东镇", parent_id=county.id, department_id=town.id)
    village = add_area(session, code="bridge", name="东桥村", parent_id=east.id)
    update_area(session, village.id, aliases=["桥头自然村"])

    decision = decide(load_catalogue(session), RoutingFacts("桥头自然村的事"))
    assert decision.candidates[0].department_id == town.id

    remove_area(session, east.id)
    assert [area.parent_id for area in all_areas(session)] == [None, county.id]


def test_codes_are_unique_and_ids_must_exist(session: Session) -> None:
    police = create_department(session, code="police", name="县公安局")
    add_area(session, code="east", name="东镇")

    with pytest.raises(CodeTaken):
        create_department(session, code="police", name="另一个")
    with pytest.raises(CodeTaken):
        add_area(session, code="east", name="东镇")
    with pytest.raises(DepartmentNotFound):
        add_duty(session, code="x", department_id=police.id + 1, title="无")
    with pytest.raises(EntryNotFound):
        update_duty(session, 99, title="无")
    with pytest.raises(TypeError):
        update_department(session, police.id, code="other")


def test_the_demo_county_loads_once(session: Session) -> None:
    first = load_county(session, demo("county.json"), demo("catalogue.json"))
    revision = catalogue_revision(session)
    again = load_county(session, demo("county.json"), demo("catalogue.json"))

    assert first.departments == 32
    assert first.duties > 60
    assert again.departments == again.duties == again.areas == 0
    assert catalogue_revision(session) == revision
    assert department_by_code(session, "town-liudu") is not None


def test_the_loaded_catalogue_decides_as_the_files_do(session: Session) -> None:
    load_county(session, demo("county.json"), demo("catalogue.json"))
    stored, from_files = (
        load_catalogue(session),
        catalogue_from_files(demo("county.json"), demo("catalogue.json")),
    )

    for text in ("身份证过期了怎么换", "柳渡村的村道坏了", "拖欠工资", "停水又停电", "你好"):
        facts = RoutingFacts(text)
        assert [(c.code, c.confidence) for c in decide(stored, facts).candidates] == [
            (c.code, c.confidence) for c in decide(from_files, facts).candidates
        ]


def test_the_demo_catalogue_names_only_invented_offices(session: Session) -> None:
    load_county(session, demo("county.json"), demo("catalogue.json"))

    for department in session.exec(select(Department)):
        assert department.phone.startswith("0000-6")
        if department.kind is DepartmentKind.DEPARTMENT:
            assert all_duties(session, department_id=department.id)


def test_a_bad_catalogue_file_is_refused(session: Session) -> None:
    county = {"name": "样县", "departments": [{"code": "a", "name": "甲"}], "towns": []}

    with pytest.raises(BadCatalogue):
        load_county(session, county, {"departments": [{"code": "b", "duties": [{}]}], "towns": []})
    with pytest.raises(BadCatalogue):
        load_county(session, county, {"towns": []})
