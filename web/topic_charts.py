"""Hot topics as charts: this week topic by topic, and one topic week by week."""

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from inbox.topic_watch import TopicView
from web.charts import Chart, ChartKind, Series

SHOWN = 10


def topics_now(topics: Sequence[TopicView]) -> Chart:
    """Show how many messages of this week each of the busiest topics has; each number leads to its topic."""
    alive = [topic for topic in topics if topic.this_week]
    busiest = sorted(alive, key=lambda topic: -topic.this_week)[:SHOWN]
    urls = [url_for("hot_topics.show", topic_id=topic.id) for topic in busiest]
    growing = sum(topic.grows for topic in topics)
    return Chart(
        ChartKind.ACROSS,
        _("Topic"),
        [topic.label for topic in busiest],
        [Series(_("This week"), [topic.this_week for topic in busiest], urls=urls)],
        ngettext("%(num)s topic grows.", "%(num)s topics grow.", growing),
        label_urls=urls,
    )


def topic_weeks(topic: TopicView) -> Chart:
    """Show one topic's last eight weeks beside what chance explains."""
    count = len(topic.weeks)
    return Chart(
        ChartKind.LINES,
        _("Week"),
        [_week(count - 1 - number) for number in range(count)],
        [
            Series(_("Messages"), topic.weeks),
            Series(_("What chance explains at most"), [topic.most_usual] * count, "late", "dashed"),
        ],
        _("More than chance explains.") if topic.grows else _("Not more than chance explains."),
    )


def _week(ago: int) -> str:
    return str(ngettext("%(num)s week ago", "%(num)s weeks ago", ago) if ago else _("This week"))
