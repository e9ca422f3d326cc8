"""Where a message is from: what it names, the account's area, and all above them, the nearest first."""

import pytest

from routing.catalogue import AreaEntry, Catalogue
from routing.whereabouts import areas_of

COUNTY = AreaEntry("county", "岚汀县")
TOWN = AreaEntry("yunling", "云岭坪乡", ("云岭坪",), parent_code="county")
VILLAGE = AreaEntry("gaoping", "高坪村", parent_code="yunling")
OTHER = AreaEntry("tingwan", "汀湾街道", parent_code="county")
CATALOGUE = Catalogue.build([], areas=[COUNTY, TOWN, VILLAGE, OTHER])


@pytest.mark.parametrize(
    ("text", "account", "areas"),
    [
        ("高坪村的路灯坏了", None, ("gaoping", "yunling", "county")),
        ("云岭坪没信号", "county", ("yunling", "county")),
        ("路灯坏了", "tingwan", ("tingwan", "county")),
        ("从汀湾街道搬到高坪村怎么迁户口", None, ("gaoping", "tingwan", "yunling", "county")),
        ("路灯坏了", "unknown", ("unknown",)),
        ("路灯坏了", None, ()),
    ],
)
def test_the_nearest_area_comes_first(text: str, account: str | None, areas: tuple[str, ...]) -> None:
    found = areas_of(CATALOGUE, text, account)

    assert set(found) == set(areas)
    assert found[0:1] == areas[0:1]
    assert found[-1:] == areas[-1:]


def test_areas_that_stand_below_each_other_end() -> None:
    circle = Catalogue.build(
        [], areas=[AreaEntry("a", "甲村", parent_code="b"), AreaEntry("b", "乙村", parent_code="a")]
    )

    assert set(areas_of(circle, "甲村")) == {"a", "b"}
