"""What stands in a letter: the right words in the reader's language, and nothing that could become anything else."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import insert, text, update

import gateway
from gateway.auth.invitation_tokens import offered_token
from gateway.auth.secret_tokens import hash_of
from gateway.db.enums import LOCALES
from gateway.db.models import Client, ClientMemberInvitation, Collaboration, Firm, StaffInvitation, User
from gateway.db.seeds.demo import key
from gateway.global_ids import Seal
from gateway.mail import read_texts, require_texts
from gateway.mail.content import MAX_MESSAGE_LENGTH, line, quoted
from gateway.mail.templates import OFFERED, Language
from gateway.policy import Policy
from gateway.settings import Settings
from tests.mail.conftest import NOW, PORTAL, SEALING_KEY, ZONE, link_to, text_of
from tests.support import make

SITUATIONS = [
    ("COLLABORATION_REQUESTED", "F-C7", "firm", "ada"),
    ("COLLABORATION_ACCEPTED", "F-C1", "firm", "ada"),
    ("COLLABORATION_ACCEPTED", "F-C1", "client", "cora"),
    ("ACCESS_REQUEST", "F-C1", "client", "cora"),
    ("ACCESS_CHANGED", "F-C1", "firm", "ada"),
    ("ACCESS_CHANGED", "F-C1", "client", "cora"),
    ("KPI_SHARING_CHANGED", "F-C1", "firm", "ada"),
    ("BILLING_MODE_CHANGED", "F-C1", "firm", "ada"),
    ("COLLABORATION_ENDED", "F-C4", "firm", "ada"),
    ("COLLABORATION_ENDED", "F-C4", "client", "elena"),
]
NAMES = {
    "F-C1": ("Havlygte Revision", "Ærø Tovværk"),
    "F-C4": ("Havlygte Revision", "Talleres Riomanso"),
    "F-C7": ("Havlygte Revision", "Azulejos Marduña"),
}
COMPOSED = {"APPLICATION_APPROVED", "APPLICATION_REJECTED"}
"""Kinds whose names the code puts together: `APPLICATION_` and the decision."""
PEOPLE = {"ada": "Ada Nørgård", "cora": "Cora Aagaard", "elena": "Elena Ibáñez"}


class Reading(HTMLParser):
    """What a browser shows of a page, its elements and the addresses that its links have."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.elements, self.links = "", [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        self.text += data


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


INVITED = {
    "STAFF_INVITATION": (StaffInvitation, {"firm_id": key("F"), "role": "bookkeeper", "invited_by": key("ada")}),
    "CLIENT_MEMBER_INVITATION": (
        ClientMemberInvitation,
        {"client_id": key("C1"), "role": "member", "invited_by": key("cora")},
    ),
}


async def offered(desk, *, kind="STAFF_INVITATION", email="new@people.example", **given) -> UUID:
    """F invited this address to keep books, or C1 as a member."""
    invitation, (table, place) = make.new_key(), INVITED[kind]
    token = offered_token(bytes.fromhex(SEALING_KEY), kind, invitation, given.get("sendings", 1))
    row = {"id": invitation, "email": email, "email_key": email.lower(), "token_hash": hash_of(token)} | place
    row |= {"invited_at": NOW, "expires_at": NOW.replace(month=4)} | given
    await desk.connection.execute(insert(table).values(row))
    return invitation


async def the_letter(desk, who):
    [found] = [message for message in desk.post.taken if message["To"].addresses[0].username == who]
    return found


def test_there_are_words_for_everything_that_the_policy_tells(policy):
    require_texts(read_texts(ZONE), policy)


def test_a_policy_that_tells_more_than_there_are_words_for_is_refused(policy):
    files = dict(policy.text.files)
    files["clients.polar"] += '\nnotify(f: CollaborationFacts, "MOON") if is_client_admin(f);\n'

    with pytest.raises(ValueError, match=r"en: no text MOON\.client") as refused:
        require_texts(read_texts(ZONE), Policy.of(files, policy.rows))
    assert str(refused.value).count("MOON") == len(LOCALES)


def test_the_policy_tells_everything_that_there_are_words_for(policy):
    """Otherwise the notice has no recipients. An offer goes to an address, which no rule decides."""
    told = {
        (str(words[-1]), plan.kind.side)
        for plan in policy.plans()
        if "notify" in plan.decisions
        for words in plan.decisions["notify"].sums
        if plan.can_ever("notify", str(words[-1]))
    }
    worded = {of for language in read_texts(ZONE).values() for of in language.texts if of[0] not in OFFERED}

    assert worded - told == set()


