"""The translators' tool: `python -m web.catalogues update` and `check`.

The sources speak English; each other language has one .po file a page area in web/translations/<locale>/, so that
two people seldom edit the same one. The application reads these files itself: nothing is compiled. The command line
reads cli.po alone, so its strings stand there even when a page has the same.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parent
TRANSLATIONS = WEB / "translations"
TRANSLATED = ("zh_CN",)

METHODS = [
    ("translations/**", "ignore"),
    ("static/**", "ignore"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
]
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "_n": (1, 2),
    "_ln": (1, 2),
    "_p": ((1, "c"), 2),
    "_lp": ((1, "c"), 2),
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
TAGS = ["Translators:"]

_CHINESE = re.compile("[\u3400-\u9fff]")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_BARE_PERCENT = re.compile(r"%(?![(%])")
_GAP = re.compile(r"%\((\w+)\)[sd]|%%")
_NOT_SHOWN = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!--.*?-->", re.DOTALL)

_HEADER = """\
# Edit the translations, then run: python -m web.catalogues check
msgid ""
msgstr ""
"Language: {locale}\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""

CLI = "cli"

Key = tuple[bool, str | None, str]
"""For the command line or for pages, the context, the text."""
Forms = str | Iterable[str] | None


@dataclass(frozen=True, slots=True)
class Used:
    """A string in the sources: what is translated, and the files it stands in."""

    id: str | tuple[str, str]
    context: str | None
    comments: tuple[str, ...]
    files: tuple[str, ...]
    is_cli: bool = False

    @property
    def text(self) -> str:
        """Return the text in the sources; the singular where there are two forms."""
        return self.id if isinstance(self.id, str) else self.id[0]

    @property
    def key(self) -> Key:
        """Return what tells it from every other string."""
        return self.is_cli, self.context, self.text

    @property
    def area(self) -> str:
        """Return the page area that a new string belongs to: that of the first file it stands in."""
        return CLI if self.is_cli else area_of(self.files[0])


def area_of(file: str) -> str:
    """Return the page area of a source file: the template's folder, or the module's name."""
    parts = Path(file).with_suffix("").parts
    if parts[0] == "templates":
        return parts[1] if len(parts) > 2 else "layout"
    return parts[1] if parts[0] == "views" else parts[0]


def used_strings() -> dict[Key, Used]:
    """Return every translatable string of the sources."""
    found: dict[Key, Used] = {}
    rows = extract_from_dir(
        WEB, METHODS, {"templates/**.html": {"encoding": "utf-8"}}, keywords=KEYWORDS, comment_tags=TAGS
    )
    for file, _line, message, comments, context in sorted(rows, key=lambda row: (row[0], row[1])):
        text = message if isinstance(message, str) else (message[0], message[1])
        new = Used(text, context, tuple(comments), (file,), is_cli=_is_cli(file))
        known = found.get(new.key)
        if known is not None:
            plural = known.id if isinstance(known.id, tuple) else new.id
            files = known.files if file in known.files else (*known.files, file)
            new = Used(plural, context, known.comments or new.comments, files, new.is_cli)
        found[new.key] = new
    return found


def read_areas(locale: str) -> dict[str, Catalog]:
    """Return the catalogues of a language by page area."""
    areas = {}
    for path in sorted((TRANSLATIONS / locale).glob("*.po")):
        with path.open("rb") as file:
            areas[path.stem] = read_po(file, locale=locale)
    return areas


def update(locale: str) -> int:
    """Add what is new to the area's file, drop what is no longer used; return how many lack a translation."""
    used, written = used_strings(), read_areas(locale)
    home = {_key(area, message): area for area, catalog in written.items() for message in _messages(catalog)}
    fresh: dict[str, Catalog] = {}
    missing = 0
    for key, string in used.items():
        area = home.get(key, string.area)
        old = _find(written[area], string) if key in home else None
        translation = old.string if old is not None else ""
        catalog = fresh.setdefault(area, Catalog(locale=locale))
        catalog.add(
            string.id,
            translation if _fits(string, translation) else "",
            locations=[(file, 0) for file in string.files],
            auto_comments=string.comments,
            flags={"fuzzy"} if old is not None and old.fuzzy else (),
            context=string.context,
        )
        missing += not _is_complete(translation)
    _write(locale, fresh, obsolete=set(written) - set(fresh))
    return missing


