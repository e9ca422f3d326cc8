"""Run every benchmark, or those named: `python -m tests.bench intake pages`."""

import sys
from importlib import import_module

from tests.bench.figures import Figure, show

ALL = ("deadlines", "editor_search", "intake", "large_base", "pages", "routing", "suggestions")


def main(names: list[str]) -> None:
    """Measure and print."""
    figures: list[Figure] = []
    for name in names or ALL:
        print(f"measuring {name} …", file=sys.stderr, flush=True)  # noqa: T201
        figures += import_module(f"tests.bench.{name}").measure()
    show(figures)


if __name__ == "__main__":
    main(sys.argv[1:])