def test_everything_that_there_are_words_for_has_a_cause():
    """Otherwise no mail is ever written."""
    folders = (Path(gateway.__file__).parent / name for name in ("resolvers", "worker"))
    code = "".join(path.read_text("utf-8") for folder in folders for path in folder.rglob("*.py"))
    uncaused = {kind for kind in read_texts(ZONE)["en"].kinds if f'"{kind}"' not in code}

    assert uncaused == COMPOSED


def test_a_text_that_names_what_there_is_not_is_refused(policy):
    written = {
        "greeting": "Hello {nme},",
        "reason": "",
        "words": {},
        "STAFF_INVITATION": {"address": {"subject": "{firm}", "paragraphs": ["{total}"], "link": ""}},
    }
    with pytest.raises(
        ValueError, match=r"names nme.*names total.*the subject of STAFF_INVITATION\.address names firm"
    ):
        require_texts({"xx": Language.of("xx", ZONE, written)}, policy)


def test_all_languages_have_the_same_letters_and_words_and_name_the_same_things():
    languages = read_texts(ZONE)
    named = {
        locale: {
            case: (re.findall(r"\{\w+\}", text.subject), sorted(re.findall(r"\{\w+\}", " ".join(text.paragraphs))))
            for case, text in language.texts.items()
        }
        for locale, language in languages.items()
    }
    words = {
        locale: {(side, word) for side in ("firm", "client") for word in language.words[side]}
        | {word for word in language.words if word.isupper()}
        for locale, language in languages.items()
    }

    assert set(languages) == set(LOCALES)
    assert all(each.keys() == named["en"].keys() for each in named.values())
    assert all(subject == named["en"][case][0] for each in named.values() for case, (subject, _) in each.items())
    assert all(set(named["en"][case][1]) == set(body) for each in named.values() for case, (_, body) in each.items())
    assert all(each == words["en"] for each in words.values())


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("kind", "collaboration", "side", "who"), SITUATIONS)
async def test_each_letter_arrives_in_each_language(posted, server, kind, collaboration, side, who, locale):
    await posted.speaks(who, locale)
    others = {"ada", "cora", "elena"} - {who}
    for other in others:
        await posted.connection.execute(update(User).where(User.id == key(other)).values(locale="en"))
    mine = await posted.noticed(kind, collaboration)
    await posted.addressed()
    done = await posted.sent()

    firm, client = NAMES[collaboration]
    [letter] = [each for each in server.letters if each["To"].addresses[0].username == who]
    [row] = [each for each in await posted.mails() if each.user_id == key(who)]
    text = read_texts(ZONE)[locale].texts[kind, side]
    sealed = Seal(bytes.fromhex(SEALING_KEY)).id("Collaboration", key(collaboration))
    link = link_to(f"collaborations/{sealed}", side, who)
    plain, page = text_of(letter), Reading(text_of(letter, "html"))
    assert {each.state for each in done} == {"sent"}
    assert row.notice_id == mine
    assert letter["Subject"] == text.subject.format(firm=firm, client=client)
    assert letter["From"] == "Partner portal <portal@portal.example>"
    assert letter["To"].addresses[0].display_name == PEOPLE[who]
    assert letter["Message-ID"] == f"<{row.id}@portal.example>"
    assert letter["Content-Language"] == locale
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Bcc"] is letter["Cc"] is None
    assert firm in plain
    assert client in plain
    assert link in plain
    assert "{" not in plain
    assert page.links == [link]
    assert words(page.text) == [*words(letter["Subject"]), *words(plain.replace(link, ""))]
    assert all(len(each) == 1 for each in server.recipients)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("kind", "state", "place"),
    [("WEBINAR", "submitted", "webinar"), ("AGREEMENT", "webinar_watched", "agreement")],
)
async def test_the_letters_on_the_way_into_the_programme_arrive_in_each_language(
    posted, server, kind, state, place, locale
):
    await posted.speaks("hugo", locale)
    await posted.connection.execute(update(Firm).where(Firm.id == key("H")).values(programme_state=state))
    await posted.noticed(kind, subject_type="Firm", subject_id=key("H"), actor_id=key("hugo"))
    await posted.addressed()
    await posted.sent()
    [letter] = server.letters

    assert letter["Subject"] == read_texts(ZONE)[locale].texts[kind, "firm"].subject
    assert letter["To"] == "Hugo Sjöblad <hugo@norrdunge-ekonomi.example>"
    assert text_of(letter).count("Norrdunge Ekonomi") == 2
    assert Reading(text_of(letter, "html")).links == [link_to(place, "firm", "hugo")]


