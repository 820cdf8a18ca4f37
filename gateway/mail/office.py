"""From a notice to letters, and from a letter to the post: one short transaction each, whoever else works beside us.

A notice becomes one letter for each person whom the policy tells. Before a letter is written the policy is asked again, as
that person, and only what they see then stands in it. A crash between the post and the end of the transaction sends a
letter twice, with the same Message-ID; none is lost.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.offers import offered_token
from gateway.db.ids import uuid7
from gateway.db.models import Mail, Notice
from gateway.loaders import Seen
from gateway.mail.letters import Letter, Unwritable, compose, line, message, quoted, recipient
from gateway.mail.offers import OFFERS, Offer
from gateway.mail.post import NotNow, Post, Returned
from gateway.mail.readers import Subject, reader, readers, seen_by, told
from gateway.mail.texts import PLAIN, Language, Values
from gateway.policy import Policy
from gateway.sealing import Seal

ATTEMPTS: Final = 20  # over some three days
FIRST_PAUSE: Final = timedelta(minutes=1)
LONGEST_PAUSE: Final = timedelta(hours=6)
PLACES: Final = {"WEBINAR": "webinar", "AGREEMENT": "agreement"}
"""Where in the portal a letter leads, if not to its collaboration."""

TO_ACTOR: Final = frozenset({"COLLABORATION_ENDED"})
"""Kinds that are mailed to the person who acted as well: both sides have it in writing."""

_BESIDE: Final = sa.bindparam("beside", type_=ARRAY(sa.Uuid))
_SUBJECT: Final = (Notice.collaboration_id, Notice.subject_type, Notice.subject_id)
_NOTICE: Final = (
    sa.select(Notice.id, Notice.kind, *_SUBJECT, Notice.actor_id, Notice.data)
    .where(Notice.addressed_at.is_(None), Notice.id != sa.all_(_BESIDE))
    .order_by(Notice.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_MAIL: Final = (
    sa.select(
        Mail.id,
        Mail.side,
        Mail.member_id,
        Mail.address,
        Mail.attempts,
        Notice.kind,
        *_SUBJECT,
        Notice.data,
    )
    .join(Notice, Notice.id == Mail.notice_id)
    .where(Mail.state == "waiting", Mail.due_at <= sa.bindparam("now"), Mail.id != sa.all_(_BESIDE))
    .order_by(Mail.due_at, Mail.id)
    .limit(1)
    .with_for_update(of=Mail, skip_locked=True)
)


class Stuck(Exception):
    """This notice or letter could not be handled. Where a bug of ours is the cause, it must not keep the others waiting."""

    def __init__(self, key: UUID) -> None:
        super().__init__(str(key))
        self.key = key


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: a minute, doubled each time, six hours at most."""
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a notice or a letter, for the log: ids and words only."""

    key: UUID
    kind: str
    state: str
    number: int  # letters that a notice became; attempts that a letter took


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter and whose it is."""

    letter: Letter
    to: Address


