"""Numbers of official documents, such as 岚督〔2026〕1号: by kind and year, without gaps or duplicates."""

from dataclasses import dataclass

from sqlalchemy import text, update
from sqlmodel import Session, col

from inbox.ladder_models import DocumentSerial

SUPERVISION = "督"
"""督办单."""

URGING = "催"
"""催办通知书."""

_MAKE = text(
    "INSERT INTO document_serials (kind, year, last) VALUES (:kind, :year, 0) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A number as it is stored and as it is written (发文字号, GB/T 9704—2012 §7.2.5: no leading zeros, no 第)."""

    year: int
    serial: int
    text: str


def next_numbers(
    session: Session, kind: str, year: int, count: int = 1, *, prefix: str
) -> list[DocumentNumber]:
    """Take the next numbers of a kind in a year.

    The row stays locked until the caller's transaction ends: whoever comes second waits, and a transaction
    that is undone gives its numbers back, so there are neither duplicates nor gaps.
    """
    session.execute(_MAKE, {"kind": kind, "year": year})
    last = session.scalar(
        update(DocumentSerial)
        .where(col(DocumentSerial.kind) == kind, col(DocumentSerial.year) == year)
        .values(last=DocumentSerial.last + count)
        .returning(col(DocumentSerial.last))
        .execution_options(synchronize_session=False)
    )
    first = int(last or 0) - count + 1
    return [
        DocumentNumber(year, serial, f"{prefix}{kind}〔{year}〕{serial}号")
        for serial in range(first, first + count)
    ]