LETTERS = {
    "en": """Hello Cora Aagaard,

Havlygte Revision is asking you for access to your account. The decision is yours, and nothing changes until you make it.

Requested: full access.

This is what they wrote:

> We need the books.
> Soon.

Decide in the portal:
LINK

--
You are receiving this e-mail because you belong to Ærø Tovværk in the partner portal.
""",
    "de": """Guten Tag Cora Aagaard

Havlygte Revision bittet Sie um Zugriff auf Ihr Konto. Die Entscheidung liegt bei Ihnen; bis dahin ändert sich nichts.

Gewünscht: voller Zugriff.

Dazu wurde Ihnen geschrieben:

> We need the books.
> Soon.

Im Portal entscheiden:
LINK

--
Sie erhalten diese E-Mail, weil Sie im Partnerportal zu Ærø Tovværk gehören.
""",
    "da": """Hej Cora Aagaard

Havlygte Revision beder om adgang til jeres konto. Det er jer, der bestemmer, og intet ændres, før I har gjort det.

Ønsket: fuld adgang.

De skrev:

> We need the books.
> Soon.

Tag stilling i portalen:
LINK

--
Du modtager denne e-mail, fordi du hører til Ærø Tovværk i partnerportalen.
""",
    "es": """Hola, Cora Aagaard:

Havlygte Revision te pide acceso a tu cuenta. La decisión es tuya, y nada cambia hasta que la tomes.

Solicitado: acceso completo.

Esto es lo que han escrito:

> We need the books.
> Soon.

Decidir en el portal:
LINK

--
Recibes este correo porque perteneces a Ærø Tovværk en el portal de partners.
""",
    "sv": """Hej Cora Aagaard,

Havlygte Revision ber er om åtkomst till ert konto. Det är ni som bestämmer, och inget ändras förrän ni har gjort det.

Önskad nivå: full åtkomst.

Så här skrev de:

> We need the books.
> Soon.

Bestäm i portalen:
LINK

--
Du får det här mejlet eftersom du hör till Ærø Tovværk i partnerportalen.
""",
}


async def asked(desk, message, **given) -> None:
    await desk.connection.execute(
        update(Collaboration)
        .where(Collaboration.id == key("F-C1"))
        .values({"requested_level": "full", "request_message": message, **given})
    )


@pytest.mark.parametrize("locale", LOCALES)
async def test_a_whole_letter_reads_as_it_should(desk, locale):
    await desk.speaks("cora", locale)
    await asked(desk, "We need the books.\r\nSoon.\n")
    await desk.told("ACCESS_REQUEST", "F-C1")
    [letter] = desk.post.taken

    assert re.sub(r"https://\S+", "LINK", text_of(letter)).replace("-- \n", "--\n") == LETTERS[locale]


async def test_without_a_message_or_a_level_their_paragraphs_are_left_out(desk):
    await desk.speaks("cora", "en")
    await asked(desk, None, requested_level=None)
    await desk.told("ACCESS_REQUEST", "F-C1")
    text = text_of(desk.post.taken[0])

    assert "Requested" not in text
    assert "wrote" not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE billing_mode_period SET mode = 'partner' WHERE TRUE", "From now on: invoices go to your firm."),
        ("UPDATE billing_mode_period SET mode = 'client' WHERE TRUE", "From now on: invoices go to the client."),
        ("UPDATE access_grant SET level = 'limited' WHERE TRUE", "no billing mode applies any more"),
    ],
)
async def test_the_mode_that_a_letter_names_is_the_one_when_it_is_sent(desk, change, said):
    await desk.speaks("ada", "en")
    await desk.noticed("BILLING_MODE_CHANGED", "F-C1")
    await desk.addressed()
    table = change.split()[1]
    await desk.connection.execute(text(change.replace("TRUE", f"{table}.collaboration_id = :of")), {"of": key("F-C1")})
    await desk.sent()

    assert said in text_of(desk.post.taken[0])


async def test_after_the_end_a_letter_about_the_mode_says_that_the_client_pays(desk):
    await desk.speaks("ada", "en")
    await desk.told("BILLING_MODE_CHANGED", "F-C4")
    text = text_of(desk.post.taken[0])

    assert "The billing mode of your collaboration with Talleres Riomanso has changed." in text
    assert "From now on: no billing mode applies any more, and invoices go to the client." in text


