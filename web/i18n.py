"""Languages: which one a request speaks, its catalogue, and how instants and spans of time read in it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale, gettext, ngettext
from markupsafe import Markup

from web.context import current_officer, now, services, time_zone

LOCALES: Mapping[str, str] = {"zh_CN": "中文", "en": "English"}
LOCALE_COOKIE = "locale"
TRANSLATIONS = Path(__file__).parent / "translations"

babel = Babel()


class Catalogue(Domain):  # type: ignore[misc]
    """Translations read straight from the .po files, one a page area: nothing to compile or to forget."""

    def get_translations(self) -> Translations:
        """Return the catalogue of the request's language; English is what the sources are written in."""
        return load_translations(language())


@cache
def load_translations(locale: str) -> Translations:
    """Return all areas' translations of one language as one catalogue."""
    whole = Catalog(locale=locale)
    for area in sorted((TRANSLATIONS / locale).glob("*.po")):
        if area.stem == "cli":  # the command line reads its own
            continue
        with area.open("rb") as file:
            for message in read_po(file, locale=locale):
                if message.id and message.string and not message.fuzzy:
                    whole[message.id] = message
    buffer = BytesIO()
    write_mo(buffer, whole)
    buffer.seek(0)
    return Translations(fp=buffer)


def init_languages(app: Flask) -> None:
    """Teach the application its languages and the templates how to write times and numbers."""
    babel.init_app(app, default_locale="zh_CN", locale_selector=choose_locale)
    babel.domain_instance = Catalogue()
    app.jinja_env.filters.update(
        day=format_day,
        instant=format_instant,
        moment=moment,
        number=format_number,
        percent=format_percent,
        relative=format_relative,
        span=format_span,
        time_tag=time_tag,
    )


def choose_locale() -> str:
    """Return the language asked for: this browser's choice, else the officer's, else the deployment's."""
    if has_request_context():
        chosen = request.cookies.get(LOCALE_COOKIE)
        if chosen is not None and chosen in LOCALES:
            return chosen
        officer = current_officer()
        if officer is not None and officer.locale in LOCALES:
            return officer.locale
    return services().settings.locale


def language() -> str:
    """Return the code, as in LOCALES, of the language the page is drawn in."""
    return "zh_CN" if is_chinese() else "en"


def is_chinese() -> bool:
    """Tell whether the page is drawn in Chinese; outside a page nothing is translated."""
    locale = get_locale()
    return locale is not None and locale.language == "zh"


def local(at: datetime) -> datetime:
    """Return the instant on the deployment's wall clock."""
    return at.astimezone(time_zone())


def format_instant(at: datetime | None, style: str = "short") -> str:
    """Write an instant in the deployment's time zone: `short` leaves out the year when it is this one."""
    if at is None:
        return ""
    there = local(at)
    if style == "full":
        return dates.format_datetime(
            there, "yyyy-MM-dd HH:mm:ss" if is_chinese() else "d MMM yyyy HH:mm:ss", locale=_locale()
        )
    this_year = there.year == local(now()).year
    if is_chinese():
        pattern = "M月d日 HH:mm" if this_year else "yyyy年M月d日 HH:mm"
    else:
        pattern = "d MMM HH:mm" if this_year else "d MMM yyyy HH:mm"
    return dates.format_datetime(there, pattern, locale=_locale())


def format_day(on: date | datetime | None, *, weekday: bool = False) -> str:
    """Write a day; an instant is first put on the deployment's wall clock."""
    if on is None:
        return ""
    day = local(on).date() if isinstance(on, datetime) else on
    if is_chinese():
        pattern = "yyyy年M月d日 EEEE" if weekday else "yyyy年M月d日"
    else:
        pattern = "EEEE, d MMM yyyy" if weekday else "d MMM yyyy"
    return dates.format_date(day, pattern, locale=_locale())


def format_weekday(on: date) -> str:
    """Write the day of the week in little space."""
    return dates.format_date(on, "EEE", locale=_locale())


def format_relative(at: datetime | None) -> str:
    """Write how long ago, or in how long, in the largest unit that says something."""
    if at is None:
        return ""
    delta = at - now()
    if abs(delta) < timedelta(minutes=1):
        return str(gettext("just now") if delta <= timedelta() else gettext("in a moment"))
    return dates.format_timedelta(delta, add_direction=True, threshold=0.95, locale=_locale())


def moment(at: datetime | None) -> str:
    """Write an instant the way a list wants it: how long ago if it is near, else the date and time."""
    if at is None:
        return ""
    if abs(at - now()) < timedelta(hours=12):
        return format_relative(at)
    return format_instant(at)


def time_tag(at: datetime | None, style: str = "moment") -> Markup:
    """Return a `<time>` element: read by machines in full, by people as `style` says."""
    if at is None:
        return Markup("")
    text = {"moment": moment, "relative": format_relative}.get(style, format_instant)(at)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local(at).isoformat(timespec="seconds"), format_instant(at, "full"), text
    )


def format_span(span: timedelta, *, unit: str = "plain") -> str:
    """Write a length of time in its two largest units; `unit="working"` counts an eight-hour working day."""
    minutes = int(abs(span).total_seconds() // 60)
    per_day = 8 * 60 if unit == "working" else 24 * 60
    days, rest = divmod(minutes, per_day)
    hours, left = divmod(rest, 60)
    parts = _working_parts(days, hours, left) if unit == "working" else _plain_parts(days, hours, left)
    return _join(parts)


def format_number(value: float) -> str:
    """Write a number with the language's separators."""
    return numbers.format_decimal(value, locale=_locale())


def format_percent(value: float, digits: int = 0) -> str:
    """Write a share of one as a percentage."""
    return numbers.format_percent(
        value, "#,##0" + ("." + "0" * digits if digits else "") + "%", locale=_locale()
    )


def _plain_parts(days: int, hours: int, minutes: int) -> list[str]:
    return [
        text
        for count, text in (
            (days, ngettext("%(num)s day", "%(num)s days", days)),
            (hours, ngettext("%(num)s hour", "%(num)s hours", hours)),
            (minutes, ngettext("%(num)s minute", "%(num)s minutes", minutes)),
        )
        if count
    ]


def _working_parts(days: int, hours: int, minutes: int) -> list[str]:
    return [
        text
        for count, text in (
            (days, ngettext("%(num)s working day", "%(num)s working days", days)),
            (hours, ngettext("%(num)s working hour", "%(num)s working hours", hours)),
            (minutes, ngettext("%(num)s working minute", "%(num)s working minutes", minutes)),
        )
        if count
    ]


def _join(parts: Iterable[str]) -> str:
    largest = list(parts)[:2]
    return " ".join(largest) or gettext("less than a minute")


def _locale() -> Locale:
    return get_locale() or Locale.parse("zh_CN")
