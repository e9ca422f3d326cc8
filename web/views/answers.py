"""Published questions and answers: what citizens may look up before, or instead of, writing."""

import json
import re
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from inbox.learning import note_uses
from knowledge_base.answers import AnswerView, answers_of, public_answers
from knowledge_base.errors import ArticleNotFound
from knowledge_base.placeholders import fill
from knowledge_base.topics import TopicRow, topic_tree
from knowledge_base.uses import Use
from routing.departments import DepartmentView, department_by_code
from web.context import current_session, now, services, today
from web.frame import Place
from web.guards import public
from web.i18n import is_chinese
from web.security import limiter

blueprint = Blueprint("answers", __name__, url_prefix="/answers")

PLACES = (Place("answers.index", _l("Questions and answers"), "chat-square-quote", "public", 30),)

LONGEST_QUERY = 100
MOST_VOTES = 100
_PAGE_SIZE = 15
_NEAREST = 5
_NEAR_ENOUGH = 0.02
"""Far below what an officer would be offered: here somebody asked, and looks through a few guesses."""
_GREETING = re.compile(r"^[{｛]称呼[}｝]\s*您?好[，,。！!：:]?\s*")
_SPOKEN = {"称呼": "您", "追踪码": "（留言后取得）", "日期": "（以答复为准）"}
"""What stands in an answer read by everybody where a reply would name one person's own; answers are Chinese."""


@blueprint.get("")
@public
def index() -> ResponseReturnValue:
    """Search and browse; what has no word in common with an answer is compared by meaning of its parts."""
    text, topic = request.args.get("q", "").strip()[:LONGEST_QUERY], request.args.get("topic") or None
    number = request.args.get("page", 1, type=int)
    found = public_answers(
        current_session(), today=today(), text=text, topic_code=topic, number=number, size=_PAGE_SIZE
    )
    nearest = _nearest(text) if text and not found.rows and not topic else []
    topics = [t for t in topic_tree(current_session()) if t.published]
    return render_template(
        "answers/index.html",
        text=text,
        topic=next((t for t in topics if t.code == topic), None),
        topics=[t for t in topics if t.depth == 0],
        found=found,
        nearest=nearest,
        opening=_opening,
        topic_name=topic_name,
        page_url=lambda page: url_for("answers.index", q=text or None, topic=topic, page=page),
    )


@blueprint.get("/<int:article_id>")
@public
def show(article_id: int) -> ResponseReturnValue:
    """Show one answer with what it rests on and where the matter can be done."""
    answer = answers_of(current_session(), [article_id], today=today()).get(article_id)
    if answer is None or not answer.is_live:
        raise ArticleNotFound(article_id)
    owner = department_by_code(current_session(), answer.owner_code) if answer.owner_code else None
    topics = {t.code: t for t in topic_tree(current_session())}
    text = for_everybody(answer.answer, owner)
    return render_template(
        "answers/show.html",
        answer=answer,
        text=text,
        structured=faq_page(answer.question, text),
        related=[near for near in _nearest(answer.question, at_least=0.0) if near.id != article_id],
        voted=str(article_id) in _votes(),
        owner=owner,
        topic=topics.get(answer.topic_code or ""),
        topic_name=topic_name,
    )


@blueprint.post("/<int:article_id>/useful")
@public
@limiter.limit("20 per minute")
def vote(article_id: int) -> ResponseReturnValue:
    """Count whether an answer helped, once a browser; nothing about the citizen is kept."""
    answer = answers_of(current_session(), [article_id], today=today()).get(article_id)
    if answer is None or not answer.is_live:
        raise ArticleNotFound(article_id)
    votes = _votes()
    if str(article_id) not in votes:
        use = Use.HELPFUL if request.form.get("useful") == "yes" else Use.UNHELPFUL
        note_uses(current_session(), use, [article_id], now=now())
        session["answers_judged"] = ",".join([*votes, str(article_id)][-MOST_VOTES:])
    flash(_("Thank you. It helps us to make the answers better."), "success")
    return redirect(url_for("answers.show", article_id=article_id), 303)


def faq_page(question: str, answer: str) -> Markup:
    """Return schema.org's FAQPage as JSON-LD that can stand inside a script element."""
    data = {
        "@context": "https://schema.org",
        "@type": "FAQPage",
        "inLanguage": "zh-CN",
        "mainEntity": [
            {
                "@type": "Question",
                "name": question,
                "acceptedAnswer": {"@type": "Answer", "text": answer},
            }
        ],
    }
    return htmlsafe_json_dumps(data, dumps=partial(json.dumps, ensure_ascii=False))


def _votes() -> list[str]:
    return [vote for vote in str(session.get("answers_judged", "")).split(",") if vote]


def for_everybody(answer: str, owner: DepartmentView | None) -> str:
    """Return an answer without the gaps that only a reply to one person can fill."""
    values = {
        "单位": owner.name if owner else "责任单位",
        "电话": (owner.phone if owner else "") or "（见政府网站）",
    }
    return fill(_GREETING.sub("", answer), {**_SPOKEN, **values}).text


def topic_name(topic: TopicRow) -> str:
    """Return a topic's name in the reader's language."""
    return topic.name if is_chinese() else topic.name_en or topic.name


def _opening(answer: AnswerView) -> str:
    """Return how an answer begins, for a list."""
    return for_everybody(answer.answer, None)


def _nearest(text: str, *, at_least: float = _NEAR_ENOUGH) -> list[AnswerView]:
    """Return the answers most like the question, best first."""
    engine = services().knowledge.engine(current_session(), now=now())
    like: list[Any] = engine.suggest(text, limit=_NEAREST, today=today(), threshold=at_least)
    known = answers_of(current_session(), [s.article_id for s in like], today=today())
    answers = [known[s.article_id] for s in like if s.article_id in known]
    return [answer for answer in answers if answer.is_live]
