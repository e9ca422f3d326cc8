"""Near duplicates at intake: other people's, one person's repeats and news, and what a dismissal keeps away."""

from datetime import timedelta

import pytest
from sqlalchemy import func
from sqlmodel import select

from inbox.duplicates import find_pairs
from inbox.group_models import CaseGram, CaseLink, LinkState, Relation
from inbox.groups import dismiss_link
from inbox.intake import Submission, receive_messages
from inbox.models import Case
from inbox.novelty import compare, is_same_matter
from inbox.similar import forget_grams, similar_cases
from inbox.triage import triage_cases
from tests.inbox.conftest import NOW, TownHall

OUTAGE = "望江社区三栋从昨天下午开始停水，一直没有人来修，楼上老人做饭都成问题，请尽快派人来看看。"


def write(hall: TownHall, text: str, *, by: str | None = None, number: int = 0) -> Case:
    """Let a citizen write; `by` is how the platform knows them."""
    submission = Submission(
        external_id=f"{by}-{number}-{text[:30]}", text=text, raw=text.encode(), author_ref=by, author_name=by
    )
    taken = receive_messages(hall.session, hall.account, [submission], now=NOW)
    case_id = (taken.new or taken.repeated)[0].case_id
    triage_cases(hall.session, [case_id], hall.tools, now=NOW)
    return hall.session.get_one(Case, case_id, populate_existing=True)


def link_of(hall: TownHall, case: Case) -> CaseLink | None:
    """Return what the case is linked to."""
    return hall.session.get(CaseLink, case.id)


def test_a_neighbour_who_writes_nearly_the_same_is_suggested_for_the_first_one(town_hall: TownHall) -> None:
    first = write(town_hall, OUTAGE, by="李")
    second = write(town_hall, OUTAGE.replace("三栋", "5栋") + "！！", by="王")
    third = write(town_hall, OUTAGE.replace("昨天", "前天"), by="赵")

    links = [link_of(town_hall, case) for case in (second, third)]

    assert link_of(town_hall, first) is None
    assert all(link and link.lead_id == first.id for link in links)
    assert all(link and link.relation == Relation.OTHERS for link in links)
    assert all(link and link.state == LinkState.SUGGESTED and link.similarity >= 0.8 for link in links)
    assert third.repeat_count == 0


def test_the_same_person_saying_nothing_new_is_a_repeat_and_is_counted(town_hall: TownHall) -> None:
    first = write(town_hall, OUTAGE, by="李")
    again = write(
        town_hall, "再次反映：望江社区三栋从昨天下午开始停水，还是没有人来修，请尽快处理！", by="李"
    )
    third = write(town_hall, "望江社区三栋停水，第三次反映了，至今没人管。", by="李")

    link = link_of(town_hall, again)

    assert link is not None
    assert (link.relation, link.is_repeat, link.news) == (Relation.SAME_PERSON, True, [])
    assert link.lead_id == first.id
    assert (first.repeat_count, again.repeat_count, third.repeat_count) == (0, 2, 3)


def test_new_facts_of_the_same_person_are_marked_and_no_repeat(town_hall: TownHall) -> None:
    write(town_hall, OUTAGE, by="李")
    text = "望江社区三栋从昨天下午开始停水，一直没有人来修。今天地下车库的配电房也进水了，电梯已经冒烟。"
    again = write(town_hall, text, by="李")

    link = link_of(town_hall, again)

    assert link is not None
    assert not link.is_repeat
    assert again.repeat_count == 0
    assert "配电房也进水" in "".join(text[start:end] for start, end in link.news)
    assert "停水" not in "".join(text[start:end] for start, end in link.news)


def test_another_matter_of_the_same_person_is_not_linked(town_hall: TownHall) -> None:
    write(town_hall, OUTAGE, by="李")
    other = write(town_hall, "请问居住证到期以后怎么续签，需要带哪些材料？", by="李")

    assert link_of(town_hall, other) is None


def test_messages_of_one_file_find_each_other(town_hall: TownHall) -> None:
    cases = town_hall.receive(OUTAGE, OUTAGE + "谢谢", "完全是另外一件事情，关于路灯")

    links = [link_of(town_hall, case) for case in cases]

    assert [link.lead_id if link else None for link in links] == [None, cases[0].id, None]


def test_triage_again_neither_doubles_nor_revives_what_was_dismissed(town_hall: TownHall) -> None:
    first, second = town_hall.receive(OUTAGE, OUTAGE + "谢谢")
    assert dismiss_link(town_hall.session, town_hall.sun, second.id or 0, now=NOW)
    assert not dismiss_link(town_hall.session, town_hall.sun, second.id or 0, now=NOW)

    second.triaged_steps = []
    town_hall.session.flush()
    triage_cases(town_hall.session, [second.id or 0], town_hall.tools, now=NOW)

    link = town_hall.session.get(CaseLink, second.id, populate_existing=True)
    assert link is not None
    assert link.state == LinkState.DISMISSED
    assert link.lead_id == first.id


def test_ten_thousand_identical_messages_keep_one_leader_and_a_bounded_search(town_hall: TownHall) -> None:
    cases = town_hall.receive(*[OUTAGE + "。" * number for number in range(450)])

    leads = set(town_hall.session.exec(select(CaseLink.lead_id)).all())

    assert leads == {cases[0].id}
    assert len(similar_cases(town_hall.session, OUTAGE)) <= 40


def test_the_index_in_the_database_finds_what_the_one_in_memory_finds(town_hall: TownHall) -> None:
    texts = [
        f"{place}的{thing}坏了{days}天了，{wish}"
        for place in ("望江社区", "柳渡工业园", "老城南门")
        for thing in ("路灯", "电梯")
        for days in (2, 3)
        for wish in ("请派人修。", "没有人管，请尽快派人来修！")
    ]
    cases = town_hall.receive(*texts)

    found = {
        (position, cases.index(other))
        for position, text in enumerate(texts)
        for case_id, _ in similar_cases(town_hall.session, text)
        for other in cases
        if other.id == case_id and other is not cases[position]
    }
    expected = {(pair.first, pair.second) for pair in find_pairs((None, text) for text in texts)}
    assert {tuple(sorted(pair)) for pair in found} == expected


def test_what_was_closed_a_year_ago_is_forgotten(town_hall: TownHall) -> None:
    (case,) = town_hall.receive(OUTAGE)
    case.closed_at = NOW
    town_hall.session.flush()

    assert forget_grams(town_hall.session, now=NOW + timedelta(days=364)) == 0
    assert forget_grams(town_hall.session, now=NOW + timedelta(days=366)) == 1
    assert town_hall.session.scalar(select(func.count()).select_from(CaseGram)) == 0


@pytest.mark.parametrize("text", ["！！", "好", "🙂🙂", "a" * 90_000])
def test_odd_texts_are_indexed_without_ado(town_hall: TownHall, text: str) -> None:
    (case,) = town_hall.receive(text)

    assert "duplicates" in case.triaged_steps


def test_urging_and_courtesy_are_no_news() -> None:
    before = "老城南门的路灯坏了，晚上很黑"

    assert compare("领导您好，老城南门的路灯还是没有人修，请尽快处理，谢谢", before).is_repeat
    assert not compare("老城南门的路灯坏了，昨晚有人在那里摔断了腿", before).is_repeat


def test_the_same_courtesies_do_not_make_the_same_matter() -> None:
    assert is_same_matter("尊敬的领导您好，请尽快解决停水", "尊敬的领导您好，请尽快解决噪音") == 0
