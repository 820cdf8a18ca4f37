"""Erasure of a person: personal data is replaced by a pseudonym, and all memberships end (D52)."""

from typing import Any, Final

import sqlalchemy as sa

from gateway.auth.sign_in import ended
from gateway.context import Info
from gateway.db.models import ClientMember, FirmMember, User
from gateway.db.queries.erasure import erased, organisations_of, places_of
from gateway.errors import Conflict
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.refusals import CONFLICTS
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.accounts.inputs import EraseUserInput

PLACES: Final[dict[str, Any]] = {"FirmMember": FirmMember, "ClientMember": ClientMember}


async def erase_user(info: Info, input: EraseUserInput) -> Any:
    """Erases a person, identified by any membership: the platform cannot see a person without one.

    The audit trail keeps the key of the person.
    """
    context, now = info.context, info.context.viewer.now

    async def work(change: MutationContext) -> dict[str, Any]:
        execute = change.connection.execute
        known, _ = context.seal.open_id(input.id)
        type_name = known if known in PLACES else "FirmMember"
        place = PLACES[type_name]
        row = await change.authorize_id(type_name, input.id, "ERASE_USER")
        of_it = sa.select(User.id, User.email_key, User.erased_at).join(place, place.user_id == User.id)
        person = (await execute(of_it.where(place.id == row.id).with_for_update(of=User))).one()
        change.about = About("User", person.id)
        if person.erased_at is not None:
            raise Conflict(CONFLICTS["ERASED"])
        for organisations in organisations_of(person.id):
            await execute(organisations)
        # The rule must hold for each membership of the person, not only for the one in the input.
        for kind, held in places_of(person.id).items():
            if keys := (await execute(held)).scalars().all():
                await change.authorize_all(kind, keys, "ERASE_USER")
        for statement in erased(person.id, person.email_key, now):
            await execute(statement)
        await execute(ended(now, lambda kin: kin.user_id == person.id))
        await execute(context.sign_in_service.forgiven(person.email_key))
        return {"erased": True}

    return await run_mutation(info, work)
