"""What can be wrong with a policy. Each names the rule, so that its author finds it."""


class PolicyError(Exception):
    """The policy cannot be put in force."""


class UnsupportedShape(PolicyError):
    """A rule has a shape that the compiler does not know. It never guesses."""


class UnknownFact(LookupError):
    """A rule reads a fact that was not declared. Not an AttributeError: Polar would take that for a plain no under `not`."""
