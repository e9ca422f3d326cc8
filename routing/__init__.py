"""Who answers: departments and officers, the responsibility catalogue, rules and the decision."""

from routing.catalogue import Catalogue, catalogue_revision, load_catalogue
from routing.decision import CandidateDepartment, Decision, RoutingFacts, decide
from routing.reasons import Reason

__all__ = [
    "CandidateDepartment",
    "Catalogue",
    "Decision",
    "Reason",
    "RoutingFacts",
    "catalogue_revision",
    "decide",
    "load_catalogue",
]
