"""What an officer is told, and marking it as read."""

from flask import Response

from inbox.notices import list_notices, mark_read
from web.api.routes import NOTICES, answer, api, gives
from web.api.schemas.notices import MarkedRead, Notice, NoticeQuery, Notices, NoticesRead
from web.context import current_session, now, the_officer, viewer
from web.guards import with_token
from web.notice_words import notice_line


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
