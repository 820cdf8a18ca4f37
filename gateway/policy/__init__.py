"""The policy engine: Polar in, SQL conditions and bit masks out. The only importer of oso. It knows no noun of the business."""

from gateway.policy.errors import PolicyError, UnsupportedShape
from gateway.policy.plan import Plan, Situation
from gateway.policy.policy import Policy
from gateway.policy.rows import describe

__all__ = ["Plan", "Policy", "PolicyError", "Situation", "UnsupportedShape", "describe"]
