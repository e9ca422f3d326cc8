"""How every command begins: settings, logs, a clear sentence instead of a traceback, an end with the parent."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError

from web.cli.language import _
from web.logs import configure_logs
from web.processes import end_with_parent
from web.settings import FILE_NAME, Settings, load_settings

PARENT_VARIABLE = "MINHU_SUPERVISOR"
"""Set by `minhu up` for its children: the process whose end is theirs."""


def read_settings() -> Settings:
    """Read the settings, or say which key cannot be used and end.

    Warnings of a command go to standard error, so that what it prints can be read by a program.
    """
    try:
        settings = load_settings()
    except ValidationError as error:
        for problem in error.errors():
            key = ".".join(str(part) for part in problem["loc"])
            say_error(_("The setting %(key)s cannot be used: %(problem)s", key=key, problem=problem["msg"]))
    except (ValueError, OSError) as error:
        say_error(_("The file %(file)s cannot be used: %(problem)s", file=FILE_NAME, problem=error))
    else:
        configure_logs(settings.model_copy(update={"log_level": "warning"}))
        return settings
    raise typer.Exit(2)


def begin_service() -> Settings:
    """Prepare a process that runs for long: settings, logs, and its end with `minhu up` if that began it."""
    settings = read_settings()
    configure_logs(settings)
    supervisor = os.environ.get(PARENT_VARIABLE, "")
    if supervisor.isdecimal():
        end_with_parent(int(supervisor))
    return settings


@contextmanager
def plain_errors(*expected: type[Exception]) -> Iterator[None]:
    """Turn errors a person can mend into one sentence and exit status 1."""
    try:
        yield
    except expected as error:
        say_error(str(error))
        raise typer.Exit(1) from error


def say_error(sentence: str) -> None:
    """Print to standard error."""
    typer.echo(sentence, err=True)
