"""Fields that follow from the situation of a row alone: a statement gives the facts, and Python the text, once for each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from gateway.policy import Plan, Situation
from gateway.policy.vocabulary import Fact

MAX_KEPT: Final = 100
"""Texts of one field. They are forgotten when there are more: an operation meets few situations."""
Shown = Callable[[Any], Any]
"""Returns the JSON value that a selection shows of an object."""


@dataclass(frozen=True, slots=True)
class Situations:
    """One such field of one operation. `facts` are texts, separated by `|`, in the order of the plan."""

    plan: Plan
    objects: Callable[[Situation], Sequence[Any]]
    shown: Shown
    _kept: dict[bytes, bytes] = field(default_factory=dict)

    def text(self, facts: bytes) -> bytes:
        """Returns the JSON text of the field in the situation with these facts."""
        found = self._kept.get(facts)
        if found is None:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            found = self._kept[facts] = orjson.dumps(
                [self.shown(each) for each in self.objects(self._situation(facts))]
            )
        return found

    def _situation(self, facts: bytes) -> Situation:
        plan = self.plan
        texts = facts.decode().split("|") if plan.asked else []
        values = [_value(plan.declared[name], text) for name, text in zip(plan.asked, texts, strict=True)]
        return plan.met(tuple(values))


def _value(fact: Fact, text: str) -> Any:
    if fact.domain is None:
        return int(text)
    return text == "true" if fact.is_boolean else text


def object_of(fields: Mapping[str, Shown]) -> Shown:
    """Returns what shows an object with these keys."""
    return lambda value: {key: shown(value) for key, shown in fields.items()}


def field_of(read: Shown, shown: Shown) -> Shown:
    """Returns what shows the value that `read` returns, or each item of it if it is a list."""

    def show(value: Any) -> Any:
        found = read(value)
        if isinstance(found, list | tuple) and not hasattr(found, "_fields"):
            return [shown(each) for each in found]
        return None if found is None else shown(found)

    return show
