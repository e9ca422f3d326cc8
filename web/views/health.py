"""Whether the parts of the installation work, for load balancers and for `minhu up`."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from web.context import services
from web.guards import machine
from web.health import check_health

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@machine
def healthz() -> ResponseReturnValue:
    """Say of each part "ok" or why not; 503 when one does not work."""
    health = check_health(services().runtime)
    return jsonify(health.as_dict()), health.status
