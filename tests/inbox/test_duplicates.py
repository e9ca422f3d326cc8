"""Near duplicates: found as the exhaustive comparison finds them, and much faster."""

from time import perf_counter

from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from inbox.duplicates import SIMILAR_FROM, DuplicateIndex, agreeing_passages, comparable_text, find_pairs
from tests.measuring import measuring_lines


def test_a_forwarded_text_is_found_whatever_its_signs() -> None:
    index = DuplicateIndex()
    index.add(1, "望江社区停水三天了，没人管！！")
    index.add(2, "柳渡工业园半夜有臭味")

    duplicates = index.find("望江社区 停水3天了 没人管")

    assert [duplicate.key for duplicate in duplicates] == [1]
    assert 0.8 <= duplicates[0].similarity < 1


def test_title_and_text_count_together() -> None:
    index = DuplicateIndex()
    index.add(1, "已经三天了没有人来修", title="望江社区停水")

    assert [found.key for found in index.find("望江社区停水已经三天了没有人来修")] == [1]


def test_what_is_removed_or_replaced_is_not_found() -> None:
    index = DuplicateIndex()
    index.add(1, "望江社区停水三天了没人管")
    index.add(1, "柳渡工业园半夜有臭味")

    assert index.find("望江社区停水三天了没人管") == []
    assert len(index) == 1

    index.remove(1)
    index.remove(1)
    assert 1 not in index
    assert index.find("柳渡工业园半夜有臭味") == []


def test_the_shortest_texts_match_themselves_and_empty_ones_nothing() -> None:
    index = DuplicateIndex()
    for key, text in enumerate(("好", "好的", "", "！！", "\ud800停水")):
        index.add(key, text)

    assert [found.key for found in index.find("好")] == [0]
    assert index.find("") == []
    assert index.find("。。。") == []


def test_the_most_similar_comes_first_up_to_the_limit() -> None:
    index = DuplicateIndex()
    index.add(1, "望江社区停水三天了没有人管啊")
    index.add(2, "望江社区停水三天了没有人管")

    assert [found.key for found in index.find("望江社区停水三天了没有人管")] == [2, 1]
    assert len(index.find("望江社区停水三天了没有人管", limit=1)) == 1


def test_agreeing_passages_lie_at_the_same_words() -> None:
    text, other = "望江社区停水三天了，没人管", "请看：望江社区停水5天了，没人管！"

    passages = agreeing_passages(text, other)

    assert [text[p.start : p.end] for p in passages] == ["望江社区停水", "天了，没人管"]
    assert all(text[p.start : p.end] == other[p.other_start : p.other_end] for p in passages)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.text("停水三天了没人管路灯坏", min_size=1, max_size=30), min_size=2, max_size=8, unique=True)
)
def test_pairs_are_never_below_the_limit(texts: list[str]) -> None:
    for pair in find_pairs((None, text) for text in texts):
        ratio = fuzz.ratio(comparable_text(texts[pair.first]), comparable_text(texts[pair.second]))
        assert ratio >= SIMILAR_FROM
        assert pair.similarity == ratio / 100


def test_real_messages_give_the_pairs_of_the_exhaustive_comparison() -> None:
    lines = measuring_lines("topics/messages.jsonl")[:900]
    texts = [comparable_text(line["text"], title=line["title"]) for line in lines]

    start = perf_counter()
    table = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=SIMILAR_FROM, workers=1)
    exhaustive_seconds = perf_counter() - start
    wanted = {(i, j) for i, j in zip(*table.nonzero(), strict=True) if i < j}
    start = perf_counter()
    pairs = {
        (pair.first, pair.second) for pair in find_pairs((line["title"], line["text"]) for line in lines)
    }
    seconds = perf_counter() - start

    assert len(pairs & wanted) >= 0.99 * len(wanted)
    assert len(pairs & wanted) >= 0.95 * len(pairs)
    assert seconds * 3 < exhaustive_seconds
