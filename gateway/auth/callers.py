"""Identities of earlier requests: each is good as long as the proof in the statement that uses it is the same."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gateway.auth.access_tokens import Bearer
from gateway.auth.integration_tokens import PREFIX
from gateway.auth.memberships import ACTING_AS, Identity
from gateway.auth.proofs import DEFAULT, HASH, NOW, USER
from gateway.auth.secret_tokens import hash_of
from gateway.auth.viewers import Viewer
from gateway.caches import Cache

MAX_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of its caller, before the database is queried: a token, or the user that it names."""

    bearer: str | None
    visitor: UUID | None = None
    named: Bearer | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request. `parameters` are those of the proof's SQL."""

    identity: Identity
    viewer: Viewer
    key: Hashable
    parameters: Mapping[str, Any]


class Callers:
    """At most MAX_REMEMBERED identities. No token is kept: a machine is remembered by the hash of its own."""

    def __init__(self) -> None:
        self._remembered: Cache[Hashable, Identity] = Cache(MAX_REMEMBERED)

    def find(self, shown: Shown, headers: Mapping[str, str], now: datetime) -> Caller | None:
        key = _key(shown, headers)
        identity = self._remembered.get(key)
        return None if identity is None else _caller(identity, key, shown, now)

    def remember(self, identity: Identity, shown: Shown, headers: Mapping[str, str], now: datetime) -> Caller:
        key = _key(shown, headers)
        if identity.proof is not None:
            self._remembered.put(key, identity)
        return _caller(identity, key, shown, now)

    def forget(self, caller: Caller) -> None:
        self._remembered.drop(caller.key)


def _caller(identity: Identity, key: Hashable, shown: Shown, now: datetime) -> Caller:
    parameters: dict[str, Any] = {}
    if shown.bearer is not None and shown.bearer.startswith(PREFIX):
        parameters = {HASH: hash_of(shown.bearer), NOW: now}
    elif identity.user_id is not None:
        default = next((each.organisation_id for each in identity.memberships if each.is_default), None)
        parameters = {USER: identity.user_id, DEFAULT: default}
    return Caller(identity, replace(identity.viewer, now=now), key, parameters)


def _key(shown: Shown, headers: Mapping[str, str]) -> Hashable:
    wanted = headers.get(ACTING_AS)
    if shown.visitor is not None:
        return "visitor", shown.visitor, wanted
    if shown.named is not None:
        return "user", *shown.named, wanted
    return "machine", None if shown.bearer is None else hash_of(shown.bearer), wanted
