"""Topics over time: stored, compared with the usual level, told when they surge, kept once a week."""

from datetime import timedelta

import pytest
from sqlmodel import select

from inbox.errors import CaseNotFound, NotAllowed
from inbox.models import Case
from inbox.notice_models import Notice
from inbox.topic_models import TopicDigest
from inbox.topic_watch import (
    list_topics,
    make_digest,
    most_usual,
    places_of,
    refresh_topics,
    tell_surges,
    topic_page,
)
from tests.inbox.conftest import NOW, TownHall

SMELL = (
    "柳渡工业园化工厂半夜排放臭气，熏得睡不着",
    "柳渡工业园附近夜里臭味刺鼻，请环保局查一查化工厂",
    "柳渡工业园的化工厂又在半夜偷排臭气",
    "住在柳渡工业园旁边，化工厂排放的臭气让孩子咳嗽",
)
LIGHTS = ("老城南门的路灯坏了", "老城南门路灯不亮，晚上很黑", "老城南门一排路灯都坏了没人修")
OTHERS = (
    "居住证怎么续签",
    "医保卡丢了怎么补办",
    "公积金能提取吗",
    "河里有垃圾",
    "公交车总是晚点",
    "噪音扰民",
)


def smell(number: int) -> list[str]:
    """Return so many different messages about the smell."""
    return [f"{SMELL[n % 4]}，第{n}天了{'，请来看看' * (n % 3)}" for n in range(number)]


def surges(hall: TownHall) -> list[Notice]:
    """Return what supervisors were told of surges."""
    return list(hall.session.exec(select(Notice).where(Notice.kind == "surge")).all())


def test_topics_are_stored_with_place_and_cases_and_keep_their_number(town_hall: TownHall) -> None:
    town_hall.receive(*smell(6), *LIGHTS, *OTHERS)

    assert refresh_topics(town_hall.session, now=NOW) >= 2
    first = list_topics(town_hall.session, town_hall.sun)
    town_hall.receive("柳渡工业园化工厂今晚又排放臭气了", now=NOW + timedelta(hours=1))
    refresh_topics(town_hall.session, now=NOW + timedelta(hours=2))
    second = list_topics(town_hall.session, town_hall.sun)

    hot = next(topic for topic in second if topic.place == "柳渡工业园")
    assert hot.size == 7
    assert hot.id in [topic.id for topic in first]
    assert ("柳渡工业园", 1, 7) in places_of(second)
    page = topic_page(town_hall.session, town_hall.sun, hot.id)
    assert len(page.rows) == 7
    assert page.lead_id == min(row.id for row in page.rows)


def test_growth_is_told_apart_from_chance(town_hall: TownHall) -> None:
    for weeks in range(1, 8):
        town_hall.receive(SMELL[weeks % 4] + "！" * weeks, now=NOW - timedelta(weeks=weeks, hours=5))
    town_hall.receive(*smell(8), *OTHERS, now=NOW - timedelta(hours=3))

    refresh_topics(town_hall.session, now=NOW)

    (topic,) = (t for t in list_topics(town_hall.session, town_hall.sun) if t.place == "柳渡工业园")
    assert (topic.this_week, topic.usual, topic.most_usual) == (8, 1.0, 3)
    assert topic.grows
    assert [t.id for t in list_topics(town_hall.session, town_hall.sun, growing=True)] == [topic.id]


@pytest.mark.parametrize(("mean", "most"), [(0.0, 0), (0.5, 2), (1.0, 3), (4.0, 8), (10.0, 17)])
def test_the_bound_is_the_poisson_quantile(mean: float, most: int) -> None:
    assert most_usual(mean) == most


def test_the_tenth_similar_message_is_told_once(town_hall: TownHall) -> None:
    town_hall.receive(*smell(9), *OTHERS)
    assert tell_surges(town_hall.session, now=NOW) == 0
    assert surges(town_hall) == []

    town_hall.receive("柳渡工业园化工厂排放臭气，第十个人来反映", now=NOW + timedelta(minutes=1))
    assert tell_surges(town_hall.session, now=NOW + timedelta(minutes=5)) == 1
    assert tell_surges(town_hall.session, now=NOW + timedelta(minutes=6)) == 0

    assert {notice.officer_id for notice in surges(town_hall)} >= {town_hall.sun.officer_id}
    assert len({notice.officer_id for notice in surges(town_hall)}) == len(surges(town_hall))
    assert list_topics(town_hall.session, town_hall.sun)[0].surge_at is not None


def test_a_flood_of_one_text_is_a_surge_too(town_hall: TownHall) -> None:
    town_hall.receive(*[SMELL[0] + "。" * n for n in range(120)])

    assert tell_surges(town_hall.session, now=NOW + timedelta(minutes=1)) == 1


def test_old_messages_and_few_ones_are_no_surge(town_hall: TownHall) -> None:
    town_hall.receive(*smell(9), now=NOW - timedelta(days=4))
    town_hall.receive(*smell(3), now=NOW)

    assert tell_surges(town_hall.session, now=NOW) == 0


def test_a_week_is_kept_once_and_told(town_hall: TownHall) -> None:
    town_hall.receive(*smell(6), *OTHERS, now=NOW - timedelta(days=7))
    refresh_topics(town_hall.session, now=NOW)

    assert make_digest(town_hall.session, now=NOW)
    assert not make_digest(town_hall.session, now=NOW + timedelta(hours=1))

    digest = town_hall.session.exec(select(TopicDigest)).one()
    assert digest.content["total"] == 6 + len(OTHERS)
    assert digest.content["topics"][0]["week"] == 6
    assert digest.week_from.weekday() == 0


def test_topics_are_for_supervisors(town_hall: TownHall) -> None:
    with pytest.raises(NotAllowed):
        list_topics(town_hall.session, town_hall.alice)
    with pytest.raises(CaseNotFound):
        topic_page(town_hall.session, town_hall.sun, 4711)


def test_nothing_received_makes_no_topic(town_hall: TownHall) -> None:
    assert refresh_topics(town_hall.session, now=NOW) == 0
    assert town_hall.session.exec(select(Case)).first() is None
