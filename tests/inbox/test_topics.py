"""Topics: groups by place and matter, the hottest first."""

from inbox.topics import TopicMessage, find_topics
from tests.measuring import measuring_lines

PLANT = [
    "丽景小区旁边搅拌站噪音扰民",
    "投诉丽景小区附近建搅拌站，粉尘太大",
    "丽景小区搅拌站半夜施工，睡不着",
    "求撤走丽景小区旁的搅拌站",
]
OTHERS = [
    "公积金贷款能不能改名字",
    "七路公交为什么改线",
    "居住证怎么办理",
    "中学门口有人卖过期辣条",
    "江边路灯不亮已经两周",
    "老人高龄补贴从几岁开始领",
]


def listed(titles: list[str]) -> list[TopicMessage]:
    return [TopicMessage(str(number), title, title) for number, title in enumerate(titles)]


def test_messages_about_one_matter_make_a_topic() -> None:
    topics = find_topics(listed(PLANT + OTHERS))

    assert set(topics[0].keys) == {"0", "1", "2", "3"}
    assert "搅拌站" in topics[0].label


def test_a_message_is_in_one_topic_at_most() -> None:
    topics = find_topics(listed((PLANT + OTHERS) * 2))

    keys = [key for topic in topics for key in topic.keys]
    assert len(keys) == len(set(keys))


def test_likes_and_size_make_a_topic_hotter() -> None:
    liked = [TopicMessage(str(n), title, title, likes=500) for n, title in enumerate(PLANT)]

    plain = find_topics(listed(PLANT + OTHERS))[0].score
    hot = find_topics([*liked, *(TopicMessage(f"o{n}", t, t) for n, t in enumerate(OTHERS))])[0].score

    assert hot > plain


def test_few_empty_or_equal_messages_are_no_error() -> None:
    assert find_topics([]) == []
    assert find_topics(listed(["停水", "停水"])) == []
    assert find_topics(listed(["", "", "", ""])) == []
    assert len(find_topics(listed(PLANT + OTHERS), limit=0)) == 0


def test_real_topics_come_out_among_the_first_five() -> None:
    lines = measuring_lines("topics/messages.jsonl")
    topics = find_topics(
        TopicMessage(line["id"], line["title"], line["text"], line["likes"]) for line in lines
    )

    for silver in ("1", "2"):
        wanted = {line["id"] for line in lines if line["silver_topic"] == silver}
        best = max(topics[:5], key=lambda topic: len(wanted & set(topic.keys)))
        assert len(wanted & set(best.keys)) >= 0.85 * len(wanted)
