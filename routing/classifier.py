"""The learned classifier: what earlier messages say about where a new one belongs."""

from typing import Protocol

from sqlmodel import Session


class Classifier(Protocol):
    """Anything that shares out one message among labels."""

    def shares(self, title: str | None, text: str) -> dict[str, float]:
        """Return each label's share, together 1; the labels are department codes."""
        ...


def load_active_classifier(session: Session) -> Classifier | None:
    """Return the deployment's active classifier, or None before the first training."""
    return None
