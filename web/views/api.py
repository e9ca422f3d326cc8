"""The JSON API's place among the views; web/api holds it."""

from web.api import blueprint

__all__ = ["blueprint"]
