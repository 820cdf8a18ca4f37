"""The values and the link of a mail. It contains only what its recipient may see when it is written (L19)."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.auth.viewers import FirmViewer, PlatformViewer
from gateway.loaders import VisibleRow
from gateway.mail.content import line, quoted
from gateway.mail.recipients import Reader, Subject, seen_by
from gateway.mail.review_queue import waiting
from gateway.mail.templates import Language, Values
from gateway.policy import Policy

Place = str | Subject
"""A page of the portal, or the object that the page shows."""

PLACES: Final[Mapping[str, str]] = {
    "WEBINAR": "webinar",
    "AGREEMENT": "agreement",
    "APPLICATION_APPROVED": "application",
    "APPLICATION_REJECTED": "application",
    "FIRM_SUSPENDED": "application",
    "FIRM_REINSTATED": "application",
}
"""The pages to which mails about a firm link, by the kind of mail."""


async def mail_values(
    connection: AsyncConnection, policy: Policy, language: Language, who: Reader, mail: Any, row: VisibleRow
) -> tuple[Values, Place] | None:
    """Returns the values of a mail, by their names in the templates, and the page to which it links.

    A value is None if it does not exist or the recipient may not see it. Returns None if no mail must be sent any more.
    Raises LookupError for a type of subject that this release does not know.
    """
    match row.type_name:
        case "Firm":
            return _of_firm(row), PLACES[mail.kind]
        case "FirmProfile":
            comment = row.row.comment if row.situation.sees("comment") else None
            return {**await _own_firm(connection, policy, who), "comment": comment and quoted(comment)}, "profile"
        case "ClientInvitation":
            company = line(row.row.client_name) if row.situation.sees("companyName") else None
            return {**await _own_firm(connection, policy, who), "client": company}, "client-invitations"
        case "Client":
            return _of_client(row), "company"
        case "User":
            return await _of_reviews(connection, policy, who)
        case "Message":
            talk = Subject("Conversation", row.row.conversation_id)
            return _of_message(who.side, row, await seen_by(connection, policy, who.viewer, talk)), talk
        case "Collaboration":
            place = Subject("Collaboration", row.id)
            return None if _is_replaced(mail, row) else (_of_collaboration(language, who.side, row), place)
        case unknown:
            raise LookupError(unknown)


def _of_firm(row: VisibleRow) -> Values:
    name = line(row.row.name) if row.situation.sees("name") else None
    reason = row.row.decision_reason if row.situation.sees("application") else None
    return {"firm": name, "organisation": name, "reason": reason and quoted(reason)}


async def _own_firm(connection: AsyncConnection, policy: Policy, who: Reader) -> Values:
    """Returns the name of the recipient's own firm, for mails about an object of that firm."""
    firm_id = who.viewer.firm_id if isinstance(who.viewer, FirmViewer) else None
    firm = firm_id and await seen_by(connection, policy, who.viewer, Subject("Firm", firm_id))
    name = line(firm.row.name) if firm and firm.situation.sees("name") else None
    return {"firm": name, "organisation": name}


def _of_client(row: VisibleRow) -> Values:
    name = line(row.row.name) if row.situation.sees("name") else None
    reason = row.row.verification_reason if row.situation.sees("verificationReason") else None
    return {"client": name, "organisation": name, "reason": reason and quoted(reason)}


async def _of_reviews(connection: AsyncConnection, policy: Policy, who: Reader) -> tuple[Values, Place] | None:
    """Returns None if nothing is waiting for the recipient any more."""
    if not isinstance(who.viewer, PlatformViewer):
        return None
    found = await waiting(connection, policy, who.viewer)
    return ({name: str(number) for name, number in found.items() if number}, "reviews") if any(found.values()) else None


def _of_message(side: str, row: VisibleRow, conversation: VisibleRow | None) -> Values:
    """Returns what the recipient sees of a message and of the firm and the client in its conversation."""

    def named(field: str, column: str) -> str | None:
        if conversation is None or not conversation.situation.sees(field):
            return None
        return line(getattr(conversation.row, column))

    firm, client = named("firmName", "firm_name"), named("clientName", "client_name")
    body = quoted(row.row.body) if row.situation.sees("body") else None
    return {"firm": firm, "client": client, "organisation": firm if side == "firm" else client, "message": body}


def _is_replaced(mail: Any, row: VisibleRow) -> bool:
    """Whether the mail is about a request for access that is not the open one any more."""
    requested = mail.data.get("requested")
    return requested is not None and requested != row.row.requested_level


def _of_collaboration(language: Language, side: str, row: VisibleRow) -> Values:
    """Returns the values of a collaboration in the recipient's language."""
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
        # Until the company has accepted, its name is the one that the firm typed (D42).
        "organisation": firm if side == "firm" else None if situation.words("stage") else client,
        "level": word("level", "LEVEL", situation.first("level")),
        "requested": word("requestedLevel", "LEVEL", facts.requested_level),
        "message": shown("requestMessage", facts.request_message and quoted(facts.request_message)),
        # After the collaboration has ended, the field is hidden and there is no mode (D15).
        "mode": word("billingMode", "MODE", situation.first("mode")) or language.word(side, "MODE_NONE"),
        "by": word("endedBy", "BY", facts.ended_by),
    }
