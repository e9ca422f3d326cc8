"""`minhu kb`: the knowledge base from the command line."""

import os
from pathlib import Path
from typing import Annotated

import typer

from knowledge_base.article_search import reindex_articles
from knowledge_base.matching import match_file
from web.cli.entry import read_settings
from web.cli.kb_files import export_file, import_answers
from web.cli.language import _
from web.runtime import running

app = typer.Typer(help="Knowledge base: match questions against articles.", no_args_is_help=True)


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
) -> None:
    """Suggest articles for every query, with the engine and the defaults of the service."""
    try:
        count = match_file(articles, queries, out, limit)
    except (ValueError, OSError) as error:
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
    from web.runtime import INDEX_FOLDER, open_database

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
