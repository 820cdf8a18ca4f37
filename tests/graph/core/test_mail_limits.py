"""How many mails a caller may cause, over HTTP: anonymous callers, organisations, firms before their approval (L18)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.queries.mail_allowances import DAY, HOUR, Bound
from gateway.db.seeds.demo import key
from gateway.resolvers.core.mail_limits import TOO_MANY_ASKED, TOO_MANY_TO_ADDRESS
from tests.graph.accounts.test_sign_up import FIRM, SIGN_UP, sign_up
from tests.graph.clients import test_members as test_membering
from tests.graph.conftest import Answer, Ask, recorded, run
from tests.graph.firms import test_staff as test_staffing
from tests.support.accounts import EMAILS, kept, refused, rows

RESET: Final = "mutation ($email: EmailAddress!) { requestPasswordReset(input: {email: $email}) { accepted } }"
SENT: Final = ("notice", "firm_sign_up", "password_link", "staff_invitation", "client_member_invitation")


@contextmanager
def bounded(ask: Ask, **few: Bound) -> Iterator[None]:
    gateway = ask.gateway
    kept, gateway.bounds = gateway.bounds, replace(gateway.bounds, **few)
    try:
        yield
    finally:
        gateway.bounds = kept


@contextmanager
def coming_from(ask: Ask, host: str) -> Iterator[Ask]:
    """The application, asked from another network address."""
    transport = httpx.ASGITransport(ask.app, client=(host, 1))
    yield replace(ask, http=httpx.AsyncClient(transport=transport, base_url="http://gateway.example"))


# ---- anonymous callers


@pytest.mark.parametrize("document", [
    "a: signUpFirm(input: $input) { accepted } b: signUpFirm(input: $input) { accepted }",
    'signUpFirm(input: $input) { accepted } requestPasswordReset(input: {email: "a@b.example"}) { accepted }',
    'requestPasswordReset(input: {email: "a@b.example"}) { accepted } ... on Mutation '
    '{ again: requestPasswordReset(input: {email: "c@b.example"}) { accepted } }',
])  # fmt: skip
async def test_one_request_sends_one_mail(ask: Ask, world: AsyncConnection, document: str) -> None:
    variables = "($input: SignUpFirmInput!)" if "$input" in document else ""
    answer = await ask("anonymous", f"mutation {variables} {{ {document} }}", **({"input": FIRM} if variables else {}))

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.data is None
    assert await kept(world, [*SENT, "mail_allowance"]) == [[]] * 6


async def asked(ask: Ask, kind: str, email: str) -> Answer:
    return await (sign_up(ask, email=email) if kind == "signUpFirm" else ask("anonymous", RESET, email=email))


@pytest.mark.parametrize("kind", ["signUpFirm", "requestPasswordReset"])
async def test_one_network_asks_for_so_many_mails_and_others_for_theirs(
    ask: Ask, world: AsyncConnection, kind: str
) -> None:
    with bounded(ask, anonymous_of_network=Bound(2, HOUR)):
        with coming_from(ask, "2001:db8:0:1::1") as one, coming_from(ask, "2001:db8:0:1::2") as same:
            taken = [await asked(one, kind, "a@new.example"), await asked(same, kind, EMAILS["ada"])]
            before = await kept(world, SENT)
            beyond = [await asked(one, kind, email) for email in ("b@new.example", EMAILS["ada"], EMAILS["cora"])]
        with coming_from(ask, "2001:db8:0:2::1") as other:
            fine = await asked(other, kind, "c@new.example")

    assert [answer.errors for answer in (*taken, fine)] == [[]] * 3
    assert all(refused(answer, "RATE_LIMITED", TOO_MANY_ASKED) for answer in beyond)
    assert [answer.errors[0]["extensions"]["retryAfter"] for answer in beyond] == [1800] * 3
    assert len({answer.text for answer in beyond}) == 1
    after = await kept(world, SENT)
    assert [len(table) for table in after[:2]] == [len(table) + (kind == "signUpFirm") for table in before[:2]]


@pytest.mark.parametrize("kind", ["signUpFirm", "requestPasswordReset"])
async def test_all_networks_together_ask_for_so_many_mails_of_a_kind(
    ask: Ask, world: AsyncConnection, kind: str
) -> None:
    other = {"signUpFirm": "requestPasswordReset", "requestPasswordReset": "signUpFirm"}[kind]
    answers = []
    with bounded(ask, anonymous=Bound(2, HOUR)):
        for number in range(3):
            with coming_from(ask, f"192.0.2.{number}") as one:
                answers.append(await asked(one, kind, f"{number}@new.example"))
        fine = await asked(ask, other, "a@new.example")

    assert [answer.errors for answer in (*answers[:2], fine)] == [[]] * 3
    assert refused(answers[2], "RATE_LIMITED", TOO_MANY_ASKED)


async def test_a_refusal_does_not_tell_who_is_known(ask: Ask, world: AsyncConnection, engine: AsyncEngine) -> None:
    said = []
    with bounded(ask, anonymous_of_network=Bound(1, HOUR)):
        await asked(ask, "requestPasswordReset", "z@new.example")
        for email in ("nobody@anywhere.example", *list(EMAILS.values())[:4]):
            with recorded(engine) as statements:
                answer = await asked(ask, "requestPasswordReset", email)
            said.append((answer.text, [each for each in statements if "SAVEPOINT" not in each]))

    assert all(each == said[0] for each in said)


async def test_a_tag_in_an_address_does_not_get_it_more_mails(ask: Ask, world: AsyncConnection) -> None:
    answers = [await sign_up(ask, email=f"sofie+{number}@new.example") for number in range(5)]

    assert {answer.text for answer in answers} == {answers[0].text}
    assert await rows(world, "SELECT count(*) FROM firm_sign_up") == [(3,)]


async def test_a_request_that_is_refused_counts_no_mail(ask: Ask, world: AsyncConnection) -> None:
    await sign_up(ask, firmName="")
    await ask("anonymous", SIGN_UP, input=FIRM | {"email": "x"})

    assert await rows(world, "SELECT key FROM mail_allowance") == []


# ---- organisations

SIDES: Final[dict[str, tuple[Any, str, str, str]]] = {
    "staff": (test_staffing, "ada", "STAFF", "invitation { id }"),
    "members": (test_membering, "cora", "MEMBER", "invitation { id }"),
}


@pytest.mark.parametrize("email", ["someone@new.example", EMAILS["nora"]])
@pytest.mark.parametrize("side", SIDES)
async def test_an_invitation_is_sent_again_so_often(ask: Ask, world: AsyncConnection, side: str, email: str) -> None:
    module, who, role, _ = SIDES[side]
    (made,) = (await ask.data(who, module.INVITE, addresses=[{"email": email, "role": role}])).popitem()[1][
        "invitations"
    ]
    again = [await ask(who, module.RESEND, id=made["id"]) for _ in range(2)]
    before = await kept(world, [*SENT, "mail_allowance"])
    beyond = [await ask(who, module.RESEND, id=made["id"]) for _ in range(3)]
    tagged = email.replace("@", "+1@").upper()
    beyond.append(await ask(who, module.INVITE, addresses=[{"email": tagged, "role": role}]))

    assert [answer.errors for answer in again] == [[], []]
    assert all(refused(answer, "RATE_LIMITED", TOO_MANY_TO_ADDRESS) for answer in beyond)
    assert {answer.errors[0]["extensions"]["retryAfter"] for answer in beyond} == {8 * 3600}
    assert await kept(world, [*SENT, "mail_allowance"]) == before


async def test_one_address_too_many_invites_none(ask: Ask, world: AsyncConnection) -> None:
    with bounded(ask, invitations=Bound(1, DAY)):
        await ask.data("ada", test_staffing.INVITE, addresses=[{"email": "a@new.example", "role": "STAFF"}])
        before = await kept(world, [*SENT, "mail_allowance"])
        addresses = [{"email": f"{name}@new.example", "role": "STAFF"} for name in "bac"]
        answer = await ask("ada", test_staffing.INVITE, addresses=addresses)

    assert refused(answer, "RATE_LIMITED", TOO_MANY_TO_ADDRESS)
    assert await kept(world, [*SENT, "mail_allowance"]) == before


@pytest.mark.parametrize("state", ["draft", "submitted", "suspended"])
async def test_a_firm_that_is_not_approved_invites_nobody(ask: Ask, world: AsyncConnection, state: str) -> None:
    """What else it causes is bounded when it leaves, by `MailBounds.send`."""
    await run(world, "UPDATE firm SET programme_state = :state WHERE id = :id", state=state, id=key("F"))
    before = await kept(world, [*SENT, "mail_allowance"])
    answer = await ask("ada", test_staffing.INVITE, addresses=[{"email": "a@new.example", "role": "STAFF"}])

    assert refused(answer, "FORBIDDEN", "Only firms in the partner programme can do this.")
    assert await kept(world, [*SENT, "mail_allowance"]) == before


async def test_a_notice_says_which_organisation_caused_it(ask: Ask, world: AsyncConnection) -> None:
    await ask.data("ada", test_staffing.INVITE, addresses=[{"email": "a@new.example", "role": "STAFF"}])
    await ask.data("cora", test_membering.INVITE, addresses=[{"email": "a@new.example", "role": "MEMBER"}])
    await sign_up(ask)

    assert await rows(world, "SELECT kind, sender_id FROM notice ORDER BY kind") == [
        ("ACCOUNT_CREATED", None),
        ("CLIENT_MEMBER_INVITATION", key("C1")),
        ("STAFF_INVITATION", key("F")),
    ]
