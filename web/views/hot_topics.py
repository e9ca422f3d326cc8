"""Topics over time for supervisors: what people write about, where, what grows, and the weekly digest."""

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from inbox.errors import CaseNotFound
from inbox.groups import JOINABLE
from inbox.topic_watch import (
    SUPERVISORS,
    get_digest,
    list_digests,
    list_topics,
    places_of,
    topic_page,
    week_after,
)
from routing.models import Role
from web.case_page import with_deadlines
from web.context import current_session, viewer
from web.downloads import send_csv
from web.frame import Place
from web.guards import roles
from web.topic_charts import topic_weeks, topics_now

blueprint = Blueprint("hot_topics", __name__, url_prefix="/hot-topics")

PLACES = (Place("hot_topics.index", _l("Hot topics"), "graph-up-arrow", order=45),)


@blueprint.get("")
@roles(*SUPERVISORS)
def index() -> str:
    """Show the topics of now beside their usual level, and the places they are about."""
    everything = list_topics(current_session(), viewer())
    growing, place = request.args.get("show") == "growing", request.args.get("place", "")
    shown = list_topics(current_session(), viewer(), growing=growing, place=place)
    return render_template(
        "hot_topics/index.html",
        topics=shown,
        chart=topics_now(shown),
        total=len(everything),
        places=places_of(everything)[:20],
        growing=growing,
        place=place,
    )


@blueprint.get("/table.csv")
@roles(*SUPERVISORS)
def table() -> Response:
    """Send the topics as a table."""
    heads = [_("Topic"), _("Place"), _("Messages"), _("This week"), _("Usual"), _("Chance explains")]
    rows = [
        [
            topic.label,
            topic.place or "",
            *map(str, (topic.size, topic.this_week, topic.usual, topic.most_usual)),
        ]
        for topic in list_topics(current_session(), viewer())
    ]
    return send_csv(heads, rows, _("Hot topics"))


@blueprint.get("/<int:topic_id>")
@roles(*SUPERVISORS)
def show(topic_id: int) -> str:
    """Show one topic with its cases."""
    found = topic_page(current_session(), viewer(), topic_id)
    return render_template(
        "hot_topics/show.html",
        found=found,
        rows=with_deadlines(found.rows),
        weeks=topic_weeks(found.topic),
    )


@blueprint.get("/<int:topic_id>/gather")
@roles(Role.DISPATCHER, Role.SUPERVISOR)
def gather(topic_id: int) -> str:
    """Ask which cases of a topic shall follow the oldest open one, to be answered with it."""
    found = topic_page(current_session(), viewer(), topic_id)
    lead = next((row for row in found.rows if row.id == found.lead_id), None)
    if lead is None:
        raise CaseNotFound(topic_id)
    others = [
        row for row in found.rows if row.state in JOINABLE and row.lead_id is None and row.id != lead.id
    ]
    return render_template("hot_topics/gather.html", found=found, lead=lead, others=others)


@blueprint.get("/digests")
@roles(*SUPERVISORS)
def digests() -> str:
    """List the weekly digests."""
    found = [(digest, week_after(digest)) for digest in list_digests(current_session(), viewer())]
    return render_template("hot_topics/digests.html", found=found)


@blueprint.get("/digests/<int:digest_id>")
@roles(*SUPERVISORS)
def show_digest(digest_id: int) -> str:
    """Show what one week was about, ready to be printed."""
    digest = get_digest(current_session(), viewer(), digest_id)
    return render_template("hot_topics/digest.html", digest=digest, until=week_after(digest))
