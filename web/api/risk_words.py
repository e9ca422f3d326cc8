"""Watched words through the API: the list, a text tried, an own word, how long a called person has."""

from flask import Response

from inbox import risk_words
from inbox.classify import classify
from routing.models import Role
from web.api.routes import MATTERS, answer, api, gives, nothing
from web.api.schemas.risk_words import (
    AlarmMinutes,
    NewWord,
    TriedText,
    Watched,
    WatchedWords,
    WordAdded,
    WordPath,
)
from web.context import current_session, now, viewer
from web.guards import reads_only, with_token

KEEPERS = (Role.ADMINISTRATOR, Role.SUPERVISOR)


@api.get("/watched-words", tags=[MATTERS], responses=gives(WatchedWords))
@with_token(*KEEPERS)
def show_watched_words() -> Response:
    """List the watched words by mark, the deployment's own and the shipped ones, and how long a called person has."""
    session = current_session()
    told = {"words": risk_words.list_words(session), "minutes": risk_words.alarm_policy(session)}
    return answer(WatchedWords.model_validate(told))


@api.post("/watched-words", tags=[MATTERS], responses=gives(WordAdded, 422, status=201))
@with_token(*KEEPERS)
def watch_word(body: NewWord) -> Response:
    """Watch a word, or keep one from marking; `added` is false when the list has it already."""
    added = risk_words.add_word(
        current_session(), viewer(), body.text, tag=body.tag, effect=body.effect, now=now()
    )
    return answer(WordAdded(added=added), 201 if added else 200)


@api.post("/watched-words/<int:word_id>/remove", tags=[MATTERS], responses=gives(None, status=204))
@with_token(*KEEPERS)
def stop_watching_word(path: WordPath) -> Response:
    """Take an own word off the list; a shipped one is switched off by an entry with the effect `allow`."""
    risk_words.remove_word(current_session(), viewer(), path.word_id)
    return nothing()


@api.post("/watched-words/try", tags=[MATTERS], responses=gives(Watched))
@with_token(*KEEPERS)
@reads_only
def try_watched_words(body: TriedText) -> Response:
    """Say which marks a text would raise, and by which words; nothing is saved."""
    screen = risk_words.load_screen(current_session())
    return answer(Watched(words=screen.tags(body.text), patterns=sorted(classify(body.text).tags)))


@api.put("/watched-words/minutes", tags=[MATTERS], responses=gives(AlarmMinutes, 422))
@with_token(*KEEPERS)
def change_alarm_minutes(body: AlarmMinutes) -> Response:
    """Change how many minutes a called person has before the next one is called."""
    policy = risk_words.set_alarm_policy(
        current_session(), viewer(), danger=body.danger_minutes, harmful=body.harmful_minutes
    )
    return answer(AlarmMinutes.model_validate(policy))
