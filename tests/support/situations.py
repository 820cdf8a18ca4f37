"""A world in which each mutation meets what it looks at besides the facts of its row: the crowd, and what the crowd lacks.

It is written over the demo world. Whatever a resolver asks of other rows should be the case here for one row and not for another.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.enums import CLIENT_STATES, PROFILE_STATES, PROGRAMME_STATES
from gateway.db.invitation_codes import new_code
from gateway.db.seeds.demo import DEMO_NOW
from tests.policies import model, worlds
from tests.policies.crowd import crowd
from tests.support import make

DAY: Final = timedelta(days=1)
ONE_ON_ITS_WAY: Final = """DELETE FROM firm_profile p WHERE state IN ('draft', 'in_review', 'changes_requested')
  AND EXISTS (SELECT FROM firm_profile o WHERE o.firm_id = p.firm_id AND o.revision < p.revision
    AND o.state IN ('draft', 'in_review', 'changes_requested'))"""
"""The crowd has several revisions of one firm that are on their way, which no firm ever has."""
RUNS: Final = "INSERT INTO platform_member (user_id, role) VALUES (:admin, 'admin'), (:reviewer, 'reviewer')"


async def settle(connection: AsyncConnection) -> set[UUID]:
    """The keys of what the crowd lacks. Two people of the crowd run the platform, too."""
    people = crowd()
    await worlds.write(connection, people)
    await connection.execute(text(ONE_ON_ITS_WAY))
    admin, reviewer = (user.id for user in people.all(model.User)[:2])
    await connection.execute(text(RUNS), {"admin": admin, "reviewer": reviewer})
    return {
        *await _invitations(connection),
        *await _verifications(connection),
        *await _charges(connection),
        *await _requests(connection),
        *await _profiles(connection),
        *await _programme(connection),
        *await _people(connection, admin),
    }


async def _firm(connection: AsyncConnection, **given: object) -> tuple[UUID, UUID]:
    """A firm with its code, and its one admin."""
    firm = await make.firm(connection, **{"invitation_code": new_code(), **given})
    return firm, await make.member(connection, firm_id=firm, role="admin")


async def _company(connection: AsyncConnection, **given: object) -> UUID:
    """A company and its owner."""
    client = await make.client(connection, **given)
    await make.client_member(connection, client_id=client)
    return client


async def _invitations(connection: AsyncConnection) -> list[UUID]:
    """Sent today, a day ago to the moment, and long ago; to a stranger, and to a company in each state."""
    firm, _ = await _firm(connection)
    sender = await make.user(connection)
    made = [firm]

    async def invited(raw: str, sent_at: datetime, *client_ids: UUID) -> None:
        tie, *copies = await make.invited(connection, *client_ids, firm_id=firm)
        sent = {"invited_by": sender, "invited_at": sent_at, "expires_at": sent_at + 30 * DAY}
        made.extend((tie, *copies, await make.client_invitation(connection, raw, collaboration_id=tie, **sent)))

    for age in (0, 1, 9):
        await invited(f"sent {age} days ago", DEMO_NOW - age * DAY)
    for state in ("verifying", "verified"):  # what a rejected one was asked is declined (D67)
        client = await _company(connection, state=state)
        await invited(f"to a company that is {state}", DEMO_NOW - 9 * DAY, client)
    return made


async def _verifications(connection: AsyncConnection) -> list[UUID]:
    """A company in each state of its verification, which waits for it with a firm that it offers terms, or none."""
    made = []
    for state in CLIENT_STATES:
        for offers in (True, False):
            firm, _ = await _firm(connection)
            client = await _company(connection, state=state)
            made.append(client)
            if state == "verifying":
                waits = {"state": "pending", "origin": "firm_invitation"}
                made.append(await make.collaboration(connection, firm_id=firm, client_id=client, **waits))
                if offers:
                    await make.offered_terms(connection, collaboration_id=made[-1])
                asked = {"state": "pending", "origin": "marketplace"}
                other, _ = await _firm(connection)
                made.append(await make.collaboration(connection, firm_id=other, client_id=client, **asked))
    return made


async def _charges(connection: AsyncConnection) -> list[UUID]:
    """Everybody of a firm is in charge of one of its clients already, and of another one nobody is; a firm has no client at all."""
    alone, admin = await _firm(connection)
    idle, waiting = await _firm(connection)
    made = [alone, admin, idle, waiting]
    for is_charged in (True, False):
        client = await _company(connection)
        made.append(await make.collaboration(connection, firm_id=alone, client_id=client))
        if is_charged:
            await make.assignment(connection, member_id=admin, client_id=client)
            full, member = await _firm(connection)
            made += [client, full, member, await make.collaboration(connection, firm_id=full, client_id=client)]
            await make.assignment(connection, member_id=member, client_id=client)
    return made


async def _requests(connection: AsyncConnection) -> list[UUID]:
    """FULL was asked for a moment ago: an admin knows it, the bookkeeper in charge does not."""
    firm, _ = await _firm(connection)
    client = await _company(connection)
    asked = {"requested_level": "full", "last_requested_level": "full", "request_repeats_at": DEMO_NOW + DAY}
    tie = await make.collaboration(connection, firm_id=firm, client_id=client, **asked)
    await make.grant(connection, collaboration_id=tie, level="limited")
    bookkeeper = await make.member(connection, firm_id=firm)
    await make.assignment(connection, member_id=bookkeeper, client_id=client)
    return [tie, client]


async def _profiles(connection: AsyncConnection) -> list[UUID]:
    """A firm with one revision in each state, and one with none, each with a conversation with one company."""
    client = await _company(connection)
    made = []
    for state in (None, *PROFILE_STATES):
        firm, _ = await _firm(connection)
        made += [firm, await make.conversation(connection, firm_id=firm, client_id=client)]
        if state:
            made.append(await make.profile(connection, firm_id=firm, state=state))
    return made


async def _programme(connection: AsyncConnection) -> list[UUID]:
    """A firm at each step into the programme."""
    return [(await _firm(connection, programme_state=state))[0] for state in PROGRAMME_STATES]


async def _people(connection: AsyncConnection, insider: UUID) -> list[UUID]:
    """Somebody who was erased, and somebody suspended; and people whom a place elsewhere keeps, or does not."""
    firm, _ = await _firm(connection)
    erased = await make.user(connection, erased_at=DEMO_NOW - DAY)
    made = [await make.member(connection, firm_id=firm, user_id=erased, state="removed")]
    made.append(await make.member(connection, firm_id=firm, state="suspended"))
    for elsewhere in (
        {"role": "admin"},
        {"is_owner": True},
        {"role": "bookkeeper"},
        {"role": "admin", "state": "removed"},
    ):
        person = await make.user(connection)
        made.append(await make.member(connection, firm_id=firm, user_id=person))
        other = await make.firm(connection)
        made.append(await make.member(connection, firm_id=other, user_id=person, **elsewhere))
    for role in ("owner", "member"):
        person = await make.user(connection)
        made.append(await make.member(connection, firm_id=firm, user_id=person))
        company = await make.client(connection)
        made.append(await make.client_member(connection, client_id=company, user_id=person, role=role))
    colleague = await make.user(connection)
    made.append(await make.member(connection, firm_id=firm, user_id=colleague))
    company = await make.client(connection)
    await make.client_member(connection, client_id=company, user_id=insider, role="member")
    made.append(await make.client_member(connection, client_id=company, user_id=colleague, role="member"))
    return made
