"""Proofs of identity: a text of all that makes a caller who they are, read again by each compiled statement.

An identity that is remembered from an earlier request holds as long as its proof is the same. The statement that reads the data
also reads the proof, so both are of one snapshot.
"""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.types import DateTime, LargeBinary

from gateway.auth.integration_tokens import token_by
from gateway.auth.viewers import Membership

USER: Final = "proof_user"
HASH: Final = "proof_hash"
NOW: Final = "proof_now"
"""Parameters of the proofs' SQL."""
DEFAULT: Final = "default_organisation_id"
"""A parameter that a proof vouches for: the organisation for which a person acts if the request names none."""

OF_PERSON: Final = f"""(SELECT u.session_version || ' ' || coalesce(u.default_organisation_id::text, '-') || ' ' || coalesce((
  SELECT string_agg(p.place, ',' ORDER BY p.place COLLATE "C") FROM (
    SELECT 'firm ' || firm_id || ' ' || id || ' ' || role AS place FROM firm_member
      WHERE user_id = %({USER})s::uuid AND state = 'active'
    UNION ALL SELECT 'client ' || client_id || ' ' || id || ' ' || role FROM client_member
      WHERE user_id = %({USER})s::uuid AND state = 'active'
    UNION ALL SELECT 'platform ' || role FROM platform_member WHERE user_id = %({USER})s::uuid) p), '')
  FROM user_account u WHERE u.id = %({USER})s::uuid AND u.erased_at IS NULL)"""
"""NULL for a user who does not exist or is erased."""


def proof_of_person(session_version: int, default_id: UUID | None, memberships: Iterable[Membership]) -> str:
    places = [
        f"platform {each.role}"
        if each.member_id is None
        else f"{each.kind} {each.organisation_id} {each.member_id} {each.role}"
        for each in memberships
    ]
    return f"{session_version} {default_id or '-'} {','.join(sorted(places))}"


def of_machine() -> Select[tuple[Any]]:
    """Selects the proof of a machine; no row for a token that is not valid. It differs while the token's use is to be recorded."""
    token = token_by(bindparam(HASH, type_=LargeBinary()), bindparam(NOW, type_=DateTime(timezone=True))).subquery()
    return select(func.concat_ws(" ", *(token.c[name] for name in _OF_TOKEN), token.c.is_stale))


def proof_of_machine(token: Row[Any]) -> str:
    """The proof after the token's use was recorded."""
    values = (getattr(token, name) for name in _OF_TOKEN)
    return " ".join([*(str(value) for value in values if value is not None), "f"])


_OF_TOKEN: Final = ("id", "scopes", "firm_id", "client_id", "member_id", "kind", "role")
