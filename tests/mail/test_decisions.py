"""Mails of decisions: whom they are for as things are when they leave, and what stands in them (M2, M5, M6, D22, D42, D67, D68)."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from gateway.db.enums import LOCALES
from gateway.db.models import Client, ClientInvitation, Collaboration, Firm, FirmMember, FirmProfile
from gateway.db.seeds.demo import key
from gateway.global_ids import Seal
from gateway.mail import read_texts
from tests.mail.conftest import NOW, SEALING_KEY, ZONE, Desk, link_to, text_of
from tests.support import make

OFFER: Final = key("an invitation")
WROTE: Final = "Please say\nmore about <b>payroll</b>. {firm}"
FIRM, CLIENT = "Havlygte Revision", "Azulejos Marduña"


@dataclass(frozen=True)
class Case:
    """What a mail is about, the change that makes it due, and what it must hold."""

    kind: str
    about: tuple[str, UUID]
    change: Any
    side: str
    whom: list[str]
    page: str
    names: dict[str, str] = field(default_factory=dict)
    quote: str | None = None
    undone: Any = None  # after which it is nobody's


def firm(handle: str, **values: Any) -> Any:
    return update(Firm).where(Firm.id == key(handle)).values(values)


def profile(**values: Any) -> Any:
    return update(FirmProfile).where(FirmProfile.id == key("F profile 2")).values(values)


def company(**values: Any) -> Any:
    return update(Client).where(Client.id == key("C8")).values(values)


def tie(handle: str, **values: Any) -> Any:
    return update(Collaboration).where(Collaboration.id == key(handle)).values(values)


SEALED: Final = {each: Seal(bytes.fromhex(SEALING_KEY)).id("Collaboration", key(each)) for each in ("F-C1", "F-C7")}
OF_H: Final = {"firm": "Norrdunge Ekonomi"}
OF_F: Final = {"firm": FIRM}
PAIR: Final = {"firm": FIRM, "client": CLIENT}
WORKS: Final = {"firm": FIRM, "client": "Ærø Tovværk"}
INVITED: Final = {"firm": "Steinfirn Treuhand", "client": "As Typed"}

CASES: Final = [
    Case("APPLICATION_APPROVED", ("Firm", key("H")), firm("H", programme_state="approved"), "firm", ["hugo"],
         "application", OF_H, undone=firm("H", programme_state="suspended")),
    Case("APPLICATION_REJECTED", ("Firm", key("H")), firm("H", programme_state="rejected", decision_reason=WROTE),
         "firm", ["hugo"], "application", OF_H, WROTE, firm("H", programme_state="submitted")),
    Case("PROFILE_PUBLISHED", ("FirmProfile", key("F profile 1")), profile(state="draft"), "firm", ["ada"], "profile",
         OF_F, undone=firm("F", programme_state="suspended")),
    Case("PROFILE_CHANGES_REQUESTED", ("FirmProfile", key("F profile 2")),
         profile(state="changes_requested", comment=WROTE), "firm", ["ada"], "profile", OF_F, WROTE,
         profile(state="in_review")),
    Case("CLIENT_VERIFIED", ("Client", key("C8")), company(state="verified"), "client", ["saga"], "company",
         {"client": "Skogslykta Möbler"}, undone=company(state="rejected")),
    Case("CLIENT_REJECTED", ("Client", key("C8")), company(state="rejected"), "client", ["saga"], "company",
         {"client": "Skogslykta Möbler"}, undone=company(state="verifying")),
    Case("COLLABORATION_DECLINED", ("Collaboration", key("F-C7")),
         tie("F-C7", state="declined", ended_by="firm", end_reason="Our own reason."), "client", ["lucia"],
         f"collaborations/{SEALED['F-C7']}", PAIR),
    Case("COLLABORATION_EXPIRED", ("Collaboration", key("F-C7")), tie("F-C7", state="expired", ended_by="platform"),
         "client", ["lucia"], f"collaborations/{SEALED['F-C7']}", PAIR),
    Case("COLLABORATION_DECLINED", ("ClientInvitation", OFFER), "declined", "firm", ["gus"], "client-invitations",
         INVITED),
    Case("COLLABORATION_EXPIRED", ("ClientInvitation", OFFER), "expired", "firm", ["gus"], "client-invitations",
         INVITED),
    Case("FIRM_SUSPENDED", ("Firm", key("F")), firm("F", programme_state="suspended", decision_reason="Unpaid."),
         "firm", ["ada"], "application", OF_F, undone=firm("F", programme_state="approved")),
    Case("FIRM_REINSTATED", ("Firm", key("F")), firm("F", programme_state="approved"), "firm", ["ada"], "application",
         OF_F, undone=firm("F", account_state="closed")),
    Case("FIRM_SUSPENDED", ("Collaboration", key("F-C1")),
         firm("F", programme_state="suspended", decision_reason="Unpaid."), "client", ["cora"],
         f"collaborations/{SEALED['F-C1']}", WORKS, undone=firm("F", programme_state="approved")),
    Case("FIRM_REINSTATED", ("Collaboration", key("F-C1")), firm("F", programme_state="approved"), "client", ["cora"],
         f"collaborations/{SEALED['F-C1']}", WORKS, undone=tie("F-C1", state="ended", ended_by="client", ended_at=NOW)),
]  # fmt: skip
NAMES: Final = [f"{case.kind}.{case.side}" for case in CASES]


async def noticed(desk: Desk, case: Case) -> None:
    if isinstance(case.change, str):
        await invited(desk, case.change)
    else:
        await desk.connection.execute(case.change)
    type_name, of = case.about
    if type_name == "Collaboration":
        await desk.noticed(case.kind, collaboration_id=of)
    else:
        await desk.noticed(case.kind, subject_type=type_name, subject_id=of)


async def invited(desk: Desk, state: str, **given: Any) -> None:
    """An invitation of G's, and what came of it."""
    row = {"state": state, "origin": "firm_invitation", "client_name": "As Typed", "client_id": None} | given
    one = await make.collaboration(desk.connection, firm_id=key("G"), **row)
    offer = {"id": OFFER, "email": "x@x.example", "email_key": "x", "token_hash": b"x", "state": "void"}
    offer |= {"collaboration_id": one, "invited_by": key("gus"), "invited_at": NOW, "expires_at": NOW}
    await desk.connection.execute(insert(ClientInvitation).values(offer))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