@pytest.mark.parametrize("locale", LOCALES)
async def test_no_letter_about_money_has_an_amount_in_it(desk, locale):
    for who in ("ada", "gus", "jonas"):
        await desk.speaks(who, locale)
    await desk.told("BILLING_MODE_CHANGED", "F-C1")
    await desk.told("BILLING_MODE_RESUMED", "G-C6")
    await desk.connection.execute(update(Firm).values(programme_state="suspended"))
    await desk.told("BILLING_MODE_PAUSED", "G-C6")

    assert len(desk.post.taken) == 5
    for letter in desk.post.taken:
        assert not re.search(r"\d|EUR|DKK|CHF|SEK|€|kr", re.sub(r"https://\S+", "", text_of(letter)))


async def test_a_pause_and_its_end_say_to_each_side_where_invoices_go(desk):
    for who in ("gus", "jonas"):
        await desk.speaks(who, "en")
    await desk.told("BILLING_MODE_RESUMED", "G-C6")
    await desk.connection.execute(update(Firm).values(programme_state="suspended"))
    await desk.told("BILLING_MODE_PAUSED", "G-C6")
    resumed, paused = (sorted(map(text_of, letters)) for letters in (desk.post.taken[:2], desk.post.taken[2:]))

    assert [len(resumed), len(paused)] == [2, 2]
    assert sum("From now on invoices go to your firm." in text for text in resumed) == 1
    assert sum("You can change this in the portal" in text for text in resumed) == 1
    assert sum("From now on invoices go to the client." in text for text in paused) == 1
    assert sum("From now on invoices go to your company." in text for text in paused) == 1
    assert not any("null" in text or "{" in text for text in resumed + paused)


# ---- what people wrote

HOSTILE = [
    "Evil\r\nBcc: everybody@people.example",
    "Evil\nSubject: You have won",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ 7*7 }} {name} {0} %s ${HOME} {% raw %}",
    "\u202egnp.exe \u200b\x00\x1b[31m\x7f\u2028next",
    '=?utf-8?q?encoded?= "quoted" <a@b.example>, other@people.example;',
    "Æ" * 5_000,
]


@pytest.mark.parametrize("evil", HOSTILE)
async def test_names_become_neither_headers_nor_markup_nor_templates(posted, server, evil):
    for table, handle in ((Firm, "F"), (Client, "C1"), (User, "cora")):
        storable = evil.replace("\x00", "")
        await posted.connection.execute(update(table).where(table.id == key(handle)).values(name=storable))
    await posted.speaks("cora", "en")
    await posted.noticed("ACCESS_CHANGED", "F-C1")
    await posted.addressed()
    done = await posted.sent()

    [letter] = [each for each in server.letters if each["To"].addresses[0].username == "cora"]
    page = Reading(text_of(letter, "html"))
    shown = line(evil)
    assert {each.state for each in done} == {"sent"}
    assert letter["Subject"] == f"The access of {shown} has changed"
    assert [each.addr_spec for each in letter["To"].addresses] == ["cora@aeroe-tovvaerk.example"]
    assert letter["Bcc"] is None
    assert len(letter.get_all("Subject")) == 1
    assert server.recipients[server.letters.index(letter)] == ["cora@aeroe-tovvaerk.example"]
    assert f"The access of {shown} to your account has changed." in text_of(letter)
    assert f"The access of {shown} to your account has changed." in page.text
    assert set(page.elements) <= {"html", "head", "meta", "title", "body", "p", "a", "hr", "small", "blockquote", "br"}
    assert len(page.links) == 1


@pytest.mark.parametrize("evil", [*HOSTILE, "> quoted\n\n-- \nThe portal says: pay here https://evil.example"])
async def test_a_message_is_quoted_and_stays_text(posted, server, evil):
    await asked(posted, evil.replace("\x00", ""))
    await posted.speaks("cora", "en")
    await posted.noticed("ACCESS_REQUEST", "F-C1")
    await posted.addressed()
    await posted.sent()

    [letter] = server.letters
    plain, page = text_of(letter), Reading(text_of(letter, "html"))
    lines = quoted(evil.replace("\x00", "")).split("\n")
    assert "\n".join(f"> {each}" for each in lines) in plain
    assert all(each in page.text for each in lines)
    assert set(page.elements) <= {"html", "head", "meta", "title", "body", "p", "a", "hr", "small", "blockquote", "br"}
    assert len(page.links) == 1
    assert letter["Subject"] == "Havlygte Revision is asking you for access"


def test_what_people_wrote_has_a_length():
    assert len(quoted("x" * 9_999)) == MAX_MESSAGE_LENGTH
    assert len(line("x" * 9_999)) == 120
    assert line(" a\t\n b \x00") == "a b"
    assert quoted("a\rb\r\nc\n\n\n") == "a\nb\nc"


# ---- invitations


