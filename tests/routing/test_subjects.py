"""The shipped subjects: words that help to route before there are many closed cases."""

from routing.subjects import subject_lexicon
from routing.training import Example, learn


def test_each_subject_has_several_words() -> None:
    lexicon = subject_lexicon()
    subjects = [subject for found in lexicon.duties_of_word.values() for subject in found]

    assert lexicon.size > 50
    assert all(subjects.count(subject) >= 4 for subject in range(lexicon.size))


def test_a_word_of_a_known_subject_is_understood_before_it_was_seen() -> None:
    examples = [
        *(Example(None, text, "hrss") for text in ("老板拖欠工资", "工地欠薪", "干完活讨薪", "克扣工资")),
        *(
            Example(None, text, "housing")
            for text in ("电梯困人", "物业费太高", "业委会换届", "维修基金怎么用")
        ),
    ]

    found = learn(examples).classifier.predict(None, "血汗钱")

    assert found.label == "hrss"
