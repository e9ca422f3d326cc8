"""The catalogue's words as the classifier reads them: each duty is one thing that a message can be about."""

from routing.catalogue import Catalogue
from routing.features import Lexicon


def lexicon_of(catalogue: Catalogue) -> Lexicon:
    """Return the catalogue's words by duty; towns share duties of one title, which then count once."""
    numbers: dict[str, int] = {}
    duties_of_word: dict[str, list[int]] = {}
    for word, duties in sorted(catalogue.duties_of_word.items()):
        found = {numbers.setdefault(duty.title, len(numbers)) for duty in duties}
        duties_of_word[word] = sorted(found)
    return Lexicon(duties_of_word, len(numbers))
