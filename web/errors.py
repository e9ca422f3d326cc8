"""What people read when something was refused: one table from error class to status and sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import refresh
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

import inbox.errors as inbox
import knowledge_base.errors as knowledge_base
import routing.errors as routing
import sla.errors as sla
from web import refusals
from web.article_row_errors import article_file_error

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and a sentence; `%(name)s` in the sentence is an attribute of the error."""

    status: int
    sentence: Any
    explain: Callable[[Any], str] | None = None

    def text(self, error: Exception) -> str:
        """Return the sentence about this error in the reader's language."""
        if self.explain is not None:
            return self.explain(error)
        return str(self.sentence) % vars(error) if "%(" in str(self.sentence) else str(self.sentence)


def _by_reason(error: Any) -> str:
    return refusals.refusal(error.reason, getattr(error, "params", {}))


ANSWERS: dict[type[Exception], Answer] = {
    # inbox
    inbox.CaseNotFound: Answer(
        404, _l("There is no such case, or it is not one of yours. Check the link, or search for the case.")
    ),
    inbox.AccountNotFound: Answer(
        404, _l("No account has the code %(code)s. Nothing was taken in; choose an account from the list.")
    ),
    inbox.AccountClosed: Answer(
        409,
        _l("The account %(code)s is closed, so nothing was taken in. Use another account, or open it again."),
    ),
    inbox.AccountExists: Answer(
        409, _l("An account with the code %(code)s exists already. Nothing was changed; choose another code.")
    ),
    inbox.MessageRefused: Answer(422, "", _by_reason),
    inbox.FileRefused: Answer(422, "", _by_reason),
    inbox.ImportNotFound: Answer(
        404,
        _l("There is no such import, or it is not one of yours. Open the list of imports and choose again."),
    ),
    inbox.SignatureRefused: Answer(401, "", _by_reason),
    inbox.NotAllowed: Answer(
        403,
        _l(
            "Your roles do not allow this step, so nothing was changed. Ask a colleague who may, or "
            "your administrator."
        ),
    ),
    inbox.WrongState: Answer(
        409,
        _l(
            "The case has moved on in the meantime, so nothing was changed. Reload the case to see "
            "where it stands."
        ),
    ),
    inbox.StaleDraft: Answer(
        409,
        _l("%(saved_by)s saved this reply in the meantime. Both texts are kept; join them and save again."),
    ),
    inbox.SelfReview: Answer(
        403,
        _l(
            "Whoever wrote or edited a reply may not approve it. The reply is still waiting; ask "
            "another reviewer."
        ),
    ),
    inbox.ReplyIncomplete: Answer(422, "", _by_reason),
    inbox.AlreadyRated: Answer(409, _l("This reply has been rated already. The first rating is kept.")),
    inbox.RobotNotFound: Answer(
        404, _l("There is no such robot; somebody may have removed it. Reload the list.")
    ),
    inbox.RobotRefused: Answer(
        422,
        _l(
            "The robot was not saved: it needs a name, an address that begins with one of those listed, and quiet "
            "hours with a beginning and an end, or none. Nothing was changed."
        ),
    ),
    inbox.OrderNotFound: Answer(
        404, _l("There is no such supervision order, or it concerns another department. Open the list again.")
    ),
    inbox.ExtensionNotFound: Answer(
        404, _l("There is no such request for more time; somebody may have decided on it. Reload the list.")
    ),
    inbox.BulletinNotFound: Answer(404, _l("There is no such bulletin, or it is not yours to read yet.")),
    inbox.BulletinMoved: Answer(
        409,
        _l(
            "The bulletin is at another stage by now: the departments see it first, then it is published once. Nothing "
            "was changed; reload it."
        ),
    ),
    inbox.ExtensionAsked: Answer(
        409, _l("More time was asked for already. That request still waits for a supervisor.")
    ),
    inbox.TooLate: Answer(
        409,
        _l(
            "The deadline has passed, so it cannot be extended any more: more time must be asked for and granted "
            "before it. Nothing was changed; answer as soon as you can."
        ),
    ),
    inbox.CannotReopen: Answer(
        409,
        _l(
            "This case cannot be opened again: that is possible once, after a reply. You can write a "
            "new message instead."
        ),
    ),
    inbox.CannotJoin: Answer(409, "", lambda error: refusals.cannot_join(error.reason, error.code)),
    # knowledge_base
    knowledge_base.ArticleNotFound: Answer(
        404, _l("There is no such article. Search the knowledge base for it.")
    ),
    knowledge_base.NotWeighed: Answer(
        409,
        _l(
            "These two cannot be compared: one of them does not fit the message, is not in force or is for another "
            "area. Go back and choose two of the suggestions."
        ),
    ),
    knowledge_base.RevisionNotFound: Answer(
        404, _l("The article has no revision %(number)s. Choose one from its history.")
    ),
    knowledge_base.StaleArticle: Answer(
        409,
        _l(
            "Somebody else saved this article in the meantime, so yours was not saved over it. Open "
            "it again beside your text and join the two."
        ),
    ),
    knowledge_base.SelfReview: Answer(
        403, _l("Whoever wrote an article may not approve it. It is still waiting; ask another editor.")
    ),
    knowledge_base.WrongState: Answer(
        409,
        _l(
            "This step does not fit where the article stands now, so nothing was changed. Reload the "
            "page to see it."
        ),
    ),
    knowledge_base.InvalidArticle: Answer(
        422, "", lambda error: refusals.article_problem(error.field, error.problem)
    ),
    knowledge_base.DuplicateKey: Answer(
        409, _l("The key %(key)s is taken. Nothing was saved; choose another key.")
    ),
    knowledge_base.TopicNotFound: Answer(
        404, _l("There is no topic %(code)s. Nothing was saved; choose a topic from the list.")
    ),
    knowledge_base.InvalidSynonyms: Answer(
        422,
        _l(
            "A group has two or more different words, each of two to twenty characters. Nothing was saved; "
            "correct the words."
        ),
    ),
    knowledge_base.TooFewDecisions: Answer(
        409,
        _l(
            "%(decisions)s decisions, %(right)s of them uses, are too few to learn from. Nothing was changed; come "
            "back when officers have decided about %(fewest)s suggestions, with %(fewest_of_each)s used and as many "
            "put away."
        ),
    ),
    knowledge_base.CalibrationRefused: Answer(
        409,
        _l(
            "The new fit does no better on the cases kept aside (%(before)s before, %(after)s after; less is "
            "better). Nothing was changed; try again when there are more decisions."
        ),
    ),
    knowledge_base.CalibrationNotFound: Answer(
        404, _l("There is no such version. Nothing was changed; reload the list.")
    ),
    knowledge_base.SynonymsNotFound: Answer(
        404, _l("There is no such group of synonyms; somebody may have removed it. Reload the list.")
    ),
    knowledge_base.CandidateNotFound: Answer(
        404, _l("There is no such candidate; somebody may have dealt with it. Go back to the list.")
    ),
    knowledge_base.RowRefused: Answer(422, "", lambda error: article_file_error(error.reason, error.params)),
    knowledge_base.ArticleImportNotFound: Answer(
        404, _l("There is no such import. Choose one from the list.")
    ),
    knowledge_base.DemandNotFound: Answer(
        404, _l("There is no such group of questions any more. Go back to the list.")
    ),
    knowledge_base.NothingToJoin: Answer(
        422, _l("Tick two or more groups that ask the same. Nothing was changed.")
    ),
    knowledge_base.ConflictNotFound: Answer(
        404, _l("There is no such conflict any more; one of the answers was changed. Go back to the list.")
    ),
    knowledge_base.TopicCycle: Answer(
        409,
        _l(
            "The topic %(code)s cannot stand below %(parent_code)s, which stands below it. Nothing was "
            "changed; choose another place."
        ),
    ),
    knowledge_base.TopicInUse: Answer(
        409,
        _l(
            "The topic %(code)s still holds published answers or other topics, so it was not retired. "
            "Move them first."
        ),
    ),
    knowledge_base.InvalidTopic: Answer(
        422,
        _l(
            "A topic needs a name, and a code of letters, digits, hyphens and dots. Nothing was saved; "
            "correct it and save again."
        ),
    ),
    # routing
    routing.DepartmentNotFound: Answer(
        404, _l("There is no such department. Nothing was changed; choose one from the list.")
    ),
    routing.OfficerNotFound: Answer(
        404, _l("There is no such officer. Nothing was changed; choose one from the list.")
    ),
    routing.TokenNotFound: Answer(
        404, _l("There is no such token; it may be revoked already. Reload the list of your tokens.")
    ),
    routing.TooManyTokens: Answer(
        409, _l("You have %(limit)s tokens already. Nothing was made; revoke one that you do not need.")
    ),
    routing.LoginTaken: Answer(
        409,
        _l("Another officer already signs in as %(login)s. Nothing was saved; choose another login name."),
    ),
    routing.CodeTaken: Answer(
        409,
        _l(
            "The code %(code)s is in use already, perhaps by something that was closed. Nothing was "
            "saved; choose another code."
        ),
    ),
    routing.WeakPassword: Answer(
        422,
        _l(
            "A password needs at least %(minimum)s characters. The old password still holds; choose a "
            "longer one."
        ),
    ),
    routing.UnknownRole: Answer(
        422, _l("There is no role %(role)s. Nothing was changed; choose from the list.")
    ),
    routing.LastAdministrator: Answer(
        409,
        _l(
            "This officer is the last administrator, so nothing was changed. Make somebody else "
            "administrator first."
        ),
    ),
    routing.BadRule: Answer(
        422, _l("The rule %(value)s cannot be used. Nothing was saved; correct it and save again.")
    ),
    routing.EntryNotFound: Answer(
        404, _l("The entry does not exist any more. Nothing was changed; reload the list.")
    ),
    routing.BadRoster: Answer(422, "", _by_reason),
    routing.BadCatalogue: Answer(
        422,
        _l("The responsibility catalogue cannot be read: %(cause)s. What was there before is still in use."),
    ),
    routing.AreaCycle: Answer(
        422,
        _l(
            "An area cannot lie in itself or in an area below it. Nothing was changed; choose another area above."
        ),
    ),
    routing.TooFewExamples: Answer(
        422,
        _l(
            "%(examples)s examples are too few to learn from. The classifier in use is unchanged; "
            "gather more first."
        ),
    ),
    routing.BadModel: Answer(422, _l("The file is not a trained classifier. The one in use is unchanged.")),
    # sla
    sla.BadLimit: Answer(
        422,
        _l("The time limit %(text)s cannot be read. Nothing was saved; write it like 2wd, 4wh, 24h or 15d."),
    ),
    sla.LimitTooLong: Answer(
        422,
        _l(
            "The time limit %(limit)s reaches further ahead than can be counted. Nothing was saved; "
            "choose a shorter one."
        ),
    ),
    sla.NaiveTime: Answer(422, _l("A time without a time zone cannot be used. Nothing was saved.")),
    sla.BadPause: Answer(
        422, _l("The pause ends before it begins, or has no usable limit. Nothing was saved.")
    ),
    sla.BadNotice: Answer(422, "", lambda error: refusals.problems(error.problems)),
    sla.BadOfficeHours: Answer(422, "", lambda error: refusals.problems([error.problem])),
    sla.UnknownYear: Answer(
        404,
        _l("No holiday notice is known for %(year)s. Load the State Council's notice on the calendar page."),
    ),
    sla.NoSuchDay: Answer(404, _l("The calendar does not reach that day. Choose another one.")),
    sla.UnknownNotice: Answer(
        404,
        _l("The calendar of %(year)s holds no notice %(number)s. Nothing was changed; look at the calendar."),
    ),
    sla.BadPolicy: Answer(422, "", lambda error: refusals.problems(error.problems)),
    sla.NoPolicyMatches: Answer(
        409,
        _l("No time-limit policy covers this case. Nothing was changed; ask an administrator to add one."),
    ),
    sla.PoliciesTie: Answer(
        409,
        _l(
            "Two policies of the same rank cover the same cases. Nothing was saved; give one of them "
            "a higher rank."
        ),
    ),
    sla.UnknownPolicy: Answer(404, _l("There is no policy %(policy)s. Choose one from the list.")),
    sla.StalePolicy: Answer(
        409,
        _l(
            "Somebody else changed this policy in the meantime, so yours was not saved over it. "
            "Reload it and make your change again."
        ),
    ),
    sla.NoDeadline: Answer(
        409, _l("The case has no such deadline running, so nothing was changed. Reload the case.")
    ),
    sla.ExtensionRefused: Answer(
        409,
        _l(
            "The deadline cannot be extended: the policy does not allow it, it is too late, or it was "
            "extended before. It stands as it was."
        ),
    ),
}

