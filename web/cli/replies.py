"""`minhu replies`: checks replies in a file as the service does before sending."""

from pathlib import Path
from typing import Annotated

import typer

from inbox.reply_checks import check_reply
from web.cli.jsonl import read_lines, write_lines

app = typer.Typer(help="Replies: check them before they are sent.", no_args_is_help=True)


@app.callback()
def replies() -> None:
    """Replies."""


@app.command()
def check(
    replies: Annotated[
        Path, typer.Option(help='JSONL, a line {"id", "title", "text", "reply"}.', exists=True)
    ],
    out: Annotated[Path, typer.Option(help='Where the results go: {"id", "answers", "findings"}.')],
) -> None:
    """Say of each reply how surely it answers its message, and what an inspector would object to."""
    lines = read_lines(replies, "id", "text", "reply")
    checked = (
        (line["id"], check_reply(line["text"], line["reply"], title=line.get("title"))) for line in lines
    )
    count = write_lines(
        out,
        (
            {
                "id": reply_id,
                "answers": checks.answers,
                "findings": [
                    {"rule": found.rule.value, "text": found.text, "start": found.start, "end": found.end}
                    for found in checks.findings
                ],
            }
            for reply_id, checks in checked
        ),
    )
    typer.echo(f"{count} replies checked, in {out}")