async def test_it_arrives_in_the_readers_language(posted: Desk, server: Any, case: Case, locale: str) -> None:
    for who in case.whom:
        await posted.speaks(who, locale)
    await noticed(posted, case)
    await posted.addressed()
    done = await posted.sent()
    (mail,) = server.letters
    words, plain = read_texts(ZONE)[locale].texts[case.kind, case.side], text_of(mail)

    assert [each.state for each in done] == ["sent"]
    assert [mail["To"].addresses[0].username] == case.whom
    assert mail["Content-Language"] == locale
    assert mail["Subject"] == words.subject.format(**case.names)
    assert words.paragraphs[0].format(**case.names) in plain
    assert f"{words.link}:\n{link_to(case.page, case.side, case.whom[0])}\n" in plain
    assert ("{" in plain) == (case.quote is not None)  # what somebody wrote is no template
    for each in (case.quote or "").split("\n"):
        assert f"> {each}" in plain or not each
    assert (">" in plain) == (case.quote is not None)  # a paragraph about what nobody wrote is left out
    assert "Unpaid." not in plain  # D68
    assert "Our own reason." not in plain  # D22
    assert case.names["client" if case.side == "client" else "firm"] in plain.partition("-- \n")[2]


@pytest.mark.parametrize("case", [case for case in CASES if case.undone is not None], ids=lambda case: case.kind)
async def test_what_is_not_so_any_more_is_dropped(desk: Desk, case: Case) -> None:
    await noticed(desk, case)
    assert await desk.addressed() == case.whom
    await desk.connection.execute(case.undone)

    assert [each.state for each in await desk.sent()] == ["dropped"]
    assert desk.post.taken == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