HTTP_SENTENCES = {
    400: _l("The request could not be understood. Nothing was changed; go back and try again."),
    401: _l("You are not signed in, or your session has ended. Sign in and try again."),
    403: _l("Your roles do not open this page. Ask your administrator if you need it."),
    404: _l("There is no such page. The link may be old, or the address mistyped."),
    405: _l(
        "This address does not take such a request. Nothing was changed; go back to the page you came from."
    ),
    413: _l("What you sent is too large, so nothing was taken in. Send a smaller file."),
    415: _l("This kind of content is not taken here. Nothing was changed."),
    429: _l("Too many attempts from your network. Nothing was lost; wait a minute and try again."),
    500: _l(
        "Something went wrong on our side. Nothing was changed; the error has been recorded. Try "
        "again in a moment."
    ),
    503: _l("The database does not answer at the moment. Nothing was lost; try again in a minute."),
}

FORM_EXPIRED = _l(
    "This page had been open for too long, or your session has ended, so nothing was sent. Go back, "
    "copy what you wrote, reload the page and send it again."
)


def init_errors(app: Flask) -> None:
    """Answer every error with a sentence: a page for people, problem+json for programs."""
    for error_class in (
        inbox.InboxError,
        knowledge_base.KnowledgeBaseError,
        routing.RoutingError,
        sla.SlaError,
    ):
        app.register_error_handler(error_class, _refused)
    app.register_error_handler(CSRFError, _form_expired)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _defect)


