"""Integration tokens: created, listed and revoked for the acting organisation, as the policy allows (D26, D41)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.auth.integration_tokens import PREFIX
from gateway.auth.secret_tokens import hash_of, new_token
from gateway.context import Info
from gateway.db.enums import bits
from gateway.db.ids import uuid7
from gateway.db.models import IntegrationToken
from gateway.db.models.accounts import SCOPES
from gateway.errors import Conflict, InvalidInput
from gateway.loaders import VisibleRow
from gateway.messages import text
from gateway.reads.formats import word
from gateway.reads.roots import RootList, RootWords, plain
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node, Secret
from gateway.resolvers.core.transaction import MutationContext, acting_organisation, run_mutation
from gateway.schema.tokens.inputs import CreateTokenInput, RevokeTokenInput

MAX_COUNT: Final = 100  # active tokens of one organisation
PLATFORM_LOCK: Final = 0x746F6B656E


STORED: Final = {word(scope): scope for scope in SCOPES}


# Revoked tokens are included, so that past access can be traced.
INTEGRATION_TOKENS: Final = RootList(
    target="IntegrationToken", order=lambda rows: (rows.own(IntegrationToken.id),), select=plain
)
# The scopes that tokens of the acting organisation may have; none if the viewer may not create tokens.
TOKEN_SCOPES: Final = RootWords(own=acting_organisation, rule="offers")


async def create_token(info: Info, input: CreateTokenInput) -> Any:
    """Creates a token. Only this response contains the secret: the database keeps its hash."""
    secret = new_token(PREFIX)
    now = info.context.viewer.now
    token_id = uuid7(now)

    async def work(change: MutationContext) -> dict[str, Any]:
        type_name, key = change.subject()
        subject = await change.authorize(type_name, key, "CREATE_TOKEN")
        wanted = _scopes(subject, input)
        row: dict[str, Any] = {
            "id": token_id,
            "name": input.name,
            "token_hash": hash_of(secret),
            "scopes": bits(SCOPES, wanted),
            **_owner(type_name, key),
            "created_by": info.context.identity.user_id,
        }
        if input.expires_at is not None:
            row["expires_at"] = input.expires_at
        if type_name == "User":  # the platform has no row that two administrators would both lock
            await change.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PLATFORM_LOCK)))
        if (await change.connection.execute(_living(_owner(type_name, key), now))).scalar_one() >= MAX_COUNT:
            raise Conflict(text("conflict", "TOKENS", most=MAX_COUNT))
        await change.connection.execute(sa.insert(IntegrationToken).values(row))
        owner = _owner(type_name, key)
        change.about = About("IntegrationToken", token_id, owner.get("client_id"), owner.get("firm_id"))
        return {"token": Node("IntegrationToken", token_id), "secret": Secret(secret)}

    return await run_mutation(info, work)


async def revoke_token(info: Info, input: RevokeTokenInput) -> Any:
    """Revokes the token. It gives no access from now on."""

    async def work(change: MutationContext) -> dict[str, Any]:
        key = (await change.authorize_id("IntegrationToken", input.id, "REVOKE_TOKEN")).id
        revoked = sa.update(IntegrationToken).where(IntegrationToken.id == key)
        revoked = revoked.values(revoked_at=info.context.viewer.now)
        owner = revoked.returning(IntegrationToken.firm_id, IntegrationToken.client_id)
        change.about = About("IntegrationToken", key, **(await change.connection.execute(owner)).one()._mapping)
        return {"token": Node("IntegrationToken", key)}

    return await run_mutation(info, work)


def _scopes(subject: VisibleRow, input: CreateTokenInput) -> list[str]:
    """Returns the requested scopes. Raises InvalidInput for one that the organisation's tokens may not have (D26)."""
    offered = subject.situation.words("offers")
    wanted = list(dict.fromkeys(scope.value for scope in input.scopes))
    if not wanted or not set(wanted) <= set(offered):
        raise InvalidInput.of("SCOPES", "scopes", names=", ".join(offered))
    return [STORED[scope] for scope in wanted]


def _owner(type_name: str, key: UUID) -> dict[str, UUID | None]:
    return {"firm_id": key if type_name == "Firm" else None, "client_id": key if type_name == "Client" else None}


def _living(owner: dict[str, UUID | None], now: datetime) -> sa.Select[int]:
    """Returns a query for the number of active tokens. The caller has locked the organisation against concurrent creation."""
    of_it = [IntegrationToken.__table__.c[name].is_not_distinct_from(key) for name, key in owner.items()]
    return (
        sa.select(sa.func.count())
        .select_from(IntegrationToken)
        .where(*of_it, IntegrationToken.revoked_at.is_(None), IntegrationToken.expires_at > now)
    )