UNTIL = {
    "en": "until 2 April 2026 at 11:05 CEST",
    "de": "bis zum 2. April 2026 um 11:05 MESZ",
    "da": "indtil 2. april 2026 kl. 11.05 CEST",
    "es": "hasta el 2 de abril de 2026 a las 11:05 CEST",
    "sv": "fram till 2 april 2026 kl. 11:05 CEST",
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(("kind", "by", "name"), [
    ("STAFF_INVITATION", "ada", "Havlygte Revision"),
    ("CLIENT_MEMBER_INVITATION", "cora", "Ærø Tovværk"),
])  # fmt: skip
async def test_an_invitation_goes_to_its_address_with_the_token_of_its_sending(posted, server, kind, by, name, locale):
    await posted.speaks(by, locale)
    invitation = await offered(posted, kind=kind, sendings=3)
    await posted.noticed(kind, data={"offer": str(invitation)}, actor_id=key(by))
    await posted.addressed()
    [done] = await posted.sent()
    [letter] = server.letters
    token = offered_token(bytes.fromhex(SEALING_KEY), kind, invitation, 3)

    assert done.state == "sent"
    assert letter["To"] == "new@people.example"
    assert letter["Content-Language"] == locale
    assert letter["Subject"] == read_texts(ZONE)[locale].texts[kind, "address"].subject
    assert name in text_of(letter)
    assert f"{PORTAL}/invitation#{token}" in text_of(letter)
    assert Reading(text_of(letter, "html")).links == [f"{PORTAL}/invitation#{token}"]
    assert f" {UNTIL[locale]}." in text_of(letter)
    assert f" {UNTIL[locale]}." in Reading(text_of(letter, "html")).text


@pytest.mark.parametrize(("zone", "at", "said"), [
    ("Europe/Copenhagen", datetime(2026, 12, 13, 5, 59, tzinfo=UTC), "13 December 2026 at 06:59 CET"),
    ("Europe/Copenhagen", datetime(2026, 12, 12, 23, 30, tzinfo=UTC), "13 December 2026 at 00:30 CET"),
    ("Asia/Kolkata", datetime(2026, 7, 1, 20, tzinfo=UTC), "2 July 2026 at 01:30 +0530"),
    ("UTC", datetime(2026, 7, 1, 20, tzinfo=timezone(timedelta(hours=2))), "1 July 2026 at 18:00 UTC"),
])  # fmt: skip
def test_a_moment_is_printed_with_its_time_in_the_platforms_zone(zone, at, said):
    assert read_texts(ZoneInfo(zone))["en"].moment(at) == said


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd"])
def test_a_zone_that_does_not_exist_is_refused(zone):
    with pytest.raises(ValidationError, match="time_zone"):
        Settings(time_zone=zone)


async def test_whoever_is_known_is_invited_in_their_own_language(desk):
    await desk.speaks("ada", "en")
    await desk.speaks("gus", "es")
    invitation = await offered(desk, email="gus@steinfirn-treuhand.example")
    await desk.told("STAFF_INVITATION", data={"offer": str(invitation)})

    assert desk.post.taken[0]["Content-Language"] == "es"


@pytest.mark.parametrize(
    "meanwhile", [{"state": "void"}, {"state": "accepted"}, {"expires_at": NOW}, {"email": "another@people.example"}]
)
@pytest.mark.parametrize("kind", INVITED)
async def test_an_invitation_that_is_over_is_not_sent(desk, kind, meanwhile):
    invitation, table = await offered(desk, kind=kind), INVITED[kind][0]
    await desk.noticed(kind, data={"offer": str(invitation)})
    await desk.addressed()
    await desk.connection.execute(update(table).where(table.id == invitation).values(meanwhile))

    assert [each.state for each in await desk.sent()] == ["dropped"]
    assert desk.post.taken == []


async def test_the_letter_of_an_earlier_sending_is_dropped(desk):
    invitation = await offered(desk, sendings=2)
    await desk.noticed("STAFF_INVITATION", data={"offer": str(invitation), "sending": 1})
    await desk.noticed("STAFF_INVITATION", data={"offer": str(invitation), "sending": 2})

    assert await desk.addressed() == ["new"]
    assert [each.state for each in await desk.sent()] == ["sent"]


@pytest.mark.parametrize("address", ["nobody", "a b@people.example", "a@b@c\n.example", "@people.example", "x@"])
async def test_what_is_no_address_is_parked(desk, address):
    invitation = await offered(desk, email=address)
    await desk.noticed("STAFF_INVITATION", data={"offer": str(invitation)})
    await desk.addressed()

    assert [each.state for each in await desk.sent()] == ["parked"]
    [mail] = await desk.mails()
    assert mail.problem == "the address is not valid"
