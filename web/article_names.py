"""What the fields of an article are called."""

from typing import Any

from flask_babel import lazy_gettext as _l

FIELD_NAMES: dict[str, Any] = {
    "question": _l("Question"),
    "answer": _l("Answer"),
    "phrasings": _l("Other ways to ask it"),
    "topic_code": _l("Topic"),
    "owner_code": _l("Owner"),
    "authority": _l("Authority"),
    "region": _l("Only for one town"),
    "service_url": _l("Link to the service"),
    "interpretation_url": _l("Official interpretation"),
    "interpretation_title": _l("Title of the interpretation"),
    "tags": _l("Tags"),
    "basis": _l("Policy basis"),
    "valid_from": _l("Valid from"),
    "valid_until": _l("Valid until"),
    "review_by": _l("Review by"),
}
"""In the order of the form."""