def check(locale: str) -> list[str]:
    """Return what is wrong with a language, one sentence each."""
    used, areas = used_strings(), read_areas(locale)
    messages = [(area, message) for area, catalog in areas.items() for message in _messages(catalog)]
    translated = {_key(area, message) for area, message in messages if _is_complete(message.string)}
    problems = [
        f"{string.files[0]}: no {locale} translation of {string.text!r}"
        for key, string in used.items()
        if key not in translated
    ]
    seen: dict[Key, str] = {}
    for area, message in messages:
        where, key = f"translations/{locale}/{area}.po", _key(area, message)
        if key in seen:
            problems.append(f"{where}: {_text(message)!r} stands in {seen[key]}.po as well")
        seen[key] = area
        problems += [f"{where}: {problem}" for problem in _problems(message, is_used=key in used)]
    return problems


def check_english() -> list[str]:
    """Return the places where the sources show Chinese to a person who reads English."""
    problems = [
        f"{string.files[0]}: the source text {string.text!r} is not English"
        for string in used_strings().values()
        if _CHINESE.search(_PLACEHOLDER.sub("", string.text))
    ]
    for path in sorted((WEB / "templates").rglob("*.html")):
        shown = _NOT_SHOWN.sub(
            lambda hidden: "\n" * hidden.group().count("\n"), path.read_text(encoding="utf-8")
        )
        for number, line in enumerate(shown.splitlines(), 1):
            if _CHINESE.search(line):
                problems.append(f"{path.relative_to(WEB)}:{number}: Chinese outside a translation")
    return problems


def main(arguments: list[str]) -> int:
    """Run `update` or `check`; return the exit status."""
    if arguments == ["update"]:
        for locale in TRANSLATED:
            _say(f"{locale}: {update(locale)} strings lack a translation")
        return 0
    if arguments == ["check"]:
        problems = [problem for locale in TRANSLATED for problem in check(locale)] + check_english()
        for problem in problems:
            _say(problem)
        return 1 if problems else 0
    _say("usage: python -m web.catalogues update|check")
    return 2


def _problems(message: Message, *, is_used: bool) -> Iterator[str]:
    text = _text(message)
    if not is_used:
        yield f"{text!r} is not used any more; run update"
    if message.fuzzy:
        yield f"{text!r} is marked fuzzy: check it and remove the mark"
    for translation in _forms(message.string):
        if _BARE_PERCENT.search(translation.replace("%%", "")):
            yield f"{translation!r} has a bare %, which a template takes for a gap: write %% or another word"
        if translation and _gaps(translation) - _gaps(text) - _gaps(_plural(message)):
            yield f"{translation!r} fills a gap that {text!r} does not have"
        if translation and _gaps(text) - _gaps(translation) - {"num"}:
            yield f"{translation!r} lacks a gap of {text!r}"


def _write(locale: str, areas: dict[str, Catalog], *, obsolete: Iterable[str]) -> None:
    folder = TRANSLATIONS / locale
    folder.mkdir(parents=True, exist_ok=True)
    for area, catalog in areas.items():
        entries = BytesIO()
        write_po(entries, catalog, width=110, include_lineno=False, omit_header=True)
        path, text = folder / f"{area}.po", _HEADER.format(locale=locale).encode() + entries.getvalue()
        if not path.exists() or path.read_bytes() != text:
            path.write_bytes(text)
    for area in obsolete:
        (folder / f"{area}.po").unlink()


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _find(catalog: Catalog, string: Used) -> Message | None:
    return catalog.get(string.text, string.context)


def _key(area: str, message: Message) -> Key:
    return area == CLI, message.context, _text(message)


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


@cache
def _is_cli(file: str) -> bool:
    return file.startswith("cli/") or "web.cli.language import" in (WEB / file).read_text(encoding="utf-8")


def _plural(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[1]


def _forms(translation: Forms) -> list[str]:
    return [translation] if isinstance(translation, str) else list(translation or ())


def _is_complete(translation: Forms) -> bool:
    forms = _forms(translation)
    return bool(forms) and all(forms)


def _fits(string: Used, translation: Forms) -> bool:
    return isinstance(string.id, str) == isinstance(translation, str)


def _gaps(text: str) -> set[str]:
    return {gap for gap in _GAP.findall(text) if gap}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
