"""Words of one meaning, for programs that keep a list of their own."""

from flask import Response

from knowledge_base import vocabulary
from routing.models import Role
from web.api.routes import ARTICLES, answer, api, gives, nothing
from web.api.schemas.synonyms import GivenWords, SynonymGroup, SynonymGroups, SynonymPath
from web.context import current_session, now
from web.guards import with_token


@api.get("/synonyms", tags=[ARTICLES], responses=gives(SynonymGroups))
@with_token(Role.EDITOR)
def list_synonyms() -> Response:
    """List the editors' groups of words that mean the same."""
    return answer(SynonymGroups.model_validate({"groups": vocabulary.synonym_groups(current_session())}))


@api.post("/synonyms", tags=[ARTICLES], responses=gives(SynonymGroup, status=201))
@with_token(Role.EDITOR)
def add_synonyms(body: GivenWords) -> Response:
    """Add a group; it counts from now on."""
    return answer(SynonymGroup.model_validate(vocabulary.add_synonyms(current_session(), body.words)), 201)


@api.put("/synonyms/<int:group_id>", tags=[ARTICLES], responses=gives(SynonymGroup, 404))
@with_token(Role.EDITOR)
def change_synonyms(path: SynonymPath, body: GivenWords) -> Response:
    """Replace the words of a group."""
    changed = vocabulary.change_synonyms(current_session(), path.group_id, body.words)
    return answer(SynonymGroup.model_validate(changed))


@api.post("/synonyms/<int:group_id>/remove", tags=[ARTICLES], responses=gives(None, 404, status=204))
@with_token(Role.EDITOR)
def remove_synonyms(path: SynonymPath) -> Response:
    """Take a group out of use; twice changes nothing."""
    vocabulary.remove_synonyms(current_session(), path.group_id, now=now())
    return nothing()