@dataclass(frozen=True)
class PostOffice:
    """Works off what waits. `portal` is where links lead, `secret` the sealing key."""

    engine: AsyncEngine
    policy: Policy
    languages: Mapping[str, Language]
    post: Post
    sender: Address
    portal: str
    secret: bytes
    clock: Callable[[], datetime]

    @cached_property
    def _seal(self) -> Seal:
        return Seal(self.secret)

    # ---- addressing

    async def address_next(self, beside: frozenset[UUID] = frozenset()) -> Handled | None:
        """Find whom to tell of the oldest notice that nobody else has in hand and that is not `beside`; None without one."""
        async with self.engine.begin() as connection:
            notice = (await connection.execute(_NOTICE, {"beside": list(beside)})).one_or_none()
            if notice is None:
                return None
            try:
                return await self._address(connection, notice)
            except Exception as error:
                raise Stuck(notice.id) from error

    async def _address(self, connection: AsyncConnection, notice: Any) -> Handled:
        now = self.clock()
        people = [each async for each in self._recipients(connection, notice, now)]
        common = {"notice_id": notice.id, "state": "waiting", "due_at": now}
        for person in people:
            row = common | {"id": uuid7(now), "user_id": None, "side": None, "member_id": None, "address": None}
            await connection.execute(insert(Mail).values(row | person).on_conflict_do_nothing())
        await connection.execute(sa.update(Notice).where(Notice.id == notice.id).values(addressed_at=now))
        return Handled(notice.id, notice.kind, "addressed", len(people))

    async def _recipients(
        self, connection: AsyncConnection, notice: Any, now: datetime
    ) -> AsyncIterator[dict[str, Any]]:
        if not any(notice.kind in language.kinds for language in self.languages.values()):
            raise LookupError(notice.kind)  # of a newer release, perhaps: it stays for who knows it
        if notice.kind in OFFERS:
            offer = await OFFERS[notice.kind].read(connection, notice.data, now)
            if offer is not None:
                yield {"address": offer.email}
            return
        subject = _subject(notice)
        for each in await readers(connection, subject, now):
            viewer = each.viewer
            # Who did it knows. A firm's own way leads on by letters, which are for who takes the step as well (P11, P13).
            keeps_out_actor = subject.type_name != "Firm" and notice.kind not in TO_ACTOR
            if viewer.user_id == notice.actor_id and keeps_out_actor:
                continue
            if await told(connection, self.policy, viewer, notice.kind, subject) is not None:
                yield {"user_id": viewer.user_id, "side": each.side, "member_id": viewer.member_id}

    # ---- sending

    async def send_next(self, beside: frozenset[UUID] = frozenset()) -> Handled | None:
        """Write and send the letter that has been due the longest and that nobody else has in hand; None where none is."""
        now = self.clock()
        async with self.engine.begin() as connection:
            mail = (await connection.execute(_MAIL, {"now": now, "beside": list(beside)})).one_or_none()
            if mail is None:
                return None
            try:
                came = await self._sent(connection, mail, now)
                await connection.execute(sa.update(Mail).where(Mail.id == mail.id).values(came))
            except Exception as error:
                raise Stuck(mail.id) from error
        return Handled(mail.id, mail.kind, came["state"], came.get("attempts", mail.attempts))

    async def _sent(self, connection: AsyncConnection, mail: Any, now: datetime) -> dict[str, Any]:
        try:
            draft = await self._draft(connection, mail, now)
            if draft is None:
                return {"state": "dropped", "problem": None}
            written = message(draft.letter, mail.id, sender=self.sender, to=draft.to, at=now)
            await self.post.send(written)
        except NotNow as problem:
            return self._put_off(mail, now, str(problem))
        except (Returned, Unwritable) as problem:
            return {"state": "parked", "attempts": mail.attempts + 1, "problem": str(problem)}
        return {"state": "sent", "attempts": mail.attempts + 1, "sent_at": self.clock(), "problem": None}

    @staticmethod
    def _put_off(mail: Any, now: datetime, problem: str) -> dict[str, Any]:
        attempts = mail.attempts + 1
        state = "waiting" if attempts < ATTEMPTS else "parked"
        return {"state": state, "attempts": attempts, "due_at": now + pause(attempts), "problem": problem}

    # ---- writing

    async def _draft(self, connection: AsyncConnection, mail: Any, now: datetime) -> Draft | None:
        """The letter as it may be written now, or None where it is not theirs any more."""
        if mail.kind in OFFERS:
            return await self._offer(connection, mail, OFFERS[mail.kind], now)
        who = await reader(connection, mail.side, mail.member_id, now)
        if who is None:
            return None
        row = await told(connection, self.policy, who.viewer, mail.kind, _subject(mail))
        if row is None:
            return None
        language = self.languages[who.locale]
        match row.type_name:
            case "Firm":
                values, place = _firm_values(row), PLACES[mail.kind]
            case "Message":
                where = Subject("Conversation", row.row.conversation_id)
                names = await seen_by(connection, self.policy, who.viewer, where)
                values, place = _message_values(who.side, row, names), f"conversations/{self._seal.id(*where)}"
            case _ if _is_replaced(mail, row):
                return None
            case _:
                values = _values(language, who.side, row)
                place = f"collaborations/{self._seal.id('Collaboration', row.id)}"
        text = language.texts[mail.kind, who.side]
        letter = compose(language, text, {**values, "name": line(who.name)}, f"{self.portal}/{place}")
        return Draft(letter, recipient(who.name, who.address))

    async def _offer(self, connection: AsyncConnection, mail: Any, offer: Offer, now: datetime) -> Draft | None:
        found = await offer.read(connection, mail.data, now)
        if found is None or found.email != mail.address:
            return None
        language = self.languages[found.locale]
        # After `#`, so that it stands in no server's log.
        token = offered_token(self.secret, mail.kind, found.id, found.sendings)
        link = f"{self.portal}/{offer.page}#{token}"
        letter = compose(language, language.texts[mail.kind, PLAIN], offer.values(language, found), link)
        return Draft(letter, recipient("", found.email))


def _subject(row: Any) -> Subject:
    """What a notice or a letter is about."""
    if row.collaboration_id is not None:
        return Subject("Collaboration", row.collaboration_id)
    return Subject(row.subject_type, row.subject_id)


def _is_replaced(mail: Any, row: Seen) -> bool:
    """Whether a mail is of a request for access that is not the open one any more."""
    requested = mail.data.get("requested")
    return requested is not None and requested != row.row.requested_level


def _firm_values(row: Seen) -> Values:
    name = line(row.row.name) if row.situation.sees("name") else None
    return {"firm": name, "organisation": name}


def _message_values(side: str, row: Seen, conversation: Seen | None) -> Values:
    """What this reader sees of a message, and of the two who write to each other."""

    def named(field: str, column: str) -> str | None:
        if conversation is None or not conversation.situation.sees(field):
            return None
        return line(getattr(conversation.row, column))

    firm, client = named("firmName", "firm_name"), named("clientName", "client_name")
    body = quoted(row.row.body) if row.situation.sees("body") else None
    return {"firm": firm, "client": client, "organisation": firm if side == "firm" else client, "message": body}


def _values(language: Language, side: str, row: Seen) -> Values:
    """What this reader sees of the collaboration, in their language; None is what they do not see or what is not there."""
    situation, facts = row.situation, row.row

    def shown(field: str, value: str | None) -> str | None:
        return value if situation.sees(field) and value else None

    def word(field: str, prefix: str, value: str | None) -> str | None:
        return language.word(side, f"{prefix}_{value.upper()}") if situation.sees(field) and value else None

    firm = shown("firmName", line(facts.firm_name))
    client = shown("clientName", line(facts.client_name))
    return {
        "firm": firm,
        "client": client,
        # Until it has accepted, a company has the name that the firm typed (D42).
        "organisation": firm if side == "firm" else None if situation.words("stage") else client,
        "level": word("level", "LEVEL", situation.first("level")),
        "requested": word("requestedLevel", "LEVEL", facts.requested_level),
        "message": shown("requestMessage", facts.request_message and quoted(facts.request_message)),
        # After the end the field is hidden, and no mode exists (D15).
        "mode": word("billingMode", "MODE", situation.first("mode")) or language.word(side, "MODE_NONE"),
        "by": word("endedBy", "BY", facts.ended_by),
    }
