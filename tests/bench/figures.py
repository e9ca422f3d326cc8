"""One line of a benchmark: what was measured, beside what, and whether it is good enough."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """A peer's figure (or a limit) and ours; `more_is_better` says which way is good."""

    what: str
    peer_name: str
    peer: float
    ours: float
    unit: str
    more_is_better: bool = True

    @property
    def ratio(self) -> float:
        """Return how many times better we are; below 1 is worse."""
        better, worse = (self.ours, self.peer) if self.more_is_better else (self.peer, self.ours)
        return better / worse if worse else float("inf")


def show(figures: list[Figure]) -> None:
    """Print the figures as a table."""
    table = Table(title="Minhu beside its peers, one run", title_justify="left")
    for heading in ("what", "peer or limit", "its figure", "ours", "unit", "times better"):
        table.add_column(heading, justify="left" if heading in ("what", "peer or limit", "unit") else "right")
    for figure in figures:
        table.add_row(
            figure.what,
            figure.peer_name,
            f"{figure.peer:,.2f}",
            f"{figure.ours:,.2f}",
            figure.unit,
            f"{figure.ratio:.2f}",
        )
    Console(width=140).print(table)