def sentence_for(error: Exception) -> str:
    """Return the translated sentence about a domain error, for a view that shows it beside a form."""
    return _answer(error).text(error)


def status_for(error: Exception) -> int:
    """Return the HTTP status of a domain error."""
    return _answer(error).status


def _answer(error: Exception) -> Answer:
    for error_class in type(error).__mro__:
        if error_class in ANSWERS:
            return ANSWERS[error_class]
    return Answer(409, HTTP_SENTENCES[400])


def _refused(error: Exception) -> ResponseReturnValue:
    _log.info("request_refused", error=type(error).__name__, status=status_for(error))
    return error_response(status_for(error), sentence_for(error), code=type(error).__name__)


def _form_expired(error: CSRFError) -> ResponseReturnValue:
    return error_response(400, str(FORM_EXPIRED), code="FormExpired")


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    sentence = HTTP_SENTENCES.get(status, HTTP_SENTENCES[500 if status >= 500 else 400])
    response = error_response(status, str(sentence), code=HTTPStatus(status).phrase.replace(" ", ""))
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _defect(error: Exception) -> ResponseReturnValue:
    _log.exception("request_failed", error=type(error).__name__)
    return error_response(500, str(HTTP_SENTENCES[500]), code="Defect")


def error_response(status: int, sentence: str, *, code: str) -> Response:
    """Draw an error the way the client reads it: a page, a fragment for htmx, or problem+json (RFC 9457)."""
    if _wants_json():
        response = jsonify(
            type="about:blank", title=HTTPStatus(status).phrase, status=status, detail=sentence, code=code
        )
        response.headers["Content-Type"] = "application/problem+json"
    elif request.headers.get("HX-Request") and status < 500:
        response = Response(render_template("errors/fragment.html", status=status, sentence=sentence))
        response.headers["HX-Retarget"] = "#flashes"
        response.headers["HX-Reswap"] = "afterbegin"
    else:
        if status >= 500:
            _draw_without_database()
        reference = g.get("request_id")
        response = Response(
            render_template("errors/error.html", status=status, sentence=sentence, reference=reference)
        )
    response.status_code = status
    return response


def _wants_json() -> bool:
    if request.path.startswith("/api/"):
        return True
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def _draw_without_database() -> None:
    """Let an error page be drawn when the database is what failed: nobody is looked up any more."""
    g.officer = None
    refresh()
