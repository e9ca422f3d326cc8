"""Suggestions: the right article first, a reason for it, nothing when nothing fits or may be used."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from knowledge_base.amendments import add_phrasing
from knowledge_base.articles import install_article, retire_article
from knowledge_base.base_revision import base_revision
from knowledge_base.content import ArticleContent
from knowledge_base.models import ArticleStatus, Authority
from knowledge_base.suggest import Entry, SuggestionEngine, load_engine
from knowledge_base.vocabulary import add_synonyms, remove_synonyms
from tests.knowledge_base.conftest import BOB, CHEN, NOW, TODAY

QUESTIONS = [
    "居住证怎么办理？需要带什么材料？",
    "身份证丢了怎么补办？",
    "公司拖欠工资，应该向哪个部门反映？",
    "劳动仲裁怎么申请？要多久有结果？",
    "城乡居民医保怎么缴费？",
    "异地就医怎么备案？",
    "老年人高龄津贴怎么申请？",
    "残疾证怎么办理？",
    "结婚登记需要带什么证件？",
    "幼儿园什么时候报名？",
    "小区电梯坏了没人修怎么办？",
    "路灯不亮向谁反映？",
    "夜间施工噪音扰民怎么投诉？",
    "垃圾清运不及时找谁？",
    "农村宅基地怎么申请？",
    "营业执照怎么办理？",
    "公积金怎么提取？",
    "自来水停水了找谁？",
    "办理不动产证能不能网上预约？",
    "占用消防通道停车归谁管？",
]
ENGINE = SuggestionEngine.build(
    [Entry(number, question) for number, question in enumerate(QUESTIONS, start=1)]
)


def first(text: str) -> int | None:
    found = ENGINE.suggest(text)
    return found[0].article_id if found else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请问办居住证要什么材料", 1),
        ("身份证掉了咋补办啊", 2),
        ("老板三个月没发工资，拖欠工资找哪个部门", 3),
        ("申请劳动仲裁要多久", 4),
        ("领导您好，我想问一下異地就醫備案怎麼弄？？谢谢！", 6),
        ("Ｑ：残疾证怎么办理😀😀", 8),
        ("小区的电梯又坏了，打物业电话没人管，电梯坏了没人修找谁啊", 11),
        ("晚上十一点了工地还在夜间施工，噪音扰民，怎么投诉", 13),
    ],
)
def test_question_as_people_type_it_finds_its_article(text: str, expected: int) -> None:
    assert first(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "。",
        "！？……",
        "水",
        "a",
        "\ud800",
        "\x00",
        "👍" * 10_000,
        "谢谢",
        "祝大家新年快乐",
        "asdf" * 50,
    ],
)
def test_nothing_is_suggested_where_nothing_fits(text: str) -> None:
    assert ENGINE.suggest(text) == []


def test_confidence_is_a_share_best_first_and_limited() -> None:
    found = ENGINE.suggest("怎么办理居住证和残疾证", limit=2, threshold=0.0)

    assert len(found) == 2
    assert 1 > found[0].confidence >= found[1].confidence >= 0


def test_threshold_hides_what_is_unsure() -> None:
    text = "办理需要什么"
    unsure = ENGINE.suggest(text, threshold=0.0)[0].confidence

    assert ENGINE.suggest(text, threshold=unsure + 0.01) == []


def test_terms_mark_what_both_texts_share_in_the_raw_text() -> None:
    text = "領導，請問「居住證」在哪裏辦理？"

    found = ENGINE.suggest(text, threshold=0.0)[0]

    assert [text[start:end] for start, end in found.terms] == ["居住證", "辦理"]
    marked = [found.matched_phrasing[start:end] for start, end in found.phrasing_terms]
    assert marked == ["居住证", "办理"]
    assert found.reasons[0].code == "shared_words"
    assert "居住证" in found.reasons[0].params["words"]


def test_terms_are_places_in_the_text_not_in_the_title() -> None:
    text = "居住证在哪里办理"

    found = ENGINE.suggest(text, title="咨询居住证", threshold=0.0)[0]

    assert [text[start:end] for start, end in found.terms] == ["居住证", "办理"]


def test_matched_phrasing_is_named_and_an_article_appears_once() -> None:
    engine = SuggestionEngine.build(
        [Entry(1, QUESTIONS[0], ("暂住证在哪里办", "办暂住证要什么")), Entry(2, QUESTIONS[1])]
    )

    found = engine.suggest("暂住证在哪里办？", threshold=0.0)

    assert [s.article_id for s in found].count(1) == 1
    assert found[0].matched_phrasing == "暂住证在哪里办"
    assert found[0].question == QUESTIONS[0]
    assert "similar_phrasing" in [reason.code for reason in found[0].reasons]


def test_article_of_another_area_is_left_out_only_when_the_area_is_known() -> None:
    engine = SuggestionEngine.build(
        [Entry(1, "云岭镇养老院怎么申请入住？", region="yunling"), Entry(2, "养老院怎么申请入住？")]
    )
    text = "养老院怎么申请入住"

    known = [s.article_id for s in engine.suggest(text, region=["tingwan", "county"], threshold=0.0)]
    home = [s.article_id for s in engine.suggest(text, region="yunling", threshold=0.0)]
    unknown = [s.article_id for s in engine.suggest(text, threshold=0.0)]

    assert known == [2]
    assert set(home) == set(unknown) == {1, 2}


def test_the_citizens_own_area_goes_first_the_nearest_of_all() -> None:
    engine = SuggestionEngine.build(
        [
            Entry(1, "垃圾什么时候清运？", authority=Authority.NATIONAL),
            Entry(2, "垃圾什么时候清运？", region="county"),
            Entry(3, "垃圾什么时候清运？", region="yunling"),
            Entry(4, "垃圾什么时候清运？", region="tingwan"),
        ]
    )

    def found(region: tuple[str, ...] | None) -> list[int]:
        return [hit.article_id for hit in engine.suggest("垃圾什么时候清运", region=region, threshold=0.0)]

    assert found(("yunling", "county")) == [3, 2, 1]
    assert found(("county",)) == [2, 1]
    assert found(None)[0] == 1


def test_what_is_clearly_surer_goes_before_the_citizens_own_area() -> None:
    others = [Entry(number, f"第{number}号事项如何登记") for number in range(10, 30)]
    engine = SuggestionEngine.build(
        [Entry(1, "居住证怎么办理？"), Entry(2, "居住区公共设施如何管理？", region="yunling"), *others]
    )

    found = engine.suggest("居住证怎么办理", region=("yunling",), threshold=0.0)

    assert found[0].article_id == 1


def test_higher_authority_goes_first_on_a_tie() -> None:
    engine = SuggestionEngine.build(
        [
            Entry(1, "婚假有几天？", authority=Authority.DEPARTMENT),
            Entry(2, "婚假有几天？", authority=Authority.NATIONAL),
        ]
    )

    assert [s.article_id for s in engine.suggest("婚假有几天", threshold=0.0)] == [2, 1]


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "shown"),
    [
        (None, None, True),
        (TODAY, TODAY, True),
        (date(2026, 11, 21), None, False),
        (None, date(2026, 11, 19), False),
        (date(2026, 1, 1), date(2026, 11, 20), True),
    ],
)
def test_article_is_suggested_only_within_its_dates(
    valid_from: date | None, valid_until: date | None, shown: bool
) -> None:
    engine = SuggestionEngine.build(
        [
            Entry(1, QUESTIONS[0], valid_from=valid_from, valid_until=valid_until),
            Entry(2, "路灯不亮向谁反映？"),
        ]
    )

    found = engine.suggest(QUESTIONS[0], today=TODAY, threshold=0.0)

    assert (1 in [s.article_id for s in found]) is shown


def test_homophone_typing_error_still_finds_the_article() -> None:
    assert ENGINE.suggest("居主证怎么办里", threshold=0.0)[0].article_id == 1


@pytest.mark.parametrize("size", [0, 1, 2])
def test_tiny_base_answers_without_failing(size: int) -> None:
    engine = SuggestionEngine.build([Entry(n, QUESTIONS[n]) for n in range(size)])

    found = engine.suggest(QUESTIONS[0], threshold=0.0)

    assert len(found) == min(size, 1) or found[0].article_id == 0


def test_very_long_text_is_cut_not_refused() -> None:
    text = "居住证怎么办理，需要带什么材料。" + "哈" * 1_000_000

    assert ENGINE.suggest(text, threshold=0.0)[0].article_id == 1


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300), title=st.none() | st.text(max_size=40))
def test_any_text_gives_sound_suggestions(text: str, title: str | None) -> None:
    for found in ENGINE.suggest(text, title=title, threshold=0.0):
        assert 0 <= found.confidence <= 0.99
        assert all(0 <= start < end <= len(text) for start, end in found.terms)
        assert all(0 <= start < end <= len(found.matched_phrasing) for start, end in found.phrasing_terms)


def test_only_what_is_published_and_not_expired_is_loaded(session: Session) -> None:
    for status in ArticleStatus:
        content = ArticleContent(QUESTIONS[0], "答复。")
        install_article(session, content, key=status, author_id=CHEN, reviewer_id=BOB, now=NOW, status=status)
    expired = ArticleContent(QUESTIONS[0], "答复。", valid_until=date(2026, 11, 19))
    install_article(session, expired, key="expired", author_id=CHEN, reviewer_id=BOB, now=NOW)

    engine = load_engine(session, today=TODAY)

    assert len(engine) == 1


def test_every_change_moves_the_revision_that_other_processes_watch(session: Session) -> None:
    content = ArticleContent(QUESTIONS[0], "答复。")
    article = install_article(session, content, key="a", author_id=CHEN, reviewer_id=BOB, now=NOW)
    seen = [base_revision(session)]

    add_phrasing(session, article.id or 0, "办暂住证", author_id=CHEN, now=NOW)
    seen.append(base_revision(session))
    group = add_synonyms(session, ["居住证", "暂住证"])
    seen.append(base_revision(session))
    remove_synonyms(session, group.id or 0, now=NOW)
    seen.append(base_revision(session))
    retire_article(session, article.id or 0, actor_id=BOB, now=NOW)
    seen.append(base_revision(session))

    assert seen == sorted(set(seen))
    assert load_engine(session, today=TODAY).revision == seen[-1]


def test_editors_synonyms_relate_words_that_share_no_character(session: Session) -> None:
    for key, question in (("a", "法律援助怎么申请？"), ("b", "救助怎么申请？"), ("c", "低保怎么申请？")):
        content = ArticleContent(question, "答复。")
        install_article(session, content, key=key, author_id=CHEN, reviewer_id=BOB, now=NOW)
    add_synonyms(session, ["法律援助", "免费律师"])

    found = load_engine(session, today=TODAY).suggest("免费律师怎么申请", threshold=0.0)

    assert found[0].question == "法律援助怎么申请？"


def test_two_questions_in_one_message_get_suggestions_each() -> None:
    text = "领导好，居住证怎么办理，需要带什么材料？另外小区电梯坏了没人修怎么办？"

    found = ENGINE.suggest(text)

    assert {s.article_id for s in found[:2]} == {1, 11}
    parts = [text[slice(*s.ask)] for s in found if s.ask is not None]
    assert all("电梯" in part or "居住证" in part for part in parts)


def test_terms_of_one_ask_are_places_in_the_whole_message() -> None:
    text = "居住证怎么办理，需要带什么材料？另外小区电梯坏了没人修怎么办？"

    for found in ENGINE.suggest(text):
        assert found.terms
        for start, end in found.terms:
            assert text[start:end] in found.matched_phrasing


HOSTILE = [
    "居" * 100_000,
    "居住" * 50_000,
    "e" + "\u0301" * 100_000,
    "\ud800" * 1_000 + "居住证怎么办理" + "\udfff" * 1_000,
    "\u202e居住证\u200b怎么\ufeff办理\u2066",
    "居住证residence permitвид на жительство滞在許可" * 200,
    "，。！？" * 50_000,
    "1" * 100_000,
    "a市" * 50_000,
    "可以" * 20_000 + "不",
    "\n" * 100_000 + "居住证怎么办理",
    "".join(map(chr, range(0x4E00, 0x9FFF))),
    "\U0002a6d6" * 10_000,
    "居住证怎么办理？" * 131_072,  # more than a megabyte
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_message_is_answered_soundly(text: str) -> None:
    for found in ENGINE.suggest(text, title=text, threshold=0.0) + ENGINE.suggest(text, threshold=0.0):
        assert 0 <= found.confidence <= 0.99
        assert all(0 <= start < end <= len(text) for start, end in found.terms)


@pytest.mark.parametrize("text", [*HOSTILE, "", "。", "水", "\x00"], ids=range(len(HOSTILE) + 4))
def test_hostile_article_harms_no_other(text: str) -> None:
    engine = SuggestionEngine.build([Entry(1, text[:2_000], (text[:2_000],)), Entry(2, "路灯不亮向谁反映？")])

    assert engine.suggest("路灯不亮", threshold=0.0)[0].article_id == 2
    engine.suggest(text, threshold=0.0)
