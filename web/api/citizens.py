"""What citizens' own programs may do with a tracking code, without a token."""

from flask import Response

from inbox.citizen_view import tracked_case
from inbox.ratings import rate_reply, reopen_case, supplement_case
from inbox.tracking import tidy_tracking_code
from web.api.routes import CITIZENS, answer, api, gives
from web.api.schemas.citizens import NewRating, Reopening, Supplement, Tracked, TrackingPath, Words
from web.context import current_session, now
from web.guards import machine
from web.security import limiter
from web.views.tracking import guesses

TRACKED = gives(Tracked, 404, 409)


@api.get("/track/<code>", tags=[CITIZENS], responses=gives(Tracked, 404))
@machine
@guesses
def track_message(path: TrackingPath) -> Response:
    """Say where a message stands, with the replies and what may be done next."""
    return _tracked(path)


@api.post("/track/<code>/rating", tags=[CITIZENS], responses=TRACKED)
@machine
@guesses
@limiter.limit("20 per minute")
def rate_answer(path: TrackingPath, body: NewRating) -> Response:
    """Rate the newest reply, once; a solved matter is closed."""
    rate_reply(
        current_session(),
        tidy_tracking_code(path.code),
        solved=body.solved,
        satisfaction=body.satisfaction,
        comment=body.comment,
        now=now(),
    )
    return _tracked(path)


@api.post("/track/<code>/reopen", tags=[CITIZENS], responses=TRACKED)
@machine
@guesses
@limiter.limit("20 per minute")
def reopen_matter(path: TrackingPath, body: Reopening) -> Response:
    """Open an answered matter again, once."""
    reopen_case(current_session(), tidy_tracking_code(path.code), reason=body.reason, now=now())
    return _tracked(path)


@api.post("/track/<code>/supplement", tags=[CITIZENS], responses=TRACKED)
@machine
@guesses
@limiter.limit("20 per minute")
def supplement_message(path: TrackingPath, body: Supplement) -> Response:
    """Add to a matter that is being handled, once."""
    supplement_case(current_session(), tidy_tracking_code(path.code), text=body.text, now=now())
    return _tracked(path)


def _tracked(path: TrackingPath) -> Response:
    case = tracked_case(current_session(), tidy_tracking_code(path.code))
    words = [Words(text=text, at=at) for text, at in case.words]
    names = [name for name in Tracked.model_fields if name != "words"]
    shown = Tracked.model_validate({**{name: getattr(case, name) for name in names}, "words": words})
    response = answer(shown, private=True)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
