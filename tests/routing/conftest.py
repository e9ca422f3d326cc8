"""A small county: three departments and two towns, with duties, areas and their words."""

from datetime import UTC, datetime

import pytest

from routing.catalogue import AreaEntry, Catalogue, DepartmentEntry, DutyEntry

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
POLICE, LABOUR, WATER, EAST, WEST = 1, 2, 3, 11, 12


@pytest.fixture
def catalogue() -> Catalogue:
    return small_catalogue()


def small_catalogue() -> Catalogue:
    """Build the small county's catalogue."""
    departments = [
        DepartmentEntry(POLICE, "police", "县公安局", aliases=("派出所",)),
        DepartmentEntry(LABOUR, "labour", "县人社局"),
        DepartmentEntry(WATER, "water", "县水务集团"),
        DepartmentEntry(EAST, "east", "东镇", is_town=True),
        DepartmentEntry(WEST, "west", "西镇", is_town=True),
    ]
    duties = [
        DutyEntry.written(
            POLICE, "户籍", ["户口", "身份证", "居住证"], "中华人民共和国户口登记条例", exclusive=True
        ),
        DutyEntry.written(LABOUR, "欠薪", ["拖欠工资", "欠薪", "~身份证"], "保障农民工工资支付条例"),
        DutyEntry.written(WATER, "供水", ["停水", "水压", "ＥＴＣ"], "城市供水条例"),
        *(DutyEntry.written(town, "村务", ["村务公开", "村道"]) for town in (EAST, WEST)),
    ]
    areas = [
        AreaEntry("county", "样县"),
        AreaEntry("east", "东镇", ("东桥村", "东桥"), EAST, "county"),
        AreaEntry("west", "西镇", ("西河村",), WEST, "county"),
    ]
    return Catalogue.build(departments, duties, areas)
