"""Reads and writes the measuring commands' files: UTF-8 JSON, one object a line."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer


def read_lines(path: Path, *fields: str) -> list[dict[str, Any]]:
    """Return the objects of a file, or end the command with one sentence that names the bad line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _end(path, error) from error
    return list(_parsed(path, lines, fields))


def write_lines(path: Path, objects: Iterable[Mapping[str, Any]]) -> int:
    """Write the objects and return how many there were."""
    count = 0
    try:
        with path.open("w", encoding="utf-8") as file:
            for line in objects:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                count += 1
    except OSError as error:
        raise _end(path, error) from error
    return count


def _parsed(path: Path, lines: Iterable[str], fields: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError as error:
            raise _end(path, f"line {number}", "not JSON", error) from error
        missing = [field for field in fields if not isinstance(found, dict) or field not in found]
        if missing:
            raise _end(path, f"line {number}", f"no {' and no '.join(missing)}")
        yield found


def _end(*parts: object) -> typer.Exit:
    typer.echo(": ".join(map(str, parts)), err=True)
    return typer.Exit(2)
