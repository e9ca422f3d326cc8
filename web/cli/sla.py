"""`minhu sla`: deadlines explained and the calendar listed or renewed, from the command line."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from sla.calendar import WorkingCalendar, shipped_calendar
from sla.calendar_editing import CalendarPreview, CalendarYear, calendar_years
from sla.course import Pause
from sla.errors import SlaError
from sla.explanation import Day, Explanation, Reason
from sla.limits import Limit, parse_limit
from sla.models import Clock
from sla.policies import shipped_policies
from web.cli import policies

app = typer.Typer(help="Deadlines: explain one, list or renew the calendar.", no_args_is_help=True)
calendar_app = typer.Typer(help="The calendar of working days.", no_args_is_help=True)
app.add_typer(calendar_app, name="calendar")
app.add_typer(policies.app, name="policies")

_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_Words = Callable[[Mapping[str, Any]], str]


def _notice(params: Mapping[str, Any]) -> str:
    return f"（{params['notice']}）" if params.get("notice") else ""


def _notice_en(params: Mapping[str, Any]) -> str:
    return f" ({params['notice']})" if params.get("notice") else ""


_REASONS: dict[str, dict[str, _Words]] = {
    "zh": {
        "received": lambda _: "收到当日不计",
        "before_opening": lambda _: "非办公时间收到，自下次上班起算",
        "weekday": lambda _: "工作日",
        "weekend": lambda _: "周末",
        "holiday": lambda p: f"{p['name']}{_notice(p)}",
        "statutory_day": lambda p: f"{p['name']}（按放假办法预计，通知未发布）",
        "make_up_day": lambda p: f"调休上班，{p['name']}{_notice(p)}",
        "half_day": lambda p: f"半天上班，{p['name']}{_notice(p)}",
        "calendar_day": lambda p: f"自然日{'，' + p['name'] if p.get('name') else ''}",
        "rolled": lambda p: f"期满日逢休息日顺延{'，' + p['name'] + _notice(p) if p.get('name') else ''}",
        "outside_hours": lambda _: "办公时间外",
        "paused": lambda p: f"暂停：{'、'.join(p['why']) or '未注明原因'}",
    },
    "en": {
        "received": lambda _: "day of receipt, not counted",
        "before_opening": lambda _: "received outside office hours, counted from the next opening",
        "weekday": lambda _: "working day",
        "weekend": lambda _: "weekend",
        "holiday": lambda p: f"{p['name_en']}{_notice_en(p)}",
        "statutory_day": lambda p: f"{p['name_en']} (foreseen by law, notice not yet known)",
        "make_up_day": lambda p: f"make-up working day, {p['name_en']}{_notice_en(p)}",
        "half_day": lambda p: f"half day, {p['name_en']}{_notice_en(p)}",
        "calendar_day": lambda p: f"calendar day{', ' + p['name_en'] if p.get('name_en') else ''}",
        "rolled": lambda p: (
            f"ends on a day off, so moved on{', ' + p['name_en'] + _notice_en(p) if p.get('name_en') else ''}"
        ),
        "outside_hours": lambda _: "outside office hours",
        "paused": lambda p: f"paused: {', '.join(p['why']) or 'no reason given'}",
    },
}


def words(reason: Reason, language: str) -> str:
    """Put a reason into words in zh or en."""
    return _REASONS[language][reason.code](reason.params)


def _said(day: Day, language: str) -> str:
    """Say why a day counts or not, and how much of it a pause took away."""
    said = words(day.reason, language)
    if not day.counted or not day.paused_seconds:
        return said
    why = "、".join(pause.reason for pause in day.pauses if pause.reason)
    minutes = day.paused_seconds // 60
    if language == "zh":
        return f"{said}，其中暂停 {minutes} 分钟{f'（{why}）' if why else ''}"
    return f"{said}, paused for {minutes} minutes{f' ({why})' if why else ''}"


@app.callback()
def sla() -> None:
    """Deadlines."""


@app.command()
def explain(
    received: Annotated[
        str, typer.Option("--from", help="When it was received, such as 2026-09-30T16:00 (local time).")
    ],
    limit: Annotated[str, typer.Option(help="A time limit: 5wd, 4wh, 30wmin, 15min, 24h, 15d, 3mo.")] = "",
    policy: Annotated[
        str, typer.Option(help="A policy of the default table, such as help or petition.")
    ] = "",
    clock: Annotated[Clock, typer.Option(help="The clock of the policy.")] = Clock.resolve,
    extension: Annotated[str, typer.Option(help="An approved extension, such as 10wd.")] = "",
    pause: Annotated[
        list[str] | None, typer.Option(help="A pause FROM/TO[/REASON]; may be given several times.")
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of the rules.")] = "Asia/Shanghai",
    language: Annotated[str, typer.Option("--language", help="Language of the reasons: zh or en.")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object: due, days and more.")] = False,
) -> None:
    """Show when a limit falls due and every day counted or skipped, by the notices that come with Minhu.

    Due exactly now is not overdue. The day of receipt is not counted for limits in days; Nwd ends when the
    offices close on the Nth working day after it. Hours and minutes of work run from receipt or the next
    opening.
    """
    try:
        if language not in _REASONS:
            _refuse(f"there are no reasons in the language {language!r}; choose zh or en")
        calendar = shipped_calendar(tz=ZoneInfo(zone))
        chosen, named = _chosen(limit, policy, clock)
        pauses = [_pause(text, calendar.tz) for text in pause or []]
        shown = calendar.explain(
            _instant(received, calendar.tz), chosen, pauses, extensions=[extension] if extension else []
        )
    except (SlaError, ZoneInfoNotFoundError, ValueError) as error:
        _refuse(str(error))
    if as_json:
        typer.echo(json.dumps(_as_data(shown, calendar, named, language), ensure_ascii=False))
    else:
        _print(shown, calendar, named, language)


def _refuse(why: str) -> NoReturn:
    typer.echo(f"minhu sla: {why}", err=True)
    raise typer.Exit(2)


def _chosen(limit: str, code: str, clock: Clock) -> tuple[Limit, str]:
    """Take the limit given, else the policy's; a policy given must exist in any case."""
    if not code and not limit:
        msg = "give --limit or --policy"
        raise ValueError(msg)
    if not code:
        return parse_limit(limit), ""
    policy = shipped_policies().policy(code)
    if not limit and clock not in policy.limits:
        msg = f"the policy {code} sets no limit for {clock.value}"
        raise ValueError(msg)
    return (parse_limit(limit) if limit else policy.limits[clock]), code


