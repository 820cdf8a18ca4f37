"""One name in the spellings of the graph, of Python and of actions: `grantAccess`, `grant_access`, `GRANT_ACCESS`."""

import re


def camel(name: str) -> str:
    """Returns a name of Python as the graph spells it."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def action_of(field: str) -> str:
    """Returns the action of a mutation or query: its name in capitals (D63)."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", field).upper()


def field_of(action: str) -> str:
    """Returns the mutation or query of an action."""
    return camel(action.lower())
