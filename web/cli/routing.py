"""`minhu routing`: train a classifier on a file of messages, and use it on another."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from routing.classifier import TextClassifier
from routing.county import catalogue_from_files
from routing.errors import RoutingError
from routing.training import Example, learn, lexicon_of
from web.cli.jsonl import read_lines, write_lines

app = typer.Typer(help="Routing: learn from routed messages and predict.", no_args_is_help=True)


@app.callback()
def routing() -> None:
    """Routing."""


@app.command("learn")
def learn_file(
    messages: Annotated[
        Path, typer.Option(help='JSONL, a line {"id", "title", "text", "label"}.', exists=True)
    ],
    model: Annotated[Path, typer.Option(help="Where to write the trained model.", dir_okay=False)],
    unlabelled: Annotated[
        Path | None, typer.Option(help='JSONL, a line {"id", "title", "text"}.', exists=True)
    ] = None,
) -> None:
    """Train on labelled messages, with unlabelled ones to learn what words mean."""
    examples = [
        Example(line.get("title"), line["text"], line["label"])
        for line in read_lines(messages, "text", "label")
    ]
    more = [] if unlabelled is None else read_lines(unlabelled, "text")
    try:
        learned = learn(
            examples,
            ((line.get("title"), line["text"]) for line in more),
            lexicon=lexicon_of(_catalogue()),
        )
        model.write_bytes(learned.classifier.to_bytes())
    except (RoutingError, OSError) as error:
        typer.echo(f"routing learn: {error}", err=True)
        raise typer.Exit(2) from error
    figures = learned.figures
    typer.echo(
        f"{figures.examples} messages, {figures.labels} labels; kept aside: macro-F1 {figures.macro_f1:.3f}, "
        f"{figures.alone:.0%} alone at 95 % precision, ECE {figures.ece:.3f}. Model in {model}"
    )


@app.command()
def predict(
    messages: Annotated[Path, typer.Option(help='JSONL, a line {"id", "title", "text"}.', exists=True)],
    model: Annotated[Path, typer.Option(help="A trained model.", exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help='Where to write {"id", "label", "confidence", "reasons"}.')],
) -> None:
    """Say where each message belongs, how surely, and which words say so."""
    try:
        classifier = TextClassifier.from_bytes(model.read_bytes())
    except (RoutingError, OSError) as error:
        typer.echo(f"routing predict: {error}", err=True)
        raise typer.Exit(2) from error
    lines = read_lines(messages, "id", "text")
    count = write_lines(out, (_predicted(classifier, line) for line in lines))
    typer.echo(f"{count} messages, in {out}")


def _predicted(classifier: TextClassifier, line: dict[str, Any]) -> dict[str, Any]:
    found = classifier.predict(line.get("title"), line["text"])
    return {
        "id": line["id"],
        "label": found.label,
        "confidence": round(found.confidence, 4),
        "reasons": [{"code": "learned_words", "params": {"words": found.words}}],
    }


def _catalogue() -> Any:
    """Return the shipped responsibility catalogue: its everyday words help before there is much to learn from."""
    county = files("web") / "demo" / "county"
    return catalogue_from_files(
        json.loads((county / "county.json").read_text(encoding="utf-8")),
        json.loads((county / "catalogue.json").read_text(encoding="utf-8")),
    )
