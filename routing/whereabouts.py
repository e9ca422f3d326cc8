"""Where a message is from: the areas it names and the area of the account it was written to, with all above them."""

from routing.catalogue import Catalogue
from routing.words import normalise

LONGEST_TEXT = 4000


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
        chain = _chain(catalogue, code)
        depths |= {each: len(chain) - place for place, each in enumerate(chain)}
    return tuple(sorted(depths, key=lambda code: -depths[code]))


def _chain(catalogue: Catalogue, code: str) -> list[str]:
    """Return an area and those above it, as far as the catalogue knows them."""
    chain = [code]
    area = catalogue.area_of_code.get(code)
    while area is not None and area.parent_code and area.parent_code not in chain:
        chain.append(area.parent_code)
        area = catalogue.area_of_code.get(area.parent_code)
    return chain
