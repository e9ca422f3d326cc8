"""`minhu topics`: groups of messages about one matter, by the engine that the service uses."""

from pathlib import Path
from typing import Annotated

import typer

from inbox.topics import TopicMessage, find_topics
from web.cli.jsonl import read_lines, write_lines


def command(
    messages: Annotated[Path, typer.Option(help='JSONL, a line {"id", "title", "text"}.', exists=True)],
    out: Annotated[Path, typer.Option(help='Where the topics go: {"label", "ids", "score"}.')],
) -> None:
    """Group messages by place and matter, the hottest group first."""
    lines = read_lines(messages, "id", "text")
    ids = {str(position): line["id"] for position, line in enumerate(lines)}
    topics = find_topics(
        TopicMessage(str(position), line.get("title"), line["text"], int(line.get("likes") or 0))
        for position, line in enumerate(lines)
    )
    count = write_lines(
        out,
        (
            {"label": topic.label, "ids": [ids[key] for key in topic.keys], "score": topic.score}
            for topic in topics
        ),
    )
    typer.echo(f"{count} topics among {len(lines)} messages, in {out}")
