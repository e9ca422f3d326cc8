"""The reader's words for the codes that the domain stores: kinds, states, platforms, roles, clocks."""

from enum import StrEnum
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

from inbox.bulletin_models import BulletinState
from inbox.group_models import AddresseeState, LinkState, Relation
from inbox.kinds import Kind
from inbox.ladder_models import ExtensionState, OrderReason, OrderState
from inbox.models import (
    AccountState,
    CaseState,
    DeliveryChannel,
    DeliveryState,
    Display,
    ImportState,
    Platform,
    ReplyState,
    ReturnState,
    ReviewDecision,
    Satisfaction,
    TaskKind,
    TaskState,
)
from inbox.notice_models import EmailMode, RobotKind
from inbox.time_steps import Age
from inbox.together_models import PartState
from knowledge_base.models import ArticleImportState, ArticleStatus, Authority, CandidateState, RevisionState
from routing.models import DepartmentKind, Role, RuleKind, RunState
from routing.roster import Source
from routing.roster_models import AssignmentWay
from sla.models import ChangeReason, Clock, DayKind, FactKind, PauseReason

WORDS: dict[type[StrEnum], dict[str, Any]] = {
    Authority: {
        Authority.NATIONAL: _lp("authority", "National"),
        Authority.PROVINCE: _lp("authority", "Province"),
        Authority.CITY: _lp("authority", "City"),
        Authority.COUNTY: _lp("authority", "County"),
        Authority.DEPARTMENT: _lp("authority", "Department"),
    },
    ArticleStatus: {
        ArticleStatus.DRAFT: _lp("article", "Draft"),
        ArticleStatus.IN_REVIEW: _lp("article", "Waiting for review"),
        ArticleStatus.PUBLISHED: _lp("article", "Published"),
        ArticleStatus.RETIRED: _lp("article", "Retired"),
    },
    RevisionState: {
        RevisionState.DRAFT: _lp("revision", "Draft"),
        RevisionState.IN_REVIEW: _lp("revision", "Waiting for review"),
        RevisionState.PUBLISHED: _lp("revision", "Approved"),
        RevisionState.SENT_BACK: _lp("revision", "Sent back"),
        RevisionState.SUPERSEDED: _lp("revision", "Superseded"),
    },
    CandidateState: {
        CandidateState.OPEN: _lp("candidate", "Open"),
        CandidateState.ARTICLE: _lp("candidate", "Became an article"),
        CandidateState.PHRASING: _lp("candidate", "Became a phrasing"),
        CandidateState.DISCARDED: _lp("candidate", "Set aside"),
    },
    Kind: {
        Kind.INQUIRY: _l("Inquiry"),
        Kind.HELP: _l("Request for help"),
        Kind.SUGGESTION: _l("Suggestion"),
        Kind.COMPLAINT: _l("Complaint"),
        Kind.REPORT: _l("Report of wrongdoing"),
        Kind.OTHER: _lp("kind", "Other"),
    },
    Age: {
        Age.UNDER_1_DAY: _l("under 1 day"),
        Age.UNDER_3_DAYS: _l("1 to 3 days"),
        Age.UNDER_7_DAYS: _l("3 to 7 days"),
        Age.UNDER_15_DAYS: _l("7 to 15 days"),
        Age.UNDER_30_DAYS: _l("15 to 30 days"),
        Age.UNDER_60_DAYS: _l("30 to 60 days"),
        Age.UNDER_90_DAYS: _l("60 to 90 days"),
        Age.OLDER: _l("90 days and more"),
    },
    BulletinState: {
        BulletinState.DRAFT: _lp("bulletin", "Draft"),
        BulletinState.SHOWN: _l("With the departments"),
        BulletinState.PUBLISHED: _lp("bulletin", "Published"),
    },
    CaseState: {
        CaseState.NEW: _lp("case", "New"),
        CaseState.TRIAGE_DESK: _l("At the triage desk"),
        CaseState.ARBITRATION: _l("Return being decided"),
        CaseState.ASSIGNED: _l("Waiting for the department"),
        CaseState.DRAFTING: _l("Being answered"),
        CaseState.IN_REVIEW: _l("Waiting for review"),
        CaseState.SENDING: _l("Being sent"),
        CaseState.REPLIED: _l("Answered"),
        CaseState.CLOSED: _lp("case", "Closed"),
    },
    Display: {
        Display.PENDING: _l("Not reviewed for publication"),
        Display.PUBLIC: _l("Published"),
        Display.HIDDEN: _l("Not published"),
    },
    Platform: {
        Platform.WECHAT: _l("WeChat"),
        Platform.WEIBO: _l("Weibo"),
        Platform.DOUYIN: _l("Douyin"),
        Platform.OPEN311: _l("Open311"),
        Platform.PORTAL: _l("Citizen portal"),
        Platform.FILE: _lp("platform", "File import"),
    },
    AccountState: {
        AccountState.ACTIVE: _lp("account", "In use"),
        AccountState.PENDING: _l("Filing under way"),
        AccountState.CLOSED: _lp("account", "Closed"),
    },
    ReplyState: {
        ReplyState.DRAFT: _lp("reply", "Draft"),
        ReplyState.SUBMITTED: _l("Submitted for review"),
        ReplyState.APPROVED: _l("Approved"),
    },
    PartState: {
        PartState.ASKED: _lp("part", "Waiting for its part"),
        PartState.SIGNED: _lp("part", "Signed"),
        PartState.TIMED_OUT: _lp("part", "Did not answer in time"),
        PartState.RELEASED: _lp("part", "Released"),
    },
    ReturnState: {
        ReturnState.ASKED: _lp("return", "Waiting for a decision"),
        ReturnState.UPHELD: _lp("return", "Upheld"),
        ReturnState.REFUSED: _lp("return", "Refused"),
        ReturnState.WITHDRAWN: _lp("return", "Taken back"),
    },
    ReviewDecision: {
        ReviewDecision.APPROVE: _l("Approved"),
        ReviewDecision.SEND_BACK: _l("Sent back"),
    },
    DeliveryChannel: {
        DeliveryChannel.TRACKING: _l("Tracking page"),
        DeliveryChannel.CALLBACK: _l("Signed callback"),
        DeliveryChannel.EXPORT: _l("Export file"),
    },
    DeliveryState: {
        DeliveryState.WAITING: _l("Waiting to be sent"),
        DeliveryState.SENDING: _l("Being sent"),
        DeliveryState.DELIVERED: _l("Delivered"),
        DeliveryState.FAILED: _l("Could not be delivered"),
        DeliveryState.UNKNOWN: _l("Outcome unknown"),
    },
    Satisfaction: {
        Satisfaction.SATISFIED: _l("Satisfied"),
        Satisfaction.FAIRLY_SATISFIED: _l("Fairly satisfied"),
        Satisfaction.DISSATISFIED: _l("Dissatisfied"),
    },
    TaskKind: {
        TaskKind.TRIAGE: _l("Triage"),
        TaskKind.DELIVER: _l("Delivery"),
        TaskKind.IMPORT: _lp("task", "File import"),
        TaskKind.EMBED: _lp("task", "Meaning of answers"),
        TaskKind.CONFLICTS: _l("Search for conflicting answers"),
        TaskKind.ARTICLES: _l("Import of standard answers"),
        TaskKind.EFFECT: _l("Effect of a changed answer"),
        TaskKind.NOTIFY: _l("Sending of notices"),
        TaskKind.TRAIN: _lp("task", "Learning from cases"),
        TaskKind.ANSWER: _lp("task", "Copy of a reply to many"),
    },
    TaskState: {
        TaskState.WAITING: _lp("task", "Waiting"),
        TaskState.DONE: _lp("task", "Done"),
        TaskState.FAILED: _lp("task", "Given up"),
    },
    RobotKind: {
        RobotKind.DINGTALK: _l("DingTalk, Zhejiang DingTalk"),
        RobotKind.WECOM: _l("WeCom"),
        RobotKind.FEISHU: _l("Feishu, Lark"),
    },
    EmailMode: {
        EmailMode.AT_ONCE: _l("At once"),
        EmailMode.DIGEST: _l("Once a day, all together"),
        EmailMode.OFF: _l("Not at all"),
    },
    OrderReason: {
        OrderReason.OVERDUE: _lp("supervision", "Overdue"),
        OrderReason.UNSOLVED: _l("Repeatedly unsolved"),
        OrderReason.STALE_ARTICLE: _l("A stale article"),
        OrderReason.OTHER: _lp("supervision", "Other"),
    },
    OrderState: {
        OrderState.ISSUED: _l("Issued, not yet acknowledged"),
        OrderState.ACKNOWLEDGED: _l("Acknowledged, measures due"),
        OrderState.REPORTED: _l("Measures filed, to be judged"),
        OrderState.SENT_BACK: _l("Sent back, more is needed"),
        OrderState.CLOSED: _lp("supervision", "Closed"),
    },
    ExtensionState: {
        ExtensionState.ASKED: _lp("extension", "Waiting for a decision"),
        ExtensionState.APPROVED: _lp("extension", "Granted"),
        ExtensionState.REFUSED: _lp("extension", "Refused"),
        ExtensionState.LAPSED: _l("Deadline passed undecided"),
    },
    ImportState: {
        ImportState.UPLOADED: _l("Waiting for you to start it"),
        ImportState.WAITING: _l("Being read in"),
        ImportState.DONE: _lp("import", "Done"),
        ImportState.FAILED: _lp("import", "Failed"),
    },
    ArticleImportState: {
        ArticleImportState.UPLOADED: _l("Waiting for you to start it"),
        ArticleImportState.WAITING: _l("Being read in"),
        ArticleImportState.DONE: _l("Waiting for a colleague to publish it"),
        ArticleImportState.FAILED: _lp("import", "Failed"),
        ArticleImportState.PUBLISHING: _l("Being published"),
        ArticleImportState.PUBLISHED: _l("Published"),
        ArticleImportState.UNDOING: _l("Being undone"),
        ArticleImportState.UNDONE: _lp("import", "Undone"),
    },
    Role: {
        Role.DISPATCHER: _l("Dispatcher"),
        Role.OFFICER: _l("Officer"),
        Role.REVIEWER: _l("Reviewer"),
        Role.SUPERVISOR: _l("Supervisor"),
        Role.EDITOR: _l("Knowledge editor"),
        Role.ADMINISTRATOR: _l("Administrator"),
    },
    DepartmentKind: {
        DepartmentKind.DEPARTMENT: _l("Department"),
        DepartmentKind.TOWN: _l("Town"),
    },
    RuleKind: {
        RuleKind.CONTAINS: _l("The text contains"),
        RuleKind.PATTERN: _l("The text matches the pattern"),
        RuleKind.ACCOUNT: _l("It came in through the account of"),
    },
    Relation: {
        Relation.SAME_PERSON: _l("the same person"),
        Relation.OTHERS: _l("somebody else"),
    },
    LinkState: {
        LinkState.SUGGESTED: _lp("link", "to decide"),
        LinkState.LINKED: _lp("link", "linked"),
        LinkState.MERGED: _lp("link", "merged"),
        LinkState.DISMISSED: _lp("link", "another matter"),
    },
    AddresseeState: {
        AddresseeState.LISTED: _lp("copy", "on the list"),
        AddresseeState.APPROVED: _lp("copy", "approved, about to be sent"),
        AddresseeState.ANSWERED: _lp("copy", "answered"),
        AddresseeState.SKIPPED: _lp("copy", "passed over"),
    },
    AssignmentWay: {
        AssignmentWay.HAND: _l("By hand"),
        AssignmentWay.ROSTER: _l("By duty roster"),
        AssignmentWay.LOAD: _l("By load"),
    },
    Source: {
        Source.SHIFT: _lp("roster", "On the roster"),
        Source.STANDING: _lp("roster", "Standing order"),
        Source.COUNTY: _lp("roster", "County duty office"),
        Source.ROLE: _lp("roster", "By role"),
    },
    RunState: {
        RunState.WAITING: _lp("task", "Waiting"),
        RunState.RUNNING: _l("Under way"),
        RunState.DONE: _lp("task", "Done"),
        RunState.FAILED: _lp("import", "Failed"),
    },
    Clock: {
        Clock.accept: _l("Acceptance"),
        Clock.first_reply: _l("First reply"),
        Clock.resolve: _l("Resolution"),
        Clock.co_handle: _l("Answer of the co-handling department"),
        Clock.return_: _l("Return to the triage desk"),
        Clock.arbitration: _l("Arbitration of a return"),
        Clock.call_back: _l("Call to the citizen"),
        Clock.total: _l("The citizen's whole waiting time"),
    },
    DayKind: {
        DayKind.holiday: _l("Holiday"),
        DayKind.workday: _l("Make-up working day"),
        DayKind.half_day: _l("Half day"),
    },
    PauseReason: {
        PauseReason.waiting_for_citizen: _l("Waiting for the citizen"),
        PauseReason.extension: _l("Approved extension"),
        PauseReason.arbitration: _l("Arbitration"),
        PauseReason.other: _lp("pause", "Another reason"),
    },
    FactKind: {
        FactKind.warned: _l("Warned"),
        FactKind.breached: _l("Overdue"),
        FactKind.escalated: _l("Escalated"),
        FactKind.resumed: _l("Running again"),
    },
    ChangeReason: {
        ChangeReason.notice_loaded: _l("A holiday notice was loaded"),
        ChangeReason.notice_removed: _l("A holiday notice was taken out again"),
        ChangeReason.hours_changed: _l("Office hours changed"),
        ChangeReason.policy_changed: _l("The policy changed"),
        ChangeReason.resumed: _l("A pause ended"),
        ChangeReason.extended: _l("The deadline was extended"),
        ChangeReason.reopened: _l("The case was opened again"),
    },
}
"""Every code a page shows, by its enumeration; tests/web/test_words.py fails when one is missing."""


