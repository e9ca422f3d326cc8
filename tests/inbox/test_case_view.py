"""The case page's query: what is covered, what is marked, what a supplement hides."""

from inbox.case_view import case_view
from inbox.models import Case
from inbox.privacy import find_personal, mask, shift_spans
from inbox.ratings import supplement_case
from tests.inbox.conftest import NOW, TownHall

LIFT = "我家住在北塔路18号3栋2单元501室，邮箱li.ming.2020@example.com，手机13812345678，小区电梯坏了没人修。"


def test_marks_of_a_suggestion_follow_the_words_when_something_before_them_is_covered(
    town_hall: TownHall,
) -> None:
    (case,) = town_hall.receive(LIFT)

    covered = case_view(town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date())
    shown = case_view(
        town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date(), reveal=True
    )

    def words(view_text: str, marks: tuple[tuple[int, int], ...]) -> list[str]:
        return [view_text[start:end] for start, end in marks]

    hidden, plain = covered.messages[0], shown.messages[0]
    assert plain.marks
    assert words(hidden.text, hidden.marks) == words(plain.text, plain.marks)
    assert "13812345678" not in hidden.text
    assert "13812345678" in plain.text


def test_a_mark_that_touches_something_covered_goes() -> None:
    text = "手机13812345678坏了"
    hidden = find_personal(text)

    assert shift_spans([(0, 4), (13, 15)], text, hidden) == ((13, 15),)
    assert mask(text, hidden)[13:15] == "坏了"


def test_title_and_excerpt_never_carry_personal_information(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("手机13812345678，小区电梯坏了没人修")

    assert "13812345678" not in case.title + case.excerpt
    assert "电梯" in case.title


def test_a_number_cut_off_by_the_end_of_the_title_is_covered_too(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修" * 6 + "手机13812345678")

    assert "1381234" not in case.title + case.excerpt


def test_a_supplement_is_covered_like_the_message(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("小区电梯坏了没人修")
    supplement_case(town_hall.session, case.tracking_code, text="我的手机是13812345678", now=NOW)

    view = case_view(town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date())

    assert "13812345678" not in view.messages[1].text
    assert view.messages[1].has_personal
    assert view.messages[1].marks == ()


def test_a_message_nobody_has_triaged_yet_is_covered(town_hall: TownHall) -> None:
    (case,) = town_hall.receive("手机13812345678，小区电梯坏了没人修")
    stored = town_hall.session.get_one(Case, case.id)
    stored.triaged_steps = []

    view = case_view(town_hall.session, town_hall.alice, case.id or 0, now=NOW, today=NOW.date())

    assert "13812345678" not in view.messages[0].text
