"""Parts of a page that keep themselves fresh: sent again only when they have changed."""

from flask import Response, make_response, request


def fresh(html: str) -> Response:
    """Send a fragment with its tag; a browser that has it already is told so (304)."""
    response = make_response(html)
    response.add_etag()
    response.headers["Cache-Control"] = "no-cache, private"
    response.make_conditional(request)
    return response


def tag_of(html: str) -> str:
    """Return the tag under which `fresh` would send this fragment, for a page that brings it along."""
    response = make_response(html)
    response.add_etag()
    return response.headers["ETag"]
