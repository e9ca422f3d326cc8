"""Two texts side by side: nothing is lost, and what is marked is what differs."""

from hypothesis import given
from hypothesis import strategies as st

from web.differences import MOST_WORDS, difference, side_by_side


def test_a_changed_word_is_marked_and_the_rest_is_not() -> None:
    assert difference("尽快修好电梯", "周五前修好电梯") == [
        ("delete", "尽快"),
        ("insert", "周五前"),
        ("equal", "修好电梯"),
    ]


def test_a_number_changes_as_a_whole() -> None:
    assert ("insert", "2027") in difference("2026年", "2027年")


def test_equal_lines_stay_plain_and_new_lines_stand_alone() -> None:
    assert side_by_side("您好\n再见", "您好\n电话6120000\n再见") == [
        ("您好", "您好"),
        (None, "电话6120000"),
        ("再见", "再见"),
    ]


def test_a_very_long_line_is_not_compared_word_by_word() -> None:
    long = "字" * (MOST_WORDS + 1)

    assert difference(long, "短") == [("delete", long), ("insert", "短")]


@given(st.text(alphabet="甲乙丙 ab1\n", max_size=40), st.text(alphabet="甲乙丙 ab1\n", max_size=40))
def test_either_text_can_be_read_from_the_difference(before: str, after: str) -> None:
    parts = difference(before, after)

    assert "".join(text for kind, text in parts if kind != "insert") == before
    assert "".join(text for kind, text in parts if kind != "delete") == after


@given(st.text(alphabet="甲乙丙\n", max_size=40), st.text(alphabet="甲乙丙\n", max_size=40))
def test_either_side_has_every_line_of_its_text(before: str, after: str) -> None:
    def plain(side: object) -> str | None:
        if side is None or isinstance(side, str):
            return side
        return "".join(text for _, text in side)  # type: ignore[attr-defined]

    rows = side_by_side(before, after)

    assert [plain(left) for left, _ in rows if left is not None] == before.split("\n")
    assert [plain(right) for _, right in rows if right is not None] == after.split("\n")
