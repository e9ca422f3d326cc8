"""Screenshots of every page into shots/, for looking: `make shots`, or `python -m tests.browser.shots inbox board`.

Each page is taken as the first role that may open it: on a desk in Chinese, on a phone in English, and on a desk in
Chinese in the dark. Words after the command choose the pages whose address contains one of them.
"""

import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from routing.models import Role
from tests.browser.pages import EXAMPLES, PAGES
from tests.browser.site import DESK, PHONE, Site, Visitor, example_values, running_chromium, running_site
from tests.county import load_county
from web.runtime import utc_now

FOLDER = Path("shots")
VARIANTS = (
    ("desk-zh", DESK, "zh_CN", "light"),
    ("phone-en", PHONE, "en", "light"),
    ("desk-zh-dark", DESK, "zh_CN", "dark"),
)
WHOLE_DEMO = 1210
TALLEST = 4000


def main(words: list[str]) -> None:
    """Take the screenshots and say where they are."""
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        running_site(Path(home), whole_demo(Path(home))) as site,
        running_chromium() as chromium,
    ):
        for path, role in chosen(site, words):
            take(Visitor(chromium, site), path, role)
    sys.stdout.write(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER.resolve()}\n")


def whole_demo(folder: Path) -> tuple[Path, dict[str, Any]]:
    """Load all messages of the demo county."""
    file = folder / "county.sqlite3"
    return file, asdict(load_county(f"sqlite:///{file}", now=utc_now(), messages=WHOLE_DEMO))


def chosen(site: Site, words: list[str]) -> Iterator[tuple[str, Role | None]]:
    """Return the addresses to open, each with who opens it."""
    examples = [(path.format(**example_values(site)), role) for role, path in EXAMPLES.values()]
    for path, role in [(path, roles[0]) for path, roles in PAGES] + examples:
        if not words or any(word in path for word in words):
            yield path, role


def take(visitor: Visitor, path: str, role: Role | None) -> None:
    """Take one page in every variant."""
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "start"
    for variant, size, locale, theme in VARIANTS:
        page = visitor.open(path, role, locale=locale, theme=theme, size=size)
        # Chromium leaves the sticky rail empty when it stretches the page itself.
        height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        page.set_viewport_size({"width": size[0], "height": max(height, size[1])})
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / f"{name}.{role or 'citizen'}.{variant}.png")
    visitor.close()


if __name__ == "__main__":
    main(sys.argv[1:])
