"""Which mails a decision leaves, each with its job: of the platform, and of whoever was asked (M2, M5, M6, D22, D42, D67)."""

from typing import Any, Final

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import ClientInvitation
from gateway.db.queries.jobs import Priority
from gateway.db.seeds.demo import DEMO_NOW, key
from tests.graph.collaborations.test_invitations import DECLINE, invited, letter
from tests.graph.collaborations.test_requests import DECIDE as DECIDE_VERIFICATION
from tests.graph.conftest import NOW, Ask, run
from tests.graph.firms.test_profiles import DECIDE as DECIDE_PROFILE
from tests.graph.firms.test_profiles import put
from tests.graph.firms.test_programme import DECIDE as DECIDE_APPLICATION
from tests.graph.firms.test_programme import QUEUED
from tests.support import make
from tests.support.collaborations import does, done, kept, mailed, notices, rows

AT_ONCE: Final = int(Priority.INTERACTIVE)
LATER: Final = int(Priority.BULK)


@pytest.mark.parametrize(
    ("decision", "kind"), [("APPROVE", "APPLICATION_APPROVED"), ("REJECT", "APPLICATION_REJECTED")]
)
async def test_a_decision_on_an_application_is_mailed(
    ask: Ask, world: AsyncConnection, decision: str, kind: str
) -> None:
    await run(world, QUEUED, state="agreed", id=key("H"))
    given = {"id": ask.id("Firm", "H"), "decision": decision, "reason": "No."}
    await ask.data("rolf", DECIDE_APPLICATION, **given)
    again = await ask("rolf", DECIDE_APPLICATION, **given)

    assert again.codes == ["NOT_FOUND"]
    assert await mailed(world) == [(kind, "Firm", key("H"), AT_ONCE)]
    assert [data for *_, data in await notices(world)] == [{}]


async def test_an_approval_that_is_refused_is_not_mailed(ask: Ask, world: AsyncConnection) -> None:
    await run(world, QUEUED, state="agreed", id=key("H"))
    await run(world, "UPDATE firm SET subscription_paid = false WHERE id = :id", id=key("H"))
    answer = await ask("rolf", DECIDE_APPLICATION, id=ask.id("Firm", "H"), decision="APPROVE")

    assert answer.codes == ["CONFLICT"]
    assert await mailed(world) == []


@pytest.mark.parametrize(
    ("decision", "kind"),
    [("PUBLISH", "PROFILE_PUBLISHED"), ("REQUEST_CHANGES", "PROFILE_CHANGES_REQUESTED")],
)
async def test_a_decision_on_a_profile_is_mailed(ask: Ask, world: AsyncConnection, decision: str, kind: str) -> None:
    await put(world, "F profile 2", "in_review")
    given = {"id": ask.id("FirmProfile", "F profile 2"), "decision": decision, "comment": "Say more."}
    await ask.data("rolf", DECIDE_PROFILE, **given)
    again = await ask("rolf", DECIDE_PROFILE, **given)

    assert again.codes == ["CONFLICT"]
    assert await mailed(world) == [(kind, "FirmProfile", key("F profile 2"), AT_ONCE)]
    assert [data for *_, data in await notices(world)] == [{}]


@pytest.mark.parametrize(
    ("decision", "reason", "kinds"),
    [
        ("VERIFY", None, ["CLIENT_VERIFIED", "COLLABORATION_ACCEPTED"]),
        ("REJECT", "Who is it?", ["CLIENT_REJECTED"]),
    ],
)
async def test_a_decision_on_a_company_is_mailed(
    ask: Ask, world: AsyncConnection, decision: str, reason: str | None, kinds: list[str]
) -> None:
    given = {"id": ask.id("Client", "C8"), "decision": decision, "reason": reason}
    await ask.data("pia", DECIDE_VERIFICATION, **given)
    again = await ask("pia", DECIDE_VERIFICATION, **given)
    found = await mailed(world)

    assert again.codes == ["CONFLICT"]
    assert [kind for kind, *_ in found] == kinds
    assert found[0] == (kinds[0], "Client", key("C8"), AT_ONCE)


async def test_a_request_that_the_firm_declines_is_mailed_to_the_client(ask: Ask, world: AsyncConnection) -> None:
    await does(ask, "ada", "declineCollaboration", "F-C7", reason="We are full.")

    assert await mailed(world) == [("COLLABORATION_DECLINED", "Collaboration", key("F-C7"), LATER)]
    assert [data for *_, data in await notices(world)] == [{}]


async def test_an_invitation_is_declined_in_one_way_whoever_was_asked(ask: Ask, world: AsyncConnection) -> None:
    """D42, L18: a stranger by the letter, a company in the portal."""
    stranger = await invited(ask)
    company = await made(world, "C5")
    token = await letter(ask, world, stranger["id"])
    await run(world, "DELETE FROM notice")
    await ask.data("anonymous", DECLINE, token=token)
    by_letter = await told(world)
    await run(world, "DELETE FROM notice")
    await done(ask, "frida", "declineCollaboration", company, reason="No.")
    in_the_portal = await told(world)

    assert by_letter == in_the_portal == [("COLLABORATION_DECLINED", "ClientInvitation", None, {}, LATER)]


async def made(world: AsyncConnection, client: str) -> Any:
    """The copy that this company has of an invitation of G, as `inviteClient` writes it."""
    one, copy = await make.invited(world, key(client), firm_id=key("G"))
    offer = {"id": make.new_key(), "email": "x@x.example", "email_key": "x", "token_hash": b"x", "invited_at": DEMO_NOW}
    offer |= {"collaboration_id": one, "invited_by": key("gus"), "expires_at": NOW.replace(year=NOW.year + 1)}
    await world.execute(insert(ClientInvitation).values(offer))
    return copy


async def told(world: AsyncConnection) -> list[tuple[Any, ...]]:
    return await rows(
        world,
        """SELECT kind, subject_type, collaboration_id, data, priority FROM notice
      JOIN pgqueuer ON payload = uuid_send(notice.id)""",
    )


@pytest.mark.parametrize(("who", "verb", "one"), [
    ("lucia", "declineCollaboration", "F-C7"),
    ("ben", "declineCollaboration", "F-C7"),
    ("gus", "declineCollaboration", "F-C7"),
    ("ada", "declineCollaboration", "F-C1"),
])  # fmt: skip
async def test_what_is_refused_is_not_mailed(ask: Ask, world: AsyncConnection, who: str, verb: str, one: str) -> None:
    before = await kept(world)
    answer = await does(ask, who, verb, one)

    assert answer.codes in (["CONFLICT"], ["FORBIDDEN"], ["NOT_FOUND"])
    assert await kept(world) == before
