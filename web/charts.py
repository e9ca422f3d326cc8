"""Charts as data: what is counted, in which words; the component draws the picture and writes the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from web.i18n import format_number, format_percent


class ChartKind(StrEnum):
    """How a picture is drawn. `control` is a line inside its control limits, `heat` a coloured table."""

    BARS = "bars"
    STACKED = "stacked"
    ACROSS = "across"
    LINES = "lines"
    CONTROL = "control"
    HEAT = "heat"


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers, one for each label; None where there is nothing to say.

    `tone` names a colour of the house: brand, late, soon, done, note, guard, plain. `style` of a line may be
    `dashed` (a limit) or `dotted` (a mean).
    """

    name: str
    values: Sequence[float | None]
    tone: str = "brand"
    style: str = ""
    urls: Sequence[str | None] = ()

    def url(self, position: int) -> str | None:
        """Return where the number leads, if anywhere."""
        return self.urls[position] if position < len(self.urls) else None


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture and its table: `heading` stands over the labels, `summary` says in words what can be seen."""

    kind: ChartKind
    heading: str
    labels: Sequence[str]
    series: Sequence[Series]
    summary: str
    is_share: bool = False
    label_urls: Sequence[str | None] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)

    def shown(self, value: float | None) -> str:
        """Write one number as the table shows it."""
        if value is None:
            return "–"
        return format_percent(value, 1) if self.is_share else format_number(value)

    def picture(self) -> dict[str, Any]:
        """Return what the script needs, as JSON holds it."""
        return {
            "kind": self.kind.value,
            "labels": list(self.labels),
            "notes": list(self.notes),
            "share": self.is_share,
            "series": [
                {
                    "name": series.name,
                    "values": list(series.values),
                    "tone": series.tone,
                    "style": series.style,
                    "urls": list(series.urls),
                }
                for series in self.series
            ],
        }
