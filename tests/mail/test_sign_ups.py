"""Letters by which people come in: a firm's sign-up, and a new password (V32, V33, V34)."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update
from structlog.testing import CapturingLogger

from gateway.auth.invitation_tokens import offered_token
from gateway.auth.secret_tokens import hash_of
from gateway.db.enums import LOCALES
from gateway.db.models import FirmSignUp, PasswordLink, User
from gateway.db.seeds.demo import key
from tests.mail.conftest import NOW, PORTAL, SEALING_KEY, chores_of, text_of
from tests.support import make
from tests.support.accounts import EMAILS

SECRET = bytes.fromhex(SEALING_KEY)
PAGES = {"ACCOUNT_CREATED": "sign-up", "PASSWORD_RESET": "password"}
TABLES = {"ACCOUNT_CREATED": FirmSignUp, "PASSWORD_RESET": PasswordLink}


async def offered(desk, kind: str, locale: str = "en") -> UUID:
    """Somebody new signs up a firm, or ada has lost the password."""
    offer = make.new_key()
    row = {
        "id": offer,
        "token_hash": hash_of(offered_token(SECRET, kind, offer)),
        "expires_at": NOW + timedelta(hours=1),
    }
    if kind == "PASSWORD_RESET":
        await desk.speaks("ada", locale)
        row |= {"user_id": key("ada"), "asked_at": NOW}
    else:
        row |= {"email": "New@people.example", "email_key": "new@people.example", "name": "New", "locale": locale,
                "firm_name": "Nye\nTal", "country": "DK", "business_kind": "agency", "signed_up_at": NOW}  # fmt: skip
    await desk.connection.execute(insert(TABLES[kind]).values(row))
    return offer


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", PAGES)
async def test_the_letter_goes_to_its_address_with_the_link_in_the_persons_language(desk, kind, locale):
    offer = await offered(desk, kind, locale)
    await desk.told(kind, data={"offer": str(offer)})
    [letter] = desk.post.taken

    assert letter["To"] == ("New@people.example" if kind == "ACCOUNT_CREATED" else EMAILS["ada"])
    assert letter["Content-Language"] == locale
    assert f"{PORTAL}/{PAGES[kind]}#{offered_token(SECRET, kind, offer)}" in text_of(letter)
    assert "Nye" not in letter["Subject"]
    assert ("Nye Tal" in text_of(letter)) == (kind == "ACCOUNT_CREATED")


OVER = {
    "ACCOUNT_CREATED": (
        {"state": "accepted"},
        {"state": "void"},
        {"expires_at": NOW},
        {"email": "other@people.example"},
    ),
    "PASSWORD_RESET": ({"used_at": NOW}, {"expires_at": NOW}),
}


@pytest.mark.parametrize(("kind", "meanwhile"), [(kind, each) for kind, all_ in OVER.items() for each in all_])
async def test_what_is_over_is_not_sent(desk, kind, meanwhile):
    offer, table = await offered(desk, kind), TABLES[kind]
    await desk.noticed(kind, data={"offer": str(offer)})
    await desk.addressed()
    await desk.connection.execute(update(table).where(table.id == offer).values(meanwhile))

    assert [each.state for each in await desk.sent()] == ["dropped"]
    assert desk.post.taken == []


async def test_a_link_does_not_follow_a_person_to_another_address(desk):
    offer = await offered(desk, "PASSWORD_RESET")
    await desk.noticed("PASSWORD_RESET", data={"offer": str(offer)})
    await desk.addressed()
    await desk.connection.execute(update(User).where(User.id == key("ada")).values(email="other@people.example"))

    assert [each.state for each in await desk.sent()] == ["dropped"]


async def test_what_nobody_completed_in_time_is_swept_away_and_nothing_else(desk):
    over = [await offered(desk, kind) for kind in PAGES]
    living = {await offered(desk, kind) for kind in PAGES}
    done = await offered(desk, "ACCOUNT_CREATED")
    for table in TABLES.values():
        late = update(table).where(table.id.in_([*over, done])).values(expires_at=NOW - timedelta(seconds=1))
        await desk.connection.execute(late)
    await desk.connection.execute(update(FirmSignUp).where(FirmSignUp.id == done).values(state="accepted"))
    await chores_of(desk.office, CapturingLogger()).sweep(lambda: True)

    left = [key for table in TABLES.values() for key in await desk.connection.scalars(select(table.id))]
    assert set(left) == living | {done}
