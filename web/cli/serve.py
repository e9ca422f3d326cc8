"""`minhu serve`: the web server."""

from web.cli.entry import begin_service


def command() -> None:
    """Run the web server."""
    settings = begin_service()
    from web.server import serve

    serve(settings)
