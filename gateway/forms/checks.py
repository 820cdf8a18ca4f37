"""Checks of values in inputs: each returns a `Check`. The functions that they call are in `gateway.text`."""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Any, Final

from gateway.auth.web_addresses import is_public_site, read_address
from gateway.db.invitation_codes import read_code
from gateway.errors import Fault, InvalidInput, refuse
from gateway.forms.entries import Check, Form
from gateway.text import timestamps
from gateway.text.addresses import address_key, checked_address
from gateway.text.passwords import prepared
from gateway.text.validation import MAX_MESSAGE_LENGTH, MAX_NAME_LENGTH, checked_name, checked_text, optional_text

MAX_INVITEES: Final = 20
PASSWORD: Final = range(12, 129)  # characters


def _plain(check: Callable[[Any], Any]) -> Check:
    return lambda value, _: check(value)


def name(longest: int = MAX_NAME_LENGTH) -> Check:
    return _plain(lambda value: checked_name(value, longest))


def text(longest: int, *, lines: bool = False) -> Check:
    return _plain(lambda value: checked_text(value, longest, lines=lines))


def maybe_text(longest: int = MAX_MESSAGE_LENGTH, *, lines: bool = True) -> Check:
    """The text, or None if none of it is visible."""
    return _plain(lambda value: optional_text(value, longest, lines=lines))


address: Final = _plain(checked_address)


def require_password(password: str | None) -> str:
    """Returns the password. InvalidInput if its prepared form, which is hashed, is too short or too long."""
    if len(prepared(password or "")) not in PASSWORD:
        raise InvalidInput.of("LENGTH", least=PASSWORD.start, most=PASSWORD.stop - 1)
    return password or ""


password: Final = _plain(require_password)


def confirmed(value: bool, _: Form) -> bool:
    if not value:
        raise InvalidInput.of("CONFIRM")
    return value


def future(value: str, form: Form) -> Any:
    return timestamps.future(value, form.now)


def past(ahead: timedelta = timedelta(0)) -> Check:
    """A moment at most `ahead` from now."""
    return lambda value, form: timestamps.past(value, form.now + ahead)


def number(least: int, most: int) -> Check:
    def checked(value: int, _: Form) -> int:
        if not least <= value <= most:
            raise InvalidInput.of("NUMBER", least=least, most=most)
        return value

    return checked


def entries(least: int, most: int, each: Check | None = None) -> Check:
    """A list with this many values, each of which passes `each`."""

    def checked(values: Sequence[Any], form: Form) -> Any:
        if not least <= len(values) <= most:
            raise InvalidInput.of("ENTRIES", least=least, most=most)
        if each is None:
            return values
        kept, faults = [], []
        for index, value in enumerate(values):
            try:
                kept.append(each(value, form))
            except InvalidInput as invalid:
                faults += [fault.under(index) for fault in invalid.faults]
        refuse(faults)
        return kept

    return checked


def invitees(most: int) -> Check:
    """A list of inputs with an address, of which none may occur twice."""

    def checked(values: Sequence[Any], form: Form) -> Any:
        entries(1, most)(values, form)
        seen: set[str] = set()
        faults = []
        for index, value in enumerate(values):
            key = address_key(value.email)
            if key in seen:
                faults.append(Fault.of("DUPLICATE", index, "email"))
            seen.add(key)
        refuse(faults)
        return values

    return checked


def matches(pattern: str, rule: str) -> Check:
    compiled = re.compile(pattern)

    def checked(value: str, _: Form) -> str:
        if compiled.fullmatch(value) is None:
            raise InvalidInput.of(rule)
        return value

    return checked


def invitation_code(value: str, _: Form) -> str:
    """The code as it is stored. Typing errors are recognisable without a lookup, and do not count as guesses."""
    found = read_code(value)
    if found is None:
        raise InvalidInput.of("INVITATION_CODE")
    return found


def website(longest: int) -> Check:
    def checked(value: str, _: Form) -> str:
        parts = read_address(value, longest)
        if parts is None or not is_public_site(parts):
            raise InvalidInput.of("WEBSITE", most=longest)
        return value

    return checked


def anything(value: Any, _: Form) -> Any:
    return value


language_code: Final = matches("[a-z]{2,3}", "LANGUAGE_CODE")


def one_of(names: Collection[str], given: Sequence[Any], *, optional: bool = False) -> list[Fault]:
    """The fault of inputs that must have exactly one of several values, or with `optional` at most one."""
    count = sum(value is not None for value in given)
    if count == 1 or (optional and count == 0):
        return []
    rule = "AT_MOST_ONE_OF" if optional else "EXACTLY_ONE_OF"
    return [Fault.of(rule, name, names=", ".join(names)) for name in names]
