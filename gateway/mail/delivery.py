"""Turns notices into mails and sends mails to the mail server, in short transactions.

A notice becomes one mail for each person that the policy names. Before a mail is written, the policy is evaluated again
with that person as the viewer, and the mail contains only what they may see at that time (L19).

No transaction is open during SMTP: a worker claims a mail for a limited time, sends it, and records the result. After a
crash in between, the mail is sent again when the claim has expired, with the same Message-ID; no mail is lost.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.auth.invitation_tokens import offered_token
from gateway.auth.memberships import TYPES
from gateway.db.ids import uuid7
from gateway.db.models import Mail, Notice
from gateway.db.queries.jobs import to_send
from gateway.db.queries.mail_allowances import MailBounds
from gateway.global_ids import Seal
from gateway.mail.content import ComposedMail, Unwritable, compose, line
from gateway.mail.details import mail_values
from gateway.mail.invitations import OFFERS, Offer
from gateway.mail.limits import held_for, hold
from gateway.mail.message import message, recipient
from gateway.mail.recipients import Reader, Subject, reader, readers, told
from gateway.mail.templates import PLAIN, Language
from gateway.mail.transport import PermanentFailure, TemporaryFailure, Transport
from gateway.policy import Policy
from gateway.text.addresses import address_key

ATTEMPTS: Final = 20  # over about three days
FIRST_PAUSE: Final = timedelta(minutes=1)
MAX_PAUSE: Final = timedelta(hours=6)
LEASE: Final = timedelta(minutes=1)
SOON: Final = timedelta(seconds=1)
PAGES: Final = {"Collaboration": "collaborations", "Conversation": "conversations"}
"""The path in the portal to which a mail links, by the type of its subject."""

_KEY: Final = sa.bindparam("key", type_=sa.Uuid())
_NOW: Final[sa.BindParameter[datetime]] = sa.bindparam("now")
TO_ACTOR: Final = frozenset({"COLLABORATION_ENDED"})
"""Kinds that are mailed also to the person who acted, so that both sides have it in writing."""
_SUBJECT: Final = (Notice.collaboration_id, Notice.subject_type, Notice.subject_id)
_NOTICE: Final = (
    sa.select(Notice.id, Notice.kind, *_SUBJECT, Notice.actor_id, Notice.data)
    .where(Notice.id == _KEY, Notice.addressed_at.is_(None))
    .with_for_update()
)
# Of several workers that try at the same time, only one finds the mail due. Workers of an older release read `due_at`, too.
_CLAIMED: Final = (
    sa.update(Mail)
    .where(Mail.id == _KEY, Mail.state == "waiting", Mail.due_at <= _NOW, Notice.id == Mail.notice_id)
    .values(due_at=sa.bindparam("until", type_=Mail.due_at.type))
    .returning(
        Mail.id,
        Mail.side,
        Mail.member_id,
        Mail.address,
        Mail.attempts,
        Mail.due_at,
        Notice.kind,
        *_SUBJECT,
        Notice.sender_id,
        Notice.data,
    )
)
_WAITING: Final = (
    sa.select(Mail.id, Mail.attempts, Mail.due_at, Notice.kind)
    .join(Notice, Notice.id == Mail.notice_id)
    .where(Mail.id == _KEY, Mail.state == "waiting")
)


def pause(attempts: int) -> timedelta:
    """Returns the delay after `attempts` attempts: one minute, doubled each time, at most six hours."""
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 16)), MAX_PAUSE)


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result for a notice or a mail, for the log. It contains only ids, enum values and numbers."""

    key: UUID
    kind: str
    state: str
    number: int  # mails of a notice; attempts of a mail
    again: timedelta | None = None  # delay before the next attempt


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a mail and its recipient."""

    letter: ComposedMail
    to: Address


@dataclass(frozen=True)
class MailDelivery:
    """Addresses notices and sends mails. `portal` is the base address of links, `secret` the sealing key.

    `lease` is how long the claim of a mail is valid. Sending a mail must not take longer than half of it.
    """

    engine: AsyncEngine
    policy: Policy
    languages: Mapping[str, Language]
    post: Transport
    sender: Address
    portal: str
    secret: bytes
    bounds: MailBounds
    clock: Callable[[], datetime]
    lease: timedelta = LEASE

    @cached_property
    def _seal(self) -> Seal:
        return Seal(self.secret)

    # ---- addressing

    async def address(self, key: UUID) -> DeliveryResult | None:
        """Writes the mails of a notice and a job for each of them. Returns None if that was done before.

        Raises LookupError for a kind of notice that this release does not know.
        """
        async with self.engine.begin() as connection:
            notice = (await connection.execute(_NOTICE, {"key": key})).one_or_none()
            return None if notice is None else await self._address(connection, notice)

    async def _address(self, connection: AsyncConnection, notice: Any) -> DeliveryResult:
        now = self.clock()
        people = [each async for each in self._recipients(connection, notice, now)]
        common = {"notice_id": notice.id, "state": "waiting", "due_at": now}
        for person in people:
            row = common | {
                "id": uuid7(now),
                "user_id": None,
                "side": None,
                "member_id": None,
                "address": None,
                "address_key": None,
            }
            await connection.execute(insert(Mail).values(row | person).on_conflict_do_nothing())
        await connection.execute(to_send(notice.id))
        await connection.execute(sa.update(Notice).where(Notice.id == notice.id).values(addressed_at=now))
        return DeliveryResult(notice.id, notice.kind, "addressed", len(people))

    async def _recipients(
        self, connection: AsyncConnection, notice: Any, now: datetime
    ) -> AsyncIterator[dict[str, Any]]:
        if not any(notice.kind in language.kinds for language in self.languages.values()):
            raise LookupError(notice.kind)  # perhaps of a newer release: the notice waits for a worker that knows it
        if notice.kind in OFFERS:
            offer = await OFFERS[notice.kind].read(connection, notice.data, now)
            if offer is not None:
                yield {"address": offer.email, "address_key": address_key(offer.email)}
            return
        subject = _subject(notice)
        for each in await readers(connection, subject, now):
            viewer = each.viewer
            # The person who acted gets no mail, except about their own firm: those mails lead to the next step (P11, P13).
            excludes_actor = subject.type_name != "Firm" and notice.kind not in TO_ACTOR
            if viewer.user_id == notice.actor_id and excludes_actor:
                continue
            if await told(connection, self.policy, viewer, notice.kind, subject) is not None:
                yield {"user_id": viewer.user_id, "side": each.side, "member_id": each.member_id}

    # ---- sending

    async def send(self, key: UUID) -> DeliveryResult | None:
        """Writes and sends a mail. Returns None if it is not waiting any more.

        If the mail is not due yet or another worker has claimed it, the result contains the delay before the next attempt.
        """
        now = self.clock()
        async with self.engine.begin() as connection:
            claim = {"key": key, "now": now, "until": now + self.lease}
            mail = (await connection.execute(_CLAIMED, claim)).one_or_none()
            if mail is None:
                return await self._put_off(connection, key)
            try:
                draft = await self._draft(connection, mail, now)
            except Unwritable as problem:
                return await self._recorded(connection, mail, _parked(mail, problem))
            if draft is None:
                return await self._recorded(connection, mail, {"state": "dropped", "problem": None})
            if wait := await held_for(connection, self.bounds, mail, draft.to.addr_spec, now):
                return await self._recorded(connection, mail, await hold(connection, mail, now + wait, now))
        # A process that was suspended must not start to send, because the claim could expire meanwhile.
        if self.clock() > now + self.lease / 2:
            async with self.engine.begin() as connection:
                return await self._put_off(connection, key)
        outcome = await self._posted(mail, draft, now)
        async with self.engine.begin() as connection:
            return await self._recorded(connection, mail, outcome)

    async def _posted(self, mail: Any, draft: Draft, now: datetime) -> dict[str, Any]:
        """Sends the mail and returns the outcome as columns of its row."""
        attempts = mail.attempts + 1
        try:
            written = message(draft.letter, mail.id, sender=self.sender, to=draft.to, at=now)
            await self.post.send(written)
        except TemporaryFailure as problem:
            put_off = {"state": "waiting", "due_at": self.clock() + pause(attempts)}
            outcome = put_off if attempts < ATTEMPTS else {"state": "parked"}
            return outcome | {"attempts": attempts, "problem": str(problem)}
        except (PermanentFailure, Unwritable) as problem:
            return _parked(mail, problem)
        return {"state": "sent", "attempts": attempts, "sent_at": self.clock(), "problem": None}

    async def _recorded(self, connection: AsyncConnection, mail: Any, outcome: dict[str, Any]) -> DeliveryResult:
        # If the claim has expired, the worker that has claimed the mail since then records the result.
        ours = (Mail.id == mail.id, Mail.state == "waiting", Mail.due_at == mail.due_at)
        await connection.execute(sa.update(Mail).where(*ours).values(outcome))
        again = outcome["due_at"] - self.clock() if "due_at" in outcome else None
        return DeliveryResult(mail.id, mail.kind, outcome["state"], outcome.get("attempts", mail.attempts), again)

    async def _put_off(self, connection: AsyncConnection, key: UUID) -> DeliveryResult | None:
        mail = (await connection.execute(_WAITING, {"key": key})).one_or_none()
        if mail is None:
            return None
        return DeliveryResult(mail.id, mail.kind, "waiting", mail.attempts, max(mail.due_at - self.clock(), SOON))

    # ---- writing

    async def _draft(self, connection: AsyncConnection, mail: Any, now: datetime) -> Draft | None:
        """Returns the mail as the policy permits it now; None if the recipient must not get it any more."""
        if mail.kind in OFFERS:
            return await self._offer(connection, mail, OFFERS[mail.kind], now)
        who = await reader(connection, mail.side, mail.member_id, now)
        if who is None:
            return None
        row = await told(connection, self.policy, who.viewer, mail.kind, _subject(mail))
        if row is None:
            return None
        language = self.languages[who.locale]
        found = await mail_values(connection, self.policy, language, who, mail, row)
        if found is None:
            return None
        values, place = found
        page = place if isinstance(place, str) else f"{PAGES[place.type_name]}/{self._seal.id(*place)}"
        text = language.texts[mail.kind, who.side]
        letter = compose(language, text, {**values, "name": line(who.name)}, self._link(page, who))
        return Draft(letter, recipient(who.name, who.address))

    def _link(self, page: str, who: Reader) -> str:
        """Returns the address of a page. It names the organisation for which the recipient gets the mail (D71)."""
        return f"{self.portal}/{page}?organisation={self._seal.id(TYPES[who.side], who.viewer.acting_id)}"

    async def _offer(self, connection: AsyncConnection, mail: Any, offer: Offer, now: datetime) -> Draft | None:
        found = await offer.read(connection, mail.data, now)
        if found is None or found.email != mail.address:
            return None
        language = self.languages[found.locale]
        # The token is in the fragment, so that no server logs it.
        token = offered_token(self.secret, mail.kind, found.id, found.sendings)
        link = f"{self.portal}/{offer.page}#{token}"
        letter = compose(language, language.texts[mail.kind, PLAIN], offer.values(language, found), link)
        return Draft(letter, recipient("", found.email))


def _parked(mail: Any, problem: Exception) -> dict[str, Any]:
    return {"state": "parked", "attempts": mail.attempts + 1, "problem": str(problem)}


def _subject(row: Any) -> Subject:
    """Returns the subject of a notice or a mail."""
    if row.collaboration_id is not None:
        return Subject("Collaboration", row.collaboration_id)
    return Subject(row.subject_type, row.subject_id)