async def test_only_those_who_govern_are_told(desk: Desk, case: Case) -> None:
    """And of those only who are in office: an admin who was suspended is not, nor are bookkeepers, staff and members."""
    await make.member(desk.connection, firm_id=key("F"), role="staff")
    for handle in ("F", "G", "H"):
        await make.member(desk.connection, firm_id=key(handle), role="bookkeeper")
        await make.member(desk.connection, firm_id=key(handle), role="admin", state="suspended")
    for handle in ("C1", "C7", "C8"):
        await make.client_member(desk.connection, client_id=key(handle), role="member")
        await make.client_member(desk.connection, client_id=key(handle), role="admin", state="removed")
    await noticed(desk, case)

    assert await desk.addressed() == case.whom


async def test_a_client_is_told_of_a_suspension_by_one_mail_and_of_who_pays_by_another(desk: Desk) -> None:
    """D59, D68: hedda's company had chosen that the firm pays."""
    await desk.speaks("hedda", "en")
    await desk.connection.execute(firm("F", programme_state="suspended"))
    for kind in ("FIRM_SUSPENDED", "BILLING_MODE_PAUSED"):
        await desk.noticed(kind, "F-C3")
    await desk.addressed()
    await desk.sent()
    mine = [text_of(each) for each in desk.post.taken if each["To"].addresses[0].username == "hedda"]
    standing, pays = sorted(mine, key=lambda said: "invoices" in said)

    assert "has no access to your account" in standing
    assert "invoices" not in standing
    assert "From now on invoices go to your company" in pays
    assert "access" not in pays


async def test_after_a_suspension_the_mail_says_which_access_is_in_force(desk: Desk) -> None:
    await desk.speaks("cora", "en")
    await desk.told("FIRM_REINSTATED", "F-C1")
    (mail,) = desk.post.taken

    assert "The firm's access now: full access." in text_of(mail)


async def test_the_reviewers_comment_comes_with_a_publication_too(desk: Desk) -> None:
    await desk.speaks("ada", "en")
    commented = update(FirmProfile).where(FirmProfile.id == key("F profile 1")).values(comment="Very good.")
    await desk.connection.execute(commented)
    await desk.told("PROFILE_PUBLISHED", subject_type="FirmProfile", subject_id=key("F profile 1"))

    assert "> Very good." in text_of(desk.post.taken[0])


@pytest.mark.parametrize("state", ["declined", "expired"])
async def test_a_firm_is_told_of_its_invitation_in_the_same_words_whoever_was_asked(desk: Desk, state: str) -> None:
    """D42, L18: nobody who is here, and a company that is."""
    said = []
    for number, client in enumerate((None, key("C5"))):
        await desk.connection.execute(ClientInvitation.__table__.delete().where(ClientInvitation.id == OFFER))
        await invited(desk, state, client_id=client)
        kind = f"COLLABORATION_{state.upper()}"
        await desk.told(kind, subject_type="ClientInvitation", subject_id=OFFER)
        said.append((desk.post.taken[number]["Subject"], text_of(desk.post.taken[number])))

    assert said[0] == said[1]


async def test_a_declined_request_says_by_whom(desk: Desk) -> None:
    await desk.speaks("lucia", "en")
    for by in ("firm", "platform"):
        await desk.connection.execute(tie("F-C7", state="declined", ended_by=by))
        await desk.told("COLLABORATION_DECLINED", "F-C7")
    said = [text_of(each) for each in desk.post.taken]

    assert "Declined by: the firm." in said[0]
    assert "Declined by: the platform." in said[1]


async def test_a_firm_whose_admin_lost_the_role_meanwhile_is_not_told(desk: Desk) -> None:
    case = CASES[0]
    await noticed(desk, case)
    await desk.addressed()
    await desk.connection.execute(update(FirmMember).where(FirmMember.user_id == key("hugo")).values(role="staff"))

    assert [each.state for each in await desk.sent()] == ["dropped"]
