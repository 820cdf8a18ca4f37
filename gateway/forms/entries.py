"""Declares the fields of inputs with their checks, and collects all faults of an input."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple

import strawberry
from strawberry.types.base import StrawberryList, StrawberryOptional

from gateway.errors import Fault, InvalidInput, Step, refuse
from gateway.global_ids import Seal
from gateway.names import camel

CHECK: Final = "check"
APART: Final = "apart"
RULES: Final = "faults_together"
"""The method of an input that gives the faults of values that do not fit each other."""


@dataclass(frozen=True, slots=True)
class Form:
    """What checks need besides the value."""

    now: datetime
    seal: Seal


Check = Callable[[Any, Form], Any]
"""Returns the value as the resolver is to have it. Raises InvalidInput, whose paths begin at the value."""


def entry(description: str, check: Check, *, apart: bool = False, **more: Any) -> Any:
    """Declares a field of an input. `check` is called for a value other than null.

    `apart`: the inputs in the list are not checked with the form, since each has an outcome of its own.
    """
    return strawberry.field(description=description, metadata={CHECK: check, APART: apart}, **more)


def check_input(value: Any, form: Form) -> list[Fault]:
    """Returns all faults of an input, and writes the checked values into it.

    An id that the gateway did not make is a fault in every field.
    """
    return list(_faults(value, form))


class Rest:
    """Collects the faults that only data can show, after the authorization: all at once (D74)."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    @contextmanager
    def at(self, *path: Step) -> Iterator[None]:
        """Keeps the faults of the value at `path`."""
        try:
            yield
        except InvalidInput as invalid:
            self.faults += [fault.under(*path) for fault in invalid.faults]

    def add(self, fault: Fault) -> None:
        self.faults.append(fault)


@contextmanager
def gathered() -> Iterator[Rest]:
    """Raises InvalidInput at its end if there was a fault."""
    rest = Rest()
    yield rest
    refuse(rest.faults)


class _Entry(NamedTuple):
    python_name: str
    name: str
    check: Check | None
    has_inputs: bool


def _faults(value: Any, form: Form) -> Iterator[Fault]:
    for each in _entries(value.__class__):
        given = getattr(value, each.python_name)
        if given is None:
            continue
        if each.check is not None:
            try:
                setattr(value, each.python_name, each.check(given, form))
            except InvalidInput as invalid:
                yield from (fault.under(each.name) for fault in invalid.faults)
        if each.has_inputs:
            yield from _within(given, form, each.name)
    together = getattr(value, RULES, None)
    if together is not None:
        yield from together()


def _within(given: Any, form: Form, name: str) -> Iterator[Fault]:
    if not isinstance(given, list):
        yield from (fault.under(name) for fault in _faults(given, form))
        return
    for index, one in enumerate(given):
        yield from (fault.under(name, index) for fault in _faults(one, form))


@cache
def _entries(kind: type) -> tuple[_Entry, ...]:
    found = []
    for field in kind.__strawberry_definition__.fields:  # type: ignore[attr-defined]
        type_ = _inner(field.type)
        named = field.graphql_name or camel(field.python_name)
        is_list = _is_list(field.type)
        check = field.metadata.get(CHECK)
        if type_ is strawberry.ID:
            check = _also_ids(check, is_list=is_list)
        within = hasattr(type_, "__strawberry_definition__") and not field.metadata.get(APART)
        found.append(_Entry(field.python_name, named, check, within))
    return tuple(found)


def _also_ids(check: Check | None, *, is_list: bool) -> Check:
    def checked(given: Any, form: Form) -> Any:
        kept = given if check is None else check(given, form)
        ids = given if is_list else [given]
        wrong = [index for index, id in enumerate(ids) if not form.seal.is_id(id)]
        refuse(Fault.of("ID", *([index] if is_list else [])) for index in wrong)
        return kept

    return checked


def _is_list(type_: Any) -> bool:
    return isinstance(type_.of_type if isinstance(type_, StrawberryOptional) else type_, StrawberryList)


def _inner(type_: Any) -> Any:
    while isinstance(type_, StrawberryOptional | StrawberryList):
        type_ = type_.of_type
    return type_