def word(value: StrEnum | None) -> str:
    """Return the reader's word for a member of one of the domain's enumerations."""
    return "" if value is None else str(WORDS[type(value)][value])


def word_of(enumeration: type[StrEnum], value: str | None) -> str:
    """Return the reader's word for a stored code; a code that no release knows is shown as it is."""
    return "" if not value else str(WORDS[enumeration].get(value, value))


TAGS: dict[str, Any] = {
    "danger": _l("Danger to life or property"),
    "utility_outage": _l("Utilities out"),
    "harmful": _l("Unlawful or harmful"),
    "rumour": _l("Possible rumour"),
    "spam": _l("Spam"),
    "petition": _l("Letter or visit under the petition rules"),
    "disclosure": _l("Request for disclosure"),
    "cross_department": _l("Concerns several departments"),
    "kb_answered": _l("the knowledge base has the answer"),
}
"""The tags that triage gives, as far as people read them."""


def tag_word(tag: str) -> str:
    """Return the reader's word for a tag; one that nobody knows is shown as it is."""
    return str(TAGS.get(tag, tag))


def init_words(app: Flask) -> None:
    """Let templates write `{{ case.state | word }}`, and `{{ "accept" | clock }}` for codes kept as text."""
    app.jinja_env.filters.update(
        word=word,
        clock=lambda value: word_of(Clock, value),
        role=lambda value: word_of(Role, value),
        kind=lambda value: word_of(Kind, value),
        platform=lambda value: word_of(Platform, value),
        tag=tag_word,
    )
