"""Headers with preferences: names with weights (RFC 9110, 12.4.2)."""

from collections.abc import Mapping


def weighted(header: str) -> Mapping[str, float]:
    """Returns the weight of each name, in lower case. One that cannot be read has no weight."""
    weights: dict[str, float] = {}
    for each in header.split(","):
        name, *parameters = (part.strip().lower() for part in each.split(";"))
        weights[name] = _weight(parameters)
    return weights


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0
