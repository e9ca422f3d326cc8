"""The web application: puts settings, database, queue, guards, languages, errors and pages together."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import datetime
from types import ModuleType

from flask import Flask

import web.views
from web.context import Application, Services, abandon_work
from web.errors import init_errors
from web.frame import Place, init_frame
from web.guards import check_access
from web.i18n import init_languages
from web.request_log import init_request_log
from web.runtime import Runtime, open_runtime, utc_now
from web.security import check_form_token, configure_security, init_security
from web.sentences import init_sentences
from web.settings import Settings
from web.static_files import init_static_files
from web.time_left import init_time_left
from web.words import init_words


def create_app(
    settings: Settings, *, runtime: Runtime | None = None, clock: Callable[[], datetime] = utc_now
) -> Flask:
    """Make the application; without a `runtime` it opens its own database and queue, on first use."""
    app = Application("web")
    app.extensions["minhu"] = Services(runtime or open_runtime(settings), clock)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    configure_security(app, settings)
    init_request_log(app)
    init_static_files(app)
    init_languages(app)
    init_words(app)
    init_sentences(app)
    init_time_left(app)
    init_errors(app)
    init_security(app, settings)
    # After Talisman and the limiter: a refusal carries the headers, a flood never reaches the database.
    app.before_request(check_access)
    app.before_request(check_form_token)
    app.teardown_request(abandon_work)
    init_frame(app, _register_views(app))
    return app


def _register_views(app: Flask) -> Iterator[Place]:
    """Register the `blueprint` of every module in web/views and return the places it adds to the rail."""
    for module in _view_modules():
        if hasattr(module, "blueprint"):
            app.register_blueprint(module.blueprint)
            yield from getattr(module, "PLACES", ())


def _view_modules() -> Iterator[ModuleType]:
    for found in sorted(pkgutil.iter_modules(web.views.__path__), key=lambda found: found.name):
        yield importlib.import_module(f"web.views.{found.name}")
