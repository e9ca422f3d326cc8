"""Why a decision was made, as a code and its parameters, which the page puts in the reader's language."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence.

    `code` is one of `rule`, `duty_words`, `named`, `place`, `region`, `account`,
    `learned` and `similar`. `params` holds
    JSON values only, so that a reason can be stored with the case.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the form that is stored."""
        return {"code": self.code, "params": self.params}
