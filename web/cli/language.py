"""The language of the command line: what the person's terminal is set to, Chinese or English."""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_CATALOGUE = Path(__file__).parents[1] / "translations" / "zh_CN" / "cli.po"


def terminal_locale(environment: Mapping[str, str] | None = None) -> str:
    """Return "zh_CN" when the terminal is set to Chinese, else "en"."""
    values = os.environ if environment is None else environment
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if values.get(name):
            return "zh_CN" if values[name].lower().startswith("zh") else "en"
    return "en"


def _(message: str, **values: object) -> str:
    """Return a sentence in the terminal's language with its gaps filled: ``_("Port %(port)s …", port=1)``."""
    sentence = _sentences().get(message, message) if terminal_locale() == "zh_CN" else message
    return sentence % values if values else sentence


def shared(sentence: object) -> str:
    """Return a sentence that the pages say as well, in the terminal's language."""
    from web.i18n import load_translations

    plain = str(sentence)
    return load_translations("zh_CN").gettext(plain) if terminal_locale() == "zh_CN" else plain


@cache
def _sentences() -> Mapping[str, str]:
    from babel.messages.pofile import read_po

    with _CATALOGUE.open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale="zh_CN") if m.id and m.string}
