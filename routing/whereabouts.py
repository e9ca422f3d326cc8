"""Where a message is from: the areas it names and the area of the account it was written to, with all above them."""

from routing.catalogue import Catalogue
from routing.decision import LONGEST_TEXT
from routing.words import normalise


def areas_of(catalogue: Catalogue, text: str, account_area: str | None = None) -> tuple[str, ...]:
    """Return the codes of the areas a message is from, the nearest first; nothing when nothing is known.

    Places are found by their names and aliases in the catalogue. Of a very long text the first 4,000 characters are
    read. An area that the catalogue does not know counts by its own code.
    """
    named = [
        area.code
        for hit in catalogue.places.find(normalise(text[:LONGEST_TEXT]))
        for area in catalogue.areas_of_name[hit.word]
    ]
    depths: dict[str, int] = {}
    for code in dict.fromkeys([*named, *([account_area] if account_area else [])]):
        chain = catalogue.chain_of_area(code)
        depths |= {each: len(chain) - place for place, each in enumerate(chain)}
    return tuple(sorted(depths, key=lambda code: -depths[code]))
