"""The policy engine: compiles Polar rules to SQL conditions and bit masks.

No other package imports oso. The engine contains no terms of the business domain.
"""

from gateway.policy.errors import PolicyError, UnsupportedShape
from gateway.policy.plan import Plan, Situation
from gateway.policy.policy import Policy
from gateway.policy.rows import describe

__all__ = ["Plan", "Policy", "PolicyError", "Situation", "UnsupportedShape", "describe"]
