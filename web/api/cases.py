"""Cases: lists of them, and one whole."""

from flask import Response, g

from inbox.case_lists import Filters, list_cases
from inbox.case_view import case_view, record_look
from inbox.errors import NotAllowed
from web.api import told
from web.api.routes import CASES, answer, api, gives
from web.api.schemas.cases import Case, CaseList, CasePath, CaseQuery, ShowQuery
from web.case_page import actions_of
from web.context import current_session, end_of_day, now, today, viewer
from web.guards import with_token
from web.views.inbox import WORKS_WITH_CASES


@api.get("/cases", tags=[CASES], responses=gives(CaseList))
@with_token(*WORKS_WITH_CASES)
def list_the_cases(query: CaseQuery) -> Response:
    """List the cases you may see: a saved view, narrowed, one page of it."""
    filters = Filters(**query.model_dump(exclude={"view", "page"}))
    found = list_cases(
        current_session(),
        viewer(),
        query.view,
        filters,
        now=now(),
        end_of_day=end_of_day(),
        page=query.page,
    )
    return answer(told.case_list(found))


@api.get("/cases/<int:case_id>", tags=[CASES], responses=gives(Case, 404))
@with_token(*WORKS_WITH_CASES)
def show_case(path: CasePath, query: ShowQuery) -> Response:
    """Show a case whole: conversation, suggestions, routing, deadlines, events.

    Personal information is covered. With `reveal` it is not, and the look is recorded.
    """
    if not query.reveal:
        return answer(_whole(path.case_id, reveal=False))
    g.writes = True  # the look is recorded, although nothing else changes
    who = viewer()
    view = case_view(current_session(), who, path.case_id, now=now(), today=today())
    if any(message.has_personal for message in view.messages):
        if not actions_of(view, who).reveal:
            raise NotAllowed("reveal")
        record_look(current_session(), who, path.case_id, now=now())
    return answer(_whole(path.case_id, reveal=True), private=True)


def _whole(case_id: int, *, reveal: bool) -> Case:
    view = case_view(current_session(), viewer(), case_id, now=now(), today=today(), reveal=reveal)
    return told.case(view, viewer(), now=now())
