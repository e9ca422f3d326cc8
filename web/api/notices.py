"""What an officer is told, marking it as read, and how else it reaches them."""

from flask import Response

from inbox.notice_sending import MANDATORY, choice_of, choose, failed_sends
from inbox.notices import list_notices, mark_read, notify
from web.api.routes import NOTICES, answer, api, gives, nothing
from web.api.schemas.notices import (
    KeptNoticeChoice,
    MarkedRead,
    Notice,
    NoticeChoice,
    NoticeQuery,
    Notices,
    NoticesRead,
)
from web.context import current_session, now, services, the_officer, viewer
from web.guards import with_token
from web.notice_words import notice_line
from web.security import limiter


@api.get("/notices", tags=[NOTICES], responses=gives(Notices))
@with_token()
def show_notices(query: NoticeQuery) -> Response:
    """List what you were told, newest first."""
    found = list_notices(current_session(), viewer(), unread_only=query.unread, page=query.page)
    told = [
        Notice.model_validate(
            {name: getattr(each, name) for name in Notice.model_fields if name != "text"}
            | {"text": notice_line(each).text}
        )
        for each in found.notices
    ]
    return answer(
        Notices(notices=told, page=found.page, pages=found.pages, total=found.total, unread=found.unread)
    )


@api.post("/notices/read", tags=[NOTICES], responses=gives(MarkedRead))
@with_token()
def read_notices(body: NoticesRead) -> Response:
    """Mark notices as read; those of others are passed over."""
    marked = mark_read(current_session(), the_officer().id, body.notice_ids, now=now())
    return answer(MarkedRead(marked=marked))


@api.get("/notice-choice", tags=[NOTICES], responses=gives(KeptNoticeChoice))
@with_token()
def show_notice_choice() -> Response:
    """Show how notices reach you."""
    return answer(_choice())


@api.put("/notice-choice", tags=[NOTICES], responses=gives(KeptNoticeChoice))
@with_token()
def change_notice_choice(body: NoticeChoice) -> Response:
    """Choose how notices reach you; a supervision order reaches you whatever you choose."""
    choose(current_session(), the_officer().id, **body.model_dump())
    return answer(_choice())


@api.post("/notice-choice/test", tags=[NOTICES], responses=gives(None, status=204))
@with_token()
@limiter.limit("6 per minute")
def test_notice_choice() -> Response:
    """Send yourself a test on every way that you chose."""
    notify(current_session(), [the_officer().id], "channel_test", now=now(), urgent=True)
    return nothing()


def _choice() -> KeptNoticeChoice:
    session, officer_id = current_session(), the_officer().id
    choice = choice_of(session, officer_id)
    told = {name: getattr(choice, name) for name in NoticeChoice.model_fields}
    told |= {
        "always_sent": sorted(MANDATORY),
        "can_mail": bool(services().settings.smtp_host),
        "failed": failed_sends(session, officer_id=officer_id, limit=5),
    }
    return KeptNoticeChoice.model_validate(told)
