"""Firms sign up, are created when the link in the mail is opened, and get a client account of their own (M1, L18)."""

from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from gateway.auth.secret_tokens import hash_of
from gateway.context import Context, Info
from gateway.db.ids import uuid7
from gateway.db.models import Firm, FirmMember, FirmSignUp, User
from gateway.db.queries.sign_ups import open_sign_up
from gateway.errors import NotFound
from gateway.forms import checks, gathered
from gateway.resolvers.clients.creation import begun
from gateway.resolvers.core.audit_trail import About, Joined
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.mail_limits import require_few_asked
from gateway.resolvers.core.places import place_at
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.resolvers.memberships.recipients import hashed, person, require_room, sending
from gateway.schema.accounts.inputs import CompleteSignUpInput, CreateOwnAccountInput, SignUpFirmInput
from gateway.schema.core.enums import Locale
from gateway.text.addresses import address_key
from gateway.text.keys import sort_key, spelled_key

KIND: Final = "ACCOUNT_CREATED"
TTL: Final = timedelta(hours=24)
TRIAL: Final = timedelta(days=14)


async def sign_up_firm(info: Info, input: SignUpFirmInput) -> Any:
    """Stores the sign-up and mails a link. Neither person nor firm is created before the link is opened.

    So the response does not reveal who has an account, and no caller can register another person's address (V23–V33, L18).
    """
    context, now = info.context, info.context.viewer.now

    async def work(change: MutationContext) -> dict[str, Any]:
        email = input.email
        row = {
            **sending(context, KIND, TTL),
            "email": email,
            "email_key": address_key(email),
            "name": input.name,
            "phone": input.phone,
            "locale": (input.locale or Locale.EN).value.lower(),
            "firm_name": input.firm_name,
            "country": input.country.value,
            "business_kind": input.business_kind.value.lower(),
            "payroll_program": input.payroll_program,
            "signed_up_at": now,
        }
        await require_few_asked(change, KIND)
        if not await context.bounds.is_asked_too_often(change.connection, KIND, email, now):
            await change.connection.execute(sa.insert(FirmSignUp).values(row))
            await change.notice(KIND, offer=str(row["id"]))
        return {"accepted": True}

    return await run_mutation(info, work, by_token=True)


async def complete_sign_up(info: Info, input: CompleteSignUpInput) -> Any:
    """Creates the firm by the token of the mail, which works once. Raises NotFound, with one text, for any other token.

    If the address belongs to a user, that user must be signed in. Otherwise a user is created; the password is hashed
    before a row is locked.
    """
    context, now = info.context, info.context.viewer.now

    async def work(change: MutationContext) -> dict[str, Any]:
        connection, good = change.connection, open_sign_up(hash_of(input.token), now)
        wanted = (await connection.execute(good)).one_or_none()
        if wanted is None:
            raise NotFound
        known = person(context, wanted.user_id)
        password_hash = await _hashed(context, input.password) if known is None else None
        # A concurrent request may have used the token meanwhile.
        if (await connection.execute(good.with_for_update(of=FirmSignUp))).one_or_none() is None:
            raise NotFound
        founder, firm_id = known or uuid7(now), uuid7(now)
        if known is None:
            account = {"id": founder, "password_hash": password_hash, "phone": wanted.phone, "locale": wanted.locale}
            known_by = {"name": wanted.name, "email": wanted.email, "email_key": wanted.email_key}
            await connection.execute(sa.insert(User).values(**account, **known_by, created_at=now))
        await connection.execute(sa.insert(Firm).values(id=firm_id, **_founded(wanted), created_at=now))
        await require_room(connection, founder)
        place = {"firm_id": firm_id, "user_id": founder, "role": "admin", "state": "active", "is_owner": True}
        await connection.execute(sa.insert(FirmMember).values(id=uuid7(now), **place, created_at=now))
        used = sa.update(FirmSignUp).where(FirmSignUp.id == wanted.id)
        await connection.execute(used.values(state="accepted", accepted_by=founder, firm_id=firm_id))
        change.joined = Joined(founder, "firm", firm_id)
        change.about = About("Firm", firm_id, firm_id=firm_id)
        return {"membership": place_at(context, "firm", firm_id, wanted.firm_name, "admin")}

    return await run_mutation(info, work, by_token=True)


async def _hashed(context: Context, password: str | None) -> str:
    with gathered() as faults, faults.at("password"):
        checks.require_password(password)
    return await hashed(context, password)


def _founded(wanted: Any) -> dict[str, Any]:
    """Returns the columns of a new firm: on trial (V18, V19), and not in the partner programme yet (M2)."""
    return {
        "name": wanted.firm_name,
        "name_key": sort_key(wanted.firm_name),
        "spelled_key": spelled_key(wanted.firm_name),
        "country": wanted.country,
        "business_kind": wanted.business_kind,
        "contact_name": wanted.name,
        "contact_email": wanted.email,
        "contact_email_key": wanted.email_key,
        "contact_phone": wanted.phone,
        "payroll_program": wanted.payroll_program,
        "account_state": "trial",
        "trial_ends_at": wanted.signed_up_at + TRIAL,
        "subscription_paid": False,
        "programme_state": "draft",
    }


async def create_own_account(info: Info, input: CreateOwnAccountInput) -> Any:
    """Creates an ordinary client that the viewer owns. It has no collaboration, not even with the firm (P19, P20, D21)."""
    context = info.context

    async def work(change: MutationContext) -> dict[str, Any]:
        firm = await change.authorize(*change.subject(), "CREATE_OWN_ACCOUNT")
        name, country = input.company_name, input.country.value
        company, _ = await begun(change, change.person(), name=name, country=country, number=input.company_number)
        housed = sa.update(Firm).where(Firm.id == firm.id)
        await change.connection.execute(housed.values(own_client_id=company))
        change.also("CREATE_OWN_ACCOUNT", About("Client", company, client_id=company))
        membership = place_at(context, "client", company, name, "owner")
        return {"membership": membership, "firm": Node("Firm", firm.id)}

    return await run_mutation(info, work)