def _instant(text: str, zone: ZoneInfo) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        msg = f"{text!r} is not a time such as 2026-09-30T16:00"
        raise ValueError(msg) from error
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)


def _pause(text: str, zone: ZoneInfo) -> Pause:
    first, _, rest = text.partition("/")
    last, _, why = rest.partition("/")
    return Pause(_instant(first, zone), _instant(last, zone), why)


def _as_data(shown: Explanation, calendar: WorkingCalendar, policy: str, language: str) -> dict[str, Any]:
    return {
        "from": _local(shown.start_at, calendar),
        "limit": str(shown.limit),
        "extensions": [str(extension) for extension in shown.extensions],
        "policy": policy or None,
        "due": _local(shown.due, calendar),
        "provisional": shown.provisional,
        "counted_days": shown.counted_days,
        "days": [_day_as_data(day, language) for day in shown.days],
    }


def _day_as_data(day: Day, language: str) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "counted": day.counted,
        "reason": _said(day, language),
        "code": day.reason.code,
        "notice": day.reason.params.get("notice"),
        "openings": [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in day.openings],
        "lunch": [f"{day.openings[0][1]:%H:%M}", f"{day.openings[1][0]:%H:%M}"]
        if len(day.openings) > 1
        else None,
        "counted_minutes": day.seconds // 60,
        "paused_minutes": day.paused_seconds // 60,
        "provisional": day.provisional,
    }


def _local(at: datetime, calendar: WorkingCalendar) -> str:
    return at.astimezone(calendar.tz).isoformat()


def _print(shown: Explanation, calendar: WorkingCalendar, policy: str, language: str) -> None:
    console = Console()
    table = Table(title=f"{shown.limit}{f' · {policy}' if policy else ''}")
    for heading in (
        ("日期", "", "计入", "原因", "时长") if language == "zh" else ("Date", "", "Counted", "Why", "Time")
    ):
        table.add_column(heading)
    for day in shown.days:
        table.add_row(
            day.date.isoformat(),
            _WEEKDAYS[language][day.date.weekday()],
            "✓" if day.counted else "–",
            _said(day, language) + (" *" if day.provisional else ""),
            str(timedelta(seconds=day.seconds)) if day.seconds else "",
        )
    console.print(table)
    due = f"{shown.due.astimezone(calendar.tz):%Y-%m-%d %H:%M}"
    console.print(f"到期：{due}" if language == "zh" else f"Due: {due}")
    if shown.provisional:
        console.print(
            "* 暂定：涉及尚无放假通知的年份，通知发布后重新计算。"
            if language == "zh"
            else "* Provisional: it reaches into a year without a notice and is computed again when that is loaded."
        )


