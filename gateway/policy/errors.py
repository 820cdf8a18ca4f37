"""The errors of a policy. Each message names the rule, so that its author can find it."""


class PolicyError(Exception):
    """The policy cannot be put in force."""


class UnsupportedShape(PolicyError):
    """A rule has a shape that the compiler does not support. The compiler never guesses."""


class UnknownFact(LookupError):
    """A rule reads an undeclared fact. It is not an AttributeError, which Polar would treat as false under `not`."""
