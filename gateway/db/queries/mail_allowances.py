"""Rate limits of mails: one allowance for each sender and recipient, counted in the database for all processes.

An allowance holds `most` mails and refills evenly within `period`. Its row holds the time at which it is full again.
"""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.db.models import Firm, MailAllowance
from gateway.settings import Settings
from gateway.text.addresses import address_key

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MIN_DURATION: Final = timedelta(seconds=1)
ASKED_FOR: Final = 3  # mails of one kind to one address that anonymous callers may request within an hour


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `most` mails at once, and on average at most `most` within `period`."""

    most: int
    period: timedelta

    @property
    def step(self) -> timedelta:
        """The time after which one more mail is allowed."""
        return self.period // self.most


@dataclass(frozen=True, slots=True)
class MailBounds:
    """The bounds from the settings. `secret` is the key of the hashes of senders and recipients.

    Each method takes one mail from each allowance that applies. It returns zero, or the time to wait: then the caller
    refuses the request and rolls its transaction back.
    """

    secret: bytes = field(repr=False)
    to_address: Bound
    invitations: Bound
    unapproved: Bound
    anonymous: Bound
    anonymous_of_network: Bound
    asked_for: Bound = Bound(ASKED_FOR, HOUR)

    @classmethod
    def from_settings(cls, settings: Settings, secret: bytes) -> Self:
        return cls(
            secret,
            to_address=Bound(settings.mails_to_address, DAY),
            invitations=Bound(settings.invitations_to_address, DAY),
            unapproved=Bound(settings.mails_of_unapproved_firm, DAY),
            anonymous=Bound(settings.anonymous_mails, HOUR),
            anonymous_of_network=Bound(settings.anonymous_mails_of_network, HOUR),
        )

    async def invite(
        self, connection: AsyncConnection, sender: UUID, addresses: Collection[str], now: datetime
    ) -> timedelta:
        """For mutations that send mails to addresses from the caller's input.

        Counted separately from `send`, by the input alone: a refusal does not show whether an address belongs to a person (L18).
        """
        keys = [self._key("invitation", sender, mailbox(address)) for address in addresses]
        if wait := await _take(connection, self.invitations, keys, now):
            return wait
        return await self._unapproved(connection, "invitation", sender, now, len(addresses))

    async def send(self, connection: AsyncConnection, sender: UUID, address: str, now: datetime) -> timedelta:
        """For each mail that an organisation causes, of any kind, immediately before it is sent."""
        if wait := await _take(connection, self.to_address, [self._key("mail", sender, mailbox(address))], now):
            return wait
        return await self._unapproved(connection, "mail", sender, now, 1)

    async def ask(self, connection: AsyncConnection, kind: str, network: str, now: datetime) -> timedelta:
        """For a mail that an anonymous caller requests.

        The limit of the caller's network comes first, so that one network cannot use up the common allowance.
        """
        if wait := await _take(connection, self.anonymous_of_network, [self._key("network", kind, network)], now):
            return wait
        return await _take(connection, self.anonymous, [self._key("anonymous", kind)], now)

    async def is_asked_too_often(self, connection: AsyncConnection, kind: str, address: str, now: datetime) -> bool:
        """Whether a mail to an address, known or unknown, exceeds the limit of its kind."""
        return bool(await _take(connection, self.asked_for, [self._key("asked", kind, mailbox(address))], now))

    async def _unapproved(
        self, connection: AsyncConnection, what: str, sender: UUID, now: datetime, many: int
    ) -> timedelta:
        unapproved = sa.select(Firm.id).where(Firm.id == sender, Firm.programme_state != "approved")
        if (await connection.execute(unapproved)).one_or_none() is None:
            return timedelta()
        return await _take(connection, self.unapproved, [self._key("unapproved", what, sender)], now, many)

    def _key(self, *parts: object) -> bytes:
        return hmac.digest(self.secret, ":".join(("mail allowance", *map(str, parts))).encode(), "sha256")


def mailbox(address: str) -> str:
    """One key for all spellings of one mailbox: in lower case, without `+tag`, with the domain in ASCII."""
    local, _, domain = address_key(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


async def _take(
    connection: AsyncConnection, bound: Bound, keys: Sequence[bytes], now: datetime, many: int = 1
) -> timedelta:
    """Take `many` from each allowance. Returns zero, or the time until all of them hold that many."""
    wanted, full_at, taken = sorted(set(keys)), MailAllowance.full_at, bound.step * many
    of_key = sa.func.unnest(sa.bindparam("keys", wanted, type_=ARRAY(BYTEA))).column_valued("key")
    # In one order, so that two transactions cannot deadlock.
    fresh = sa.select(of_key, _at(now + taken)).where(sa.literal(taken <= bound.period)).order_by(of_key)
    after = sa.func.greatest(full_at, _at(now), type_=full_at.type) + sa.literal(taken, sa.Interval())
    take = insert(MailAllowance).from_select(["key", "full_at"], fresh)
    take = take.on_conflict_do_update(
        index_elements=["key"], set_={"full_at": after}, where=after <= _at(now + bound.period)
    )
    took = take.returning(MailAllowance.key).cte("took")
    lacking = sa.select(sa.func.max(full_at)).where(
        MailAllowance.key.in_(wanted), MailAllowance.key.not_in(sa.select(took.c.key))
    )
    many_taken = sa.select(sa.func.count()).select_from(took).scalar_subquery()
    # One statement in either case, so that its duration shows nothing about other callers' requests.
    done, latest = (await connection.execute(sa.select(many_taken, lacking.scalar_subquery()))).one()
    if done == len(wanted):
        return timedelta()
    return max((latest or now) + taken - bound.period - now, MIN_DURATION)


def _at(moment: datetime) -> sa.ColumnElement[datetime]:
    return sa.literal(moment, MailAllowance.full_at.type)