@app.command()
def audit() -> None:
    """Compute every stored deadline again from its events; exit status 1 if one differs from what is stored."""
    from sla.audit import mismatches
    from sla.calendar import load_calendar
    from web.runtime import open_database
    from web.settings import load_settings

    settings, now = load_settings(), datetime.now(UTC)
    with open_database(settings) as database, database.reading() as session:
        calendar = load_calendar(session, tz=ZoneInfo(settings.time_zone))
        found = list(mismatches(session, calendar, now=now))
    for wrong in found:
        typer.echo(
            f"case {wrong.subject_id} {wrong.clock.value}: stored {wrong.stored_due_at.isoformat()}, "
            f"computed {wrong.computed_due_at.isoformat()}"
        )
    typer.echo(f"{len(found)} deadlines differ from what follows from their events.")
    raise typer.Exit(1 if found else 0)


@calendar_app.command("list")
def list_calendar(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list of years.")] = False,
) -> None:
    """List the years with their notices: number, date, days off and make-up working days."""
    calendar = shipped_calendar()
    years = calendar_years(calendar, through=max(calendar.known_years) + 1)
    if as_json:
        typer.echo(json.dumps([_year_as_data(year) for year in years], ensure_ascii=False))
        return
    table = Table()
    for heading in ("Year", "Notice", "Issued", "Off", "Make-up", "Working"):
        table.add_column(heading, no_wrap=True)
    for year in years:
        table.add_row(
            str(year.year),
            "\n".join(notice.number for notice in year.notices) or "provisional: no notice known",
            "\n".join(notice.issued_on.isoformat() for notice in year.notices),
            str(year.days_off),
            str(year.make_up_days),
            str(year.working_days),
        )
    Console().print(table)


def _year_as_data(year: CalendarYear) -> dict[str, Any]:
    return {
        "year": year.year,
        "provisional": year.provisional,
        "days_off": year.days_off,
        "make_up_days": year.make_up_days,
        "working_days": year.working_days,
        "notices": [
            {
                "number": notice.number,
                "title": notice.title,
                "issued_on": notice.issued_on.isoformat(),
                "source": notice.source,
                "region": notice.region,
                "days": [
                    {"on": day.on.isoformat(), "kind": day.kind.value, "name": day.name}
                    for day in notice.days
                ],
            }
            for notice in year.notices
        ],
    }


@calendar_app.command("load")
def load_calendar_file(
    file: Annotated[Path, typer.Argument(help="A notice in JSON.", exists=True, dir_okay=False)],
    yes: Annotated[bool, typer.Option("--yes", help="Load without asking.")] = False,
) -> None:
    """Show what a new notice changes in the database of this installation, then load it."""
    from inbox.clock_changes import load_holiday_notices
    from sla.calendar import load_calendar
    from sla.calendar_editing import preview_notices
    from sla.holidays import read_notices
    from web.runtime import open_database
    from web.settings import load_settings

    try:
        notices = read_notices(file.read_bytes(), file.name)
    except SlaError as error:
        _refuse(str(error))
    now = datetime.now(UTC)
    with open_database(load_settings()) as database:
        with database.reading() as session:
            preview = preview_notices(session, notices, load_calendar(session), now=now)
        _print_preview(preview)
        if not yes and not typer.confirm("Load it?"):
            raise typer.Exit(1)
        with database.transaction() as session:
            load_holiday_notices(session, notices, load_calendar(session), now=now)
    typer.echo(f"Loaded: {', '.join(notice.number for notice in notices)}")


def _print_preview(preview: CalendarPreview) -> None:
    console = Console()
    for day in preview.changed_days:
        console.print(f"{day.on}  {day.was.code} → {day.becomes.code}  {day.becomes.name}")
    for move in preview.moves[:20]:
        console.print(f"case {move.subject_id} {move.clock.value}: {move.old_due_at} → {move.new_due_at}")
    console.print(
        f"{len(preview.changed_days)} days change, {len(preview.moves)} deadlines move, "
        f"{preview.newly_overdue} become overdue, {preview.settled} are no longer provisional."
    )
