"""What public messages are about, finer than duties: words by subject, which teach before there are many cases."""

from functools import cache
from importlib.resources import files

from routing.features import Lexicon

SUBJECT_WEIGHT = 1.0


@cache
def subject_lexicon() -> Lexicon:
    """Return the shipped subjects' words, one subject a line of subjects.txt."""
    lines = files("routing").joinpath("subjects.txt").read_text(encoding="utf-8").splitlines()
    subjects = [line.partition(":")[2].split() for line in lines if not line.startswith("#")]
    subjects_of_word: dict[str, list[int]] = {}
    for number, words in enumerate(subjects):
        for word in words:
            subjects_of_word.setdefault(word, []).append(number)
    return Lexicon(subjects_of_word, len(subjects), weight=SUBJECT_WEIGHT)
