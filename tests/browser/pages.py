"""Every page of the site: those without parameters from the routes themselves, the others by example."""

from flask import Flask

from routing.models import Role
from web.app import create_app
from web.guards import access_of
from web.settings import Settings

NOT_PAGES = (
    "/static",
    "/api",
    "/healthz",
    "/metrics",
    "/inbox/list",
    "/inbox/views",
    "/board/figures",
    "/board/wall/figures",
    "/design",
    "/notices/bell",
    "/policy-table/file",
    "/supervision/new",
    "/supervision/urge",
    "/policies/preview",
    "/articles/try/compare",
)
"""Files, answers for programs, fragments of a page, pages that say nothing without a query; design has its own test."""


def _pages() -> list[tuple[str, tuple[Role | None, ...]]]:
    """Return every GET page without parameters, with the roles that may open it (None for citizens)."""
    app = create_app(Settings(home="/nonexistent", secret_key="k" * 40))  # type: ignore[arg-type]
    return sorted(
        (rule.rule, _roles(app, rule.endpoint))
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and not rule.arguments
        and not rule.rule.startswith(NOT_PAGES)
        and "." not in rule.rule
        and rule.rule != "/"
    )


def _roles(app: Flask, endpoint: str) -> tuple[Role | None, ...]:
    access = access_of(app, endpoint)
    assert access is not None, endpoint
    return (None,) if access.public else tuple(role for role in Role if role in access.roles)


PAGES = _pages()
"""The pages without parameters, with the roles that may open each; None for citizens."""

EXAMPLES: dict[str, tuple[Role | None, str]] = {
    "a bulletin": (Role.SUPERVISOR, "/bulletins/{bulletin}"),
    "an indicator": (Role.SUPERVISOR, "/indicators/on_time?part=missed"),
    "a case": (Role.OFFICER, "/cases/{case}"),
    "a case for who dispatches": (Role.DISPATCHER, "/cases/{case}"),
    "a message of several matters": (Role.DISPATCHER, "/triage-desk?case={several}"),
    "a case that departments share": (Role.SUPERVISOR, "/cases/{shared}"),
    "asking a department to co-handle": (Role.DISPATCHER, "/cases/{shared}/co-handlers"),
    "asking for work on the street": (Role.DISPATCHER, "/cases/{shared}/tasks"),
    "a roster": (Role.SUPERVISOR, "/rosters/{department}"),
    "the county's roster": (Role.SUPERVISOR, "/rosters/county"),
    "the question before a return": (Role.OFFICER, "/cases/{case}/return"),
    "cases about one matter": (Role.OFFICER, "/cases/{case}/group"),
    "one reply to all": (Role.OFFICER, "/cases/{case}/joint-reply"),
    "delivery to each citizen": (Role.OFFICER, "/cases/{case}/joint-reply/result"),
    "handing a case on": (Role.DISPATCHER, "/cases/{case}/transfer"),
    "alarms somebody has": (Role.DISPATCHER, "/alarms?show=past"),
    "topics that grow": (Role.SUPERVISOR, "/hot-topics?show=growing"),
    "an officer": (Role.ADMINISTRATOR, "/officers/{officer}"),
    "an officer who leaves": (Role.ADMINISTRATOR, "/officers/{officer}/leave"),
    "a department": (Role.ADMINISTRATOR, "/departments/{department}"),
    "closing a department": (Role.ADMINISTRATOR, "/departments/{department}/close"),
    "a decision tried": (Role.ADMINISTRATOR, "/departments?try=小区电梯坏了"),
    "an account": (Role.ADMINISTRATOR, "/accounts/{account}"),
    "a policy": (Role.ADMINISTRATOR, "/policies/{policy}"),
    "a policy that changes": (Role.SUPERVISOR, "/policies/{policy}/preview?version=1&resolve=2wd"),
    "a policy refused": (Role.SUPERVISOR, "/policies/{policy}/preview?version=1&resolve=soon"),
    "a year without notice": (Role.OFFICER, "/calendar?year=2027"),
    "a supervision order": (Role.SUPERVISOR, "/supervision/{order}"),
    "what is proposed to supervise": (Role.SUPERVISOR, "/supervision?show=proposed"),
    "a printed supervision order": (Role.SUPERVISOR, "/supervision/{order}/print"),
    "a new supervision order": (Role.SUPERVISOR, "/supervision/new?case={case}"),
    "urging": (Role.SUPERVISOR, "/supervision/urge?case={case}"),
    "a robot of a chat group": (Role.ADMINISTRATOR, "/channels/robots/{robot}"),
    "a question to the citizen": (Role.OFFICER, "/cases/{case}/question"),
    "an article": (Role.EDITOR, "/articles/{article}"),
    "a question tried": (Role.EDITOR, "/articles/try?text={asked}"),
    "why one answer goes first": (
        Role.EDITOR,
        "/articles/try/compare?text={asked}&first={weighed}&second={rival}",
    ),
    "why one suggestion goes first": (
        Role.SUPERVISOR,
        "/cases/{offered}/suggestions/compare?first={suggested}&second={behind}",
    ),
    "nothing to compare": (Role.EDITOR, "/articles/try/compare?text=谢谢&first={weighed}&second={rival}"),
    "a conflict": (Role.EDITOR, "/conflicts/{conflict}"),
    "answers from a file, before they are taken in": (Role.EDITOR, "/article-imports/{upload}"),
    "a tracked message": (None, "/track/{code}"),
    "an unknown page": (None, "/no/such/page"),
    "an unknown page, signed in": (Role.OFFICER, "/no/such/page"),
    "a page of another role": (Role.EDITOR, "/officers"),
}
"""Pages with parameters, one of each kind."""
