"""`minhu duplicates`: near duplicates in a file of messages, by the engine that the service uses."""

from pathlib import Path
from typing import Annotated

import typer

from inbox.duplicates import find_pairs
from web.cli.jsonl import read_lines, write_lines


def command(
    messages: Annotated[Path, typer.Option(help='JSONL, a line {"id", "title", "text"}.', exists=True)],
    out: Annotated[Path, typer.Option(help='Where the pairs go: {"a", "b", "similarity"}.')],
) -> None:
    """Find pairs of messages whose title and text together are nearly the same."""
    lines = read_lines(messages, "id", "text")
    pairs = find_pairs((line.get("title"), line["text"]) for line in lines)
    count = write_lines(
        out,
        (
            {
                "a": lines[pair.first]["id"],
                "b": lines[pair.second]["id"],
                "similarity": round(pair.similarity, 4),
            }
            for pair in pairs
        ),
    )
    typer.echo(f"{count} pairs among {len(lines)} messages, in {out}")
