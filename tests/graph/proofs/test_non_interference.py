"""What is hidden from a viewer leaves no trace: whatever becomes of it, every byte of every answer stays (policy.md, proof 4).

Each change names all who may notice it. Everybody else's answers stay the same, and theirs do not.
"""

import os
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as trials
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.db.enums import KPI_KINDS
from gateway.db.seeds.acts import acts
from gateway.db.seeds.bills import BILLS
from gateway.db.seeds.demo import DEMO_NOW, key
from gateway.db.seeds.people import CLIENT_PLACES, FIRM_PLACES, PEOPLE
from gateway.db.seeds.talks import TALKS
from gateway.reads.formats import graph_name
from tests.graph.conftest import CALLERS, CLIENTS, FIRMS, TOKENS, Ask, Lent, forget_probes, lent

# ---- the corpus: every field of the graph, by every way that leads to it


FRAGMENTS = """
fragment MoneyOf on Money { amount currency }
fragment Person on FirmMember { id name firmName firmRole email membershipState isOwner viewerActions }
fragment Seat on ClientMember { id name email clientRole viewerActions }
fragment Invited on ClientMemberInvitation { id email clientRole invitationState invitedAt expiresAt viewerActions }
fragment Offer on StaffInvitation { id email firmRole invitationState invitedAt expiresAt viewerActions }
fragment Wish on ClientInvitation { 
  id email companyName country clientInvitationState sentAt expiresAt requestedLevel message discountOffer { percent plans state }
  collaboration { id } viewerActions
 }
fragment Bill on Invoice {
  id invoiceKind number billingMode clientName net { ...MoneyOf } tax { ...MoneyOf } total { ...MoneyOf } currency invoiceState
  issuedAt dueAt paidAt issuedTo { kind name } credits { id } client { id name }
  lines { position description quantity unitAmount { ...MoneyOf } amount { ...MoneyOf } }
}
fragment Pair on Collaboration {
  id collaborationState stage origin firmName clientName startedAt endedAt endedBy endReason requestedLevel requestMessage
  invitedEmail invitedCountry discountOffer { percent plans state }
  level expiresAt sharedKpis billingMode pausedBillingMode
  offeredTerms { level sharedKpis billingMode expiresAt } billingModePeriods(first: 50) { nodes { mode from to } }
  effectiveAccess { level because } viewerActions visibleFields
  firm { id name } client { id name } conversation { id }
  auditEntries(first: 30) {
    totalCount nodes { id at lastAt count action actorName actingSide onBehalfOf { id } outcome code requestId }
    pageInfo { hasNextPage endCursor }
  }
}
fragment Company on Client {
  id name country verificationState verificationReason companyNumber address contactEmail plan { tier sections fee { ...MoneyOf } }
  wallet { balance { ...MoneyOf } } kpis { kind count amount { ...MoneyOf } asOf section } pendingTotal
  pendingActivities(first: 50) { nodes { id section kpiKind title dueAt deepLink } } journal:
  pendingActivities(section: JOURNAL, first: 50) { nodes { id } }
  receipts: pendingActivities(section: RECEIPTS, first: 50) { nodes { id } } accountManagers(first: 50) {
  nodes { ...Person } } members(first: 50) { nodes { ...Seat } }
  memberInvitations(first: 50) { nodes { ...Invited } }
  viewerActions visibleFields
  collaboration { id } collaborations(first: 50) { nodes { id firmName collaborationState } }
  invoices(first: 5) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
  sessions(first: 5) { totalCount nodes { ...Stay } pageInfo { hasNextPage endCursor } }
}
fragment Stay on ClientSession {
  id client { id name } firmName memberName openedAt expiresAt closedAt sessionState viewerActions
}
fragment Machine on IntegrationToken { id name scopes createdBy createdAt expiresAt lastUsedAt revokedAt viewerActions }
fragment House on Firm {
  id name profile { id description } profileRevisions(first: 50) { nodes { id } } staff(first: 50) {
  nodes { ...Person } } staffInvitations(first: 50) { nodes { ...Offer } }
  clientCount accountState hasOwnAccount trialEndsAt resellerTier cashbackRate
  subscription { paid paidUntil lapsed } invitationCode
  application { state submittedAt webinarWatchedAt agreedAt decidedAt reason preconditions { code ok } } viewerActions
}
"""
LISTS = (
    """{
  viewer {
    user { id name email locale } actingAs { id name kind role } memberships { id name } menus banners tokenScopes
    clientSession { ...Stay }
  }
  clientTabs { tab totalCount }
  clients(first: 50) { totalCount edges { cursor node { ...Company } } pageInfo { hasNextPage hasPreviousPage } }
  page: clients(last: 2, orderBy: {field: NAME, direction: DESC}) {
    totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor }
  }
  found: clients(first: 3, search: "er") { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
  missing: clients(first: 3, onlyMissingReceipts: true) { totalCount nodes { id } pageInfo { hasNextPage } }
  collaborations(first: 50) { totalCount nodes { ...Pair } }
  active: collaborations(first: 1, states: [ACTIVE]) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
  invoices(first: 50) { totalCount nodes { ...Bill } }
  open: invoices(last: 1, states: [OPEN, OVERDUE]) { totalCount nodes { id } pageInfo { hasPreviousPage startCursor } }
  integrationTokens(first: 50) { totalCount edges { cursor node { ...Machine } } }
  auditLog(first: 50) {
    totalCount nodes { id at lastAt count action actorName actingSide onBehalfOf { id } outcome code requestId } pageInfo { endCursor }
  }
  newest: integrationTokens(first: 1) { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
  firm { ...House }
  firms(first: 10) { totalCount nodes { ...House } }
  clientInvitations(first: 50) { totalCount nodes { ...Wish } }
  publicDirectory(first: 10) { totalCount nodes {
    id displayName description specialties location languages website
  } }
  marketplace(first: 10) { totalCount nodes { id displayName } pageInfo { hasNextPage } }
  waiting: marketplace(first: 1, search: "er") { totalCount nodes { id } pageInfo { hasNextPage endCursor } }
  reviewQueue(first: 10) { totalCount nodes { id displayName } pageInfo { hasNextPage } }
}"""
    + FRAGMENTS
)
TALK = """
fragment Said on Message { id side authorName body sentAt }
fragment Talk on Conversation {
  id firmName clientName firm { id } client { id } collaboration { id } openedAt lastMessageAt unreadCount blockedAt viewerActions
  messages(first: 9) { totalCount edges { cursor node { ...Said } } pageInfo { hasNextPage } }
  newest: messages(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } }
}
"""
TALKED = (
    """{
  viewer { memberships { isDefault } membership { id } pages }
  conversations(first: 50) { totalCount nodes { ...Talk } }
  talk: conversations(last: 1) { totalCount nodes { id } pageInfo { hasPreviousPage startCursor } }
  collaborationRequests(first: 50) { totalCount nodes { id } }
  answered: collaborationRequests(first: 1, answered: true) { totalCount pageInfo { hasNextPage } }
}"""
    + TALK
)
OF_EACH_TYPE = {
    "Client": "...Company",
    "Firm": "...House",
    "Collaboration": "...Pair",
    "Invoice": "...Bill",
    "FirmMember": "...Person",
    "StaffInvitation": "...Offer",
    "ClientInvitation": "...Wish",
    "ClientMember": "...Seat",
    "ClientMemberInvitation": "...Invited",
    "FirmProfile": "... on FirmProfile { id displayName description profileState revision comment viewerActions }",
    "User": "... on User { id name email locale }",
    "PendingActivity": "... on PendingActivity { id section kpiKind title dueAt deepLink }",
    "AuditEntry": "... on AuditEntry { id at action actorName actingSide }",
    "Conversation": "...Talk",
    "Message": "...Said",
    "ClientSession": "...Stay",
    "IntegrationToken": "...Machine",
}
LEFT = """{
  auditLog(first: 50) { totalCount nodes { at lastAt count action actorName actingSide outcome code } }
}"""
"""What the questions before left in the trail: ids that lead nowhere are counted there."""
ARGUMENTS = " ".join(f"${name}: [ID!]!" for name in OF_EACH_TYPE)
BY_ID = " ".join(f"{name}: nodes(ids: ${name}) {{ __typename {fields} }}" for name, fields in OF_EACH_TYPE.items())
NODES = f"query ({ARGUMENTS}) {{ {BY_ID} }} {FRAGMENTS} {TALK}"
EXPLAINED = (
    *("wallet", "plan", "kpis", "members", "companyNumber", "contactEmail", "invoices", "accountManagers"),
    *(f"pendingActivities({section})" for section in ("RECEIPTS", "OUTLAYS", "JOURNAL", "WALLET")),
)
OF_ROWS = (
    "hiddenFields { field reason requires { fact value } } unavailableActions { action reason requires { fact value } }"
)
MASKED = ("Client", "Collaboration", "Firm", "FirmMember", "FirmProfile", "Invoice")
HIDDEN = (
    f"query ({' '.join(f'${name}: [ID!]!' for name in MASKED)}) {{"
    + " ".join(f"{name}: nodes(ids: ${name}) {{ ... on {name} {{ id {OF_ROWS} }} }}" for name in MASKED)
    + "}"
)
WHY = f"""query ($id: ID!) {{
  whyHidden(id: $id, fields: [{" ".join(map(graph_name, EXPLAINED))}]) {{ visible reason statements requires {{ fact value }} }}
}}"""
THINGS: Final[dict[str, list[UUID]]] = {
    "Client": [key(handle) for handle in CLIENTS],
    "Firm": [key(handle) for handle in FIRMS],
    "Collaboration": [
        key(handle)
        for handle in (*(f"F-C{n}" for n in (1, 2, 3, 4, 5, 7, 8)), "G-C4", "G-C6", "F invites C6", "F invites C7")
    ],
    "Invoice": [key(bill.handle) for bill in BILLS],
    "FirmMember": [key(f"{place.organisation}/{place.person}") for place in FIRM_PLACES],
    "StaffInvitation": [key(f"invitation into {firm}") for firm in FIRMS],
    "ClientMemberInvitation": [key(f"invitation into {client}") for client in CLIENTS],
    "ClientInvitation": [key(f"offer of {pair}") for pair in ("F-C3", "F-C8", "F-C4")],
    "ClientMember": [key(f"{place.organisation}/{place.person}") for place in CLIENT_PLACES],
    "FirmProfile": [key(f"{firm} profile {revision}") for firm in FIRMS for revision in (1, 2)],
    "User": [key(person.handle) for person in PEOPLE],
    "PendingActivity": [key("C1 OUTLAYS 1", 3), key("C1 RECEIPTS 0", 2), key("C2 JOURNAL 1", 3), key("C6 SALES 1", 3)],
    "AuditEntry": [key(f"audit {number}", act.days) for number, act in enumerate(acts(), start=1) if number % 4 == 1],
    "Conversation": [key(talk.handle) for talk in TALKS],
    "Message": [
        key(f"{talk.handle} {number}", said.days) for talk in TALKS for number, said in enumerate(talk.lines, start=1)
    ],
    "ClientSession": [key(f"a stay in {client}") for client in ("C1", "C3", "C4", "C6")],
    "IntegrationToken": [key(handle) for handle in TOKENS],
}


async def answers(ask: Ask, who: str) -> AsyncIterator[str]:
    """Everything that this caller can be told."""
    ids = {name: [ask.id(name, one) for one in keys] for name, keys in THINGS.items()}
    questions: list[tuple[str, Mapping[str, Any]]] = [(LISTS, {}), (NODES, ids), (TALKED, {})]
    questions += [(WHY, {"id": ask.id("Client", client)}) for client in ("C1", "C2", "C3", "C5")]
    questions += [(HIDDEN, {name: ids[name] for name in MASKED}), (LEFT, {})]
    for document, variables in questions:
        answer = await ask(who, document, **variables)
        assert answer.data is not None or answer.codes == ["UNAUTHENTICATED"], answer.text
        if document == LEFT and (left := answer.data) is not None:
            # Entries of one moment are in the order of their random keys.
            left["auditLog"]["nodes"].sort(key=str)
            yield str(left)
        else:
            yield answer.text


# ---- the changes


class Change(NamedTuple):
    """Statements, and all who may notice them."""

    statements: tuple[tuple[str, dict[str, Any]], ...]
    noticed_by: str


def change(noticed_by: str, statement: str, /, **parameters: Any) -> Change:
    return Change(((statement, parameters),), noticed_by)


def bill(
    noticed_by: str, client: str, firm: str | None, *, days: int, is_draft: bool = False, mode: str | None = None
) -> Change:
    """One more invoice about a client: the firm's in PARTNER mode, else the client's."""
    name = f"more for {client} {firm} {days} {is_draft}"
    return change(
        noticed_by,
        "INSERT INTO invoice (id, number, billing_mode, client_id, firm_id, client_name, firm_name, net, tax, total, "
        "currency, state, ordered_at, issued_at) SELECT :id, :number, :mode, client.id, :firm, client.name, "
        "(SELECT name FROM firm WHERE id = :firm), 100, 19, 119, 'EUR', :state, :at, :issued FROM client "
        "WHERE client.id = :client",
        id=key(name, days),
        number=None if is_draft else name,
        mode=mode or ("partner" if firm else "client"),
        firm=key(firm) if firm else None,
        state="draft" if is_draft else "open",
        at=DEMO_NOW - timedelta(days=days),
        issued=None if is_draft else DEMO_NOW - timedelta(days=days),
        client=key(client),
    )


def count(noticed_by: str, client: str, kind: str) -> Change:
    return change(
        noticed_by,
        "UPDATE kpi_snapshot SET count = count + 90 WHERE client_id = :id AND kind = :kind",
        id=key(client),
        kind=kind,
    )


def act(noticed_by: str, partnership: str, actor: str, side: str, *, days: int) -> Change:
    firm, client = partnership.split("-")
    return change(
        noticed_by,
        "INSERT INTO audit_entry (id, at, actor_id, actor_name, acting_side, acting_id, action, subject_type, "
        "subject_id, client_id, firm_id, collaboration_id) VALUES (:id, :at, :actor, :name, :side, :acting, 'GRANT_ACCESS', "
        "'Collaboration', :of, :client, :firm, :of)",
        id=key(f"more of {partnership} by {actor}", days),
        at=DEMO_NOW - timedelta(days=days),
        actor=key(actor),
        name=actor,
        side=side,
        acting=key(firm if side == "firm" else client),
        of=key(partnership),
        client=key(client),
        firm=key(firm),
    )


def person(noticed_by: str, table: str, organisation: str, role: str) -> Change:
    """Somebody new in a firm or in a client company."""
    name = f"new {role} of {organisation}"
    of = "firm_id" if table == "firm_member" else "client_id"
    return Change(
        (
            (
                "INSERT INTO user_account (id, email, email_key, name, name_key) VALUES (:id, :email, :email, :name, lower(:name))",
                {"id": key(name), "email": f"{key(name)}@people.example", "name": name},
            ),
            (
                f"INSERT INTO {table} (id, {of}, user_id, role, state) VALUES (:place, :organisation, :id, :role, 'active')",
                {"place": key(f"place {name}"), "organisation": key(organisation), "id": key(name), "role": role},
            ),
        ),
        noticed_by,
    )


def token(noticed_by: str, handle: str, what: str, /, **values: Any) -> Change:
    return change(noticed_by, f"UPDATE integration_token SET {what} WHERE id = :id", id=key(handle), **values)


def invitation(noticed_by: str, organisation: str, by: str) -> Change:
    """Somebody is invited into a firm or into a company."""
    into_firm = organisation in FIRMS
    table, of = ("staff_invitation", "firm_id") if into_firm else ("client_member_invitation", "client_id")
    return change(
        noticed_by,
        f"INSERT INTO {table} (id, {of}, email, email_key, role, token_hash, invited_by, invited_at, expires_at)"
        " VALUES (:id, :of, 'a@new.example', 'a@new.example', 'admin', :hash, :by, now(), '2030-01-01T00:00:00+00:00')",
        id=key(f"invitation into {organisation}"),
        of=key(organisation),
        hash=organisation.encode(),
        by=key(by),
    )


def stay(noticed_by: str, partnership: str, person: str, hours: int) -> Change:
    """Somebody of the firm has been in the client's account, or is still."""
    firm, client = partnership.split("-")
    return change(
        noticed_by,
        "INSERT INTO client_session (id, member_id, firm_id, client_id, collaboration_id, opened_at, expires_at)"
        " VALUES (:id, :member, :firm, :client, :tie, :at, :ends)",
        id=key(f"a stay in {client}"),
        member=key(f"{firm}/{person}"),
        firm=key(firm),
        client=key(client),
        tie=key(partnership),
        at=DEMO_NOW,
        ends=DEMO_NOW + timedelta(hours=hours),
    )


def new_token(noticed_by: str, owner: str | None, maker: str) -> Change:
    """One more token of F, of C1, or of the platform."""
    name = f"another token of {owner}"
    return change(
        noticed_by,
        "INSERT INTO integration_token (id, name, token_hash, scopes, firm_id, client_id, created_by) "
        "VALUES (:id, 'Another', :hash, 1, :firm, :client, :maker)",
        id=key(name, 1),
        hash=name.encode(),
        firm=key(owner) if owner in FIRMS else None,
        client=key(owner) if owner in CLIENTS else None,
        maker=key(maker),
    )


INVITED: Final = """INSERT INTO collaboration (id, firm_id, client_id, copy_of, origin, state, firm_name, client_name,
  client_name_key, client_spelled_key, invited_email, invited_email_key)
  VALUES (:id, :firm, :client, :of, 'firm_invitation', :state, 'Er', 'Er', 'er', 'er', 'a@b.example', 'a@b.example')"""


def invitation_of(firm: str, client: str | None, of: str | None, state: str = "invited") -> tuple[str, dict[str, Any]]:
    """A firm's invitation, or its copy for a company."""
    names = {"id": key(f"{firm} invites {client}"), "client": key(client) if client else None, "of": of and key(of)}
    return INVITED, {"firm": key(firm), "state": state, **names}


def approach(noticed_by: str, *clients: str) -> Change:
    """G invites a company by its address, and these may answer."""
    copies = (invitation_of("G", client, "G invites None") for client in clients)
    return Change((invitation_of("G", None, None), *copies), noticed_by)


def copy(noticed_by: str, client: str, state: str, actor: str, side: str) -> Change:
    """One more company that could answer the invitation of F that C8 has accepted, and who did something about it."""
    ((statement, given),) = act(noticed_by, f"F-{client}", actor, side, days=8).statements
    row = invitation_of("F", client, "F-C8", state)
    return Change((row, (statement, given | {"of": row[1]["id"]})), noticed_by)


def discount(noticed_by: str, pair: str, by: str) -> Change:
    """What a firm offered when it invited."""
    return change(
        noticed_by,
        "INSERT INTO client_invitation (id, email, email_key, state, token_hash, expires_at, collaboration_id, invited_by,"
        " invited_at, discount_percent, discount_plans) VALUES (:id, 'a@b.example', 'a', 'accepted', :hash, now(), :of, :by,"
        " now(), 20, 4)",
        id=key(f"offer of {pair}"),
        hash=pair.encode(),
        of=key(pair),
        by=key(by),
    )


def message(noticed_by: str, pair: str, side: str, who: str) -> Change:
    """One more, newer than all."""
    return change(
        noticed_by,
        "INSERT INTO message (id, client_id, conversation_id, side, author_id, body, sent_at) "
        "VALUES (:id, :client, :talk, :side, :who, 'Well.', :at)",
        client=key(pair.partition("-")[2]),
        id=key(f"more of {pair}", 1),
        talk=key(f"{pair} talk"),
        side=side,
        who=key(who),
        at=DEMO_NOW,
    )


def client_column(noticed_by: str, client: str, column: str, value: object) -> Change:
    return change(noticed_by, f"UPDATE client SET {column} = :value WHERE id = :id", value=value, id=key(client))


BALANCE: Final = "UPDATE kpi_snapshot SET amount = 1 WHERE client_id = :id AND kind = 'WALLET_BALANCE'"

CHANGES: Final[dict[str, Change]] = {
    # Clients
    "C6's name": change(
        # Jonas has written to F, which knows from whom it is.
        "ada gus jonas pia billing",
        "UPDATE client SET name = 'Er', name_key = 'er' WHERE id = :id",
        id=key("C6"),
    ),
    "C4's name": change(
        "gus elena pia billing", "UPDATE client SET name = 'Er', name_key = 'er' WHERE id = :id", id=key("C4")
    ),
    "C2's address": client_column("dag mila pia", "C2", "address", "Elsewhere 1"),
    "C2's number": client_column("dag mila pia", "C2", "company_number", "SE-1"),
    "C5's address": client_column("frida pia", "C5", "address", "Elsewhere 1"),
    "C1's address": client_column("ada ben bo cora pia firm-sync ben-sync shop-sync", "C1", "address", "Elsewhere 1"),
    "C7's number": client_column("lucia pia", "C7", "company_number", "ES-1"),
    "C7's contact": client_column("ada lucia pia", "C7", "contact_email", "else@where.example"),
    "C1's contact": client_column("ada cora pia", "C1", "contact_email", "else@where.example"),
    "C7's state": client_column("ada lucia pia", "C7", "state", "verifying"),
    "C2's plan": client_column("dag mila pia", "C2", "plan_id", key("plan pro")),
    "C5's plan": client_column("frida pia", "C5", "plan_id", key("plan basic")),
    "C1's plan": client_column("ada ben bo cora pia firm-sync ben-sync shop-sync", "C1", "plan_id", key("plan plus")),
    "when C1 came": client_column("", "C1", "created_at", DEMO_NOW),
    "C2's wallet": change("dag mila", BALANCE, id=key("C2")),
    "C1's wallet": change("ada ben bo cora", BALANCE, id=key("C1")),
    "a member of C2": person("dag mila pia", "client_member", "C2", "member"),
    "a member of C1": person("ada ben bo cora pia", "client_member", "C1", "member"),
    "an owner of C6": person("gus jonas pia", "client_member", "C6", "owner"),
    "Cora's address": change(
        "ada ben bo cora pia", "UPDATE user_account SET email = 'c@c.example' WHERE id = :id", id=key("cora")
    ),
    # Pending work
    "C1's expenses": count("cora", "C1", "EXPENSES_READY_FOR_EXPORT"),
    "C1's receipts": count("ada ben bo cora", "C1", "MISSING_RECEIPTS"),
    "C2's journal": count("dag mila", "C2", "JOURNAL_PENDING"),
    "C2's receipts": count("ada ben dag mila", "C2", "MISSING_RECEIPTS"),
    "C3's journal, which its plan lacks": count("hedda@C3", "C3", "JOURNAL_PENDING"),
    "C3's receipts": count("ada bo hedda@C3", "C3", "MISSING_RECEIPTS"),
    "C5's receipts": count("frida", "C5", "MISSING_RECEIPTS"),
    "C6's sales": count("gus jonas", "C6", "SALES_TO_REVIEW"),
    "a task that C1 does not share": change(
        "cora", "UPDATE pending_activity SET title = 'Other' WHERE id = :id", id=key("C1 OUTLAYS 1", 3)
    ),
    "a task that is done": change(
        "", "UPDATE pending_activity SET title = 'Other' WHERE done_at IS NOT NULL AND client_id = :id", id=key("C1")
    ),
    # Invoices
    "a bill to C1": bill("cora pia billing", "C1", None, days=5),
    "a bill to C1 that names F": bill("cora pia billing", "C1", "F", days=6, mode="client"),
    "an old bill to C3": bill("hedda@C3 pia billing", "C3", None, days=250),
    "a bill to F about C3": bill("ada bo pia billing", "C3", "F", days=5),
    "a bill to F about C4": bill("ada pia billing", "C4", "F", days=200),
    "a bill to G about C4": bill("gus pia billing", "C4", "G", days=5),
    "a bill to C4": bill("elena pia billing", "C4", None, days=5),
    "a draft for C1": bill("pia billing", "C1", None, days=2, is_draft=True),
    "a draft for F": bill("pia billing", "C3", "F", days=2, is_draft=True),
    "a bill paid by C1": change(
        "cora pia billing", "UPDATE invoice SET state = 'paid', paid_at = issued_at WHERE id = :id", id=key("C1#3")
    ),
    "a bill paid by F": change(
        "ada bo pia billing", "UPDATE invoice SET state = 'paid', paid_at = issued_at WHERE id = :id", id=key("C3#5")
    ),
    # Collaborations
    "G invites a company that is not here": approach("gus pia"),
    "C6 may answer what C8 has accepted": copy("jonas pia", "C6", "invited", "ada", "firm"),
    "C7 has declined what C8 has accepted": copy("lucia pia", "C7", "declined", "lucia", "client"),
    "a discount that F offered C3": discount("ada hedda@C3 pia", "F-C3", "ada"),
    "a discount that F offered C8": discount("ada saga pia", "F-C8", "ada"),
    "a discount that F offered C4, which has left it": discount("ada elena pia", "F-C4", "ada"),
    "G asked by C1": change(
        "gus cora emil pia",
        "INSERT INTO collaboration (id, firm_id, client_id, origin, state, firm_name, client_name, client_name_key,"
        " client_spelled_key)"
        " VALUES (:id, :firm, :client, 'client_added_firm', 'pending', 'Steinfirn Treuhand', 'Ærø Tovværk', 'x', 'x')",
        id=key("G-C1"),
        firm=key("G"),
        client=key("C1"),
    ),
    "F's wish at C2": change(
        "ada dag mila pia", "UPDATE collaboration SET request_message = 'Other' WHERE id = :id", id=key("F-C2")
    ),
    "C4's reason for the end": change(
        "elena pia", "UPDATE collaboration SET end_reason = 'Other' WHERE id = :id", id=key("F-C4")
    ),
    "a version": change("", "UPDATE collaboration SET version = version + 1 WHERE id = :id", id=key("F-C1")),
    "G's level at C4": change(
        "gus elena pia", "UPDATE access_grant SET level = 'limited' WHERE collaboration_id = :id", id=key("G-C4")
    ),
    "F's old level at C4": change(
        "", "UPDATE access_grant SET level = 'full' WHERE collaboration_id = :id AND version = 2", id=key("F-C4")
    ),
    "what C2 shares of the rest": change(
        "ada ben dag mila pia firm-sync ben-sync",  # it stands in `sharedKpis`, and nowhere else
        "UPDATE access_grant SET shared_kpis = shared_kpis & ~(:kind)::int WHERE collaboration_id = :id",
        kind=1 << KPI_KINDS.index("JOURNAL_PENDING"),
        id=key("F-C2"),
    ),
    "C8's choice before its verification": change(
        "saga pia",
        "UPDATE offered_terms SET level = 'full', mode = 'partner' WHERE collaboration_id = :id",
        id=key("F-C8"),
    ),
    "C8 is rejected, and why": change(
        "ada saga pia",
        "UPDATE client SET state = 'rejected', verification_reason = 'Who is it?' WHERE id = :id",
        id=key("C8"),
    ),
    "the end of F's grant at C2": change(
        "ada ben dag mila pia firm-sync ben-sync",
        "UPDATE access_grant SET expires_at = :at WHERE collaboration_id = :id",
        at=DEMO_NOW + timedelta(days=30),
        id=key("F-C2"),
    ),
    "an older payer at C3": change(
        "ada hedda@C3 pia",
        "UPDATE billing_mode_period SET from_at = :at WHERE collaboration_id = :id AND to_at < 'infinity'",
        at=DEMO_NOW - timedelta(days=446),
        id=key("F-C3"),
    ),
    "the payer at C3": change(
        "ada bo hedda@C3 pia firm-sync",
        "UPDATE billing_mode_period SET mode = 'client' WHERE collaboration_id = :id AND to_at = 'infinity'",
        id=key("F-C3"),
    ),
    "the payer at C6": change(
        "gus jonas pia",
        "UPDATE billing_mode_period SET mode = 'client' WHERE collaboration_id = :id AND to_at = 'infinity'",
        id=key("G-C6"),
    ),
    "an act of Ada's at C1": act("ada cora pia", "F-C1", "ada", "firm", days=9),
    "an act of Ben's at C1": act("ada ben cora pia", "F-C1", "ben", "firm", days=9),
    "an act of Bo's at C4": act("ada elena pia", "F-C4", "bo", "firm", days=300),
    "an act of G's at C4": act("gus elena pia", "G-C4", "gus", "firm", days=9),
    "an act at F's C4 after the end": act("elena pia", "F-C4", "elena", "client", days=100),
    # Conversations
    "a message of C6 to F": message("ada jonas", "F-C6", "client", "jonas"),
    "a message of C6 to G": message("gus jonas", "G-C6", "client", "jonas"),
    "a message of F to C1": message("ada cora", "F-C1", "firm", "ada"),
    "a message of C4 to G": message("gus elena", "G-C4", "client", "elena"),
    "a message of C4 to F": message("ada elena", "F-C4", "client", "elena"),
    "another word of C2": change(
        "ada dag mila", "UPDATE message SET body = 'Other' WHERE author_id = :id", id=key("dag")
    ),
    "C6 blocked by F": change(
        "ada jonas", "UPDATE conversation SET blocked_at = :at WHERE id = :id", at=DEMO_NOW, id=key("F-C6 talk")
    ),
    "C2 in touch with G": change(
        "gus dag mila",
        "INSERT INTO conversation (id, firm_id, client_id, opened_by, opened_at) VALUES (:id, :firm, :client, :by, :at)",
        id=key("G-C2 talk", 1),
        firm=key("G"),
        client=key("C2"),
        by=key("dag"),
        at=DEMO_NOW,
    ),
    "who opened what": change("", "UPDATE conversation SET opened_by = :id", id=key("pia")),
    "the name of who answers for G": change(
        "gus elena pia", "UPDATE user_account SET name = 'Other' WHERE id = :id", id=key("gus")
    ),
    # Firms and their people
    "a bookkeeper of G": person("gus pia", "firm_member", "G", "bookkeeper"),
    "an invitation into F": invitation("ada pia", "F", "ada"),
    "an invitation into G": invitation("gus pia", "G", "gus"),
    "an invitation into C1": invitation("cora pia", "C1", "cora"),
    "an invitation into C2": invitation("dag mila pia", "C2", "dag"),
    "Finn suspended": change("ada finn", "UPDATE firm_member SET state = 'suspended' WHERE id = :id", id=key("F/finn")),
    "Bo an owner of F, too": change("ada pia", "UPDATE firm_member SET is_owner = true WHERE id = :id", id=key("F/bo")),
    "a bookkeeper of F": person("ada pia", "firm_member", "F", "bookkeeper"),
    "Bo at C2": change(
        "ada ben bo dag mila pia",
        "INSERT INTO assignment (id, member_id, client_id) VALUES (:id, :member, :client)",
        id=key("bo for C2"),
        member=key("F/bo"),
        client=key("C2"),
    ),
    "Ben no longer at C2": change(
        "ada ben dag mila pia ben-sync",
        "UPDATE assignment SET ended_at = assigned_at WHERE member_id = :member AND client_id = :client",
        member=key("F/ben"),
        client=key("C2"),
    ),
    "Bo's address": change("ada bo pia", "UPDATE user_account SET email = 'b@b.example' WHERE id = :id", id=key("bo")),
    "F's rate": change("ada pia", "UPDATE firm SET cashback_rate = 700 WHERE id = :id", id=key("F")),
    "G's rate": change("gus pia", "UPDATE firm SET cashback_rate = 900 WHERE id = :id", id=key("G")),
    "G's account": change("gus pia", "UPDATE firm SET account_state = 'trial' WHERE id = :id", id=key("G")),
    "H's name": change(
        "hugo rolf pia billing", "UPDATE firm SET name = 'Er', name_key = 'er' WHERE id = :id", id=key("H")
    ),
    "H on its way": change("hugo rolf pia", "UPDATE firm SET programme_state = 'agreed' WHERE id = :id", id=key("H")),
    "F's own subscription": change(
        # The platform's billing token reads what it reports (D76).
        "ada pia billing",
        "UPDATE firm SET subscription_paid = false WHERE id = :id",
        id=key("F"),
    ),
    "H refused": change("hugo rolf pia", "UPDATE firm SET programme_state = 'rejected' WHERE id = :id", id=key("H")),
    "G suspended": change(
        # It leaves the public directory.
        " ".join(who for who in CALLERS if who not in TOKENS),
        "UPDATE firm SET programme_state = 'suspended' WHERE id = :id",
        id=key("G"),
    ),
    "PARTNER paused at C6": change(
        "jonas pia", "UPDATE collaboration SET partner_paused = true WHERE id = :id", id=key("G-C6")
    ),
    "F's draft": change(
        "ada pia rolf",
        "UPDATE firm_profile SET description = 'Other', display_name = 'Er' WHERE id = :id",
        id=key("F profile 2"),
    ),
    "F's draft in review": change(
        "ada pia rolf", "UPDATE firm_profile SET state = 'in_review' WHERE id = :id", id=key("F profile 2")
    ),
    "what was said of F's profile": change(
        "ada pia rolf", "UPDATE firm_profile SET comment = 'Other' WHERE id = :id", id=key("F profile 1")
    ),
    "H's profile in review": change(
        "hugo pia rolf",
        "UPDATE firm_profile SET display_name = 'Er', name_key = 'er' WHERE id = :id",
        id=key("H profile 1"),
    ),
    "F's profile": change(
        " ".join(who for who in CALLERS if who not in TOKENS),
        "UPDATE firm_profile SET description = 'Other' WHERE id = :id",
        id=key("F profile 1"),
    ),
    # Tokens, which are known to those alone who make them (D41)
    "Ben in C1's account": stay("ada ben cora pia", "F-C1", "ben", 1),
    "Bo in C3's account, an hour ago": stay("ada bo hedda@C3 pia", "F-C3", "bo", -1),
    "Ada in C4's account, before the end": stay("ada elena pia", "F-C4", "ada", -1),
    "Gus in C6's account": stay("gus jonas pia", "G-C6", "gus", 1),
    "a token of F": new_token("ada", "F", "ada"),
    "a token of G": new_token("gus", "G", "gus"),
    "a token of C1": new_token("cora", "C1", "cora"),
    "a token of C2": new_token("dag mila", "C2", "dag"),
    "a token of the platform": new_token("pia", None, "pia"),
    "F's token with another name": token("ada", "firm-sync", "name = 'Other'"),
    "F's token with an end": token("ada", "firm-sync", "expires_at = '2030-01-01T00:00:00+00:00'"),
    "F's token used meanwhile": token("ada", "ben-sync", "last_used_at = now()"),
    "Ben's token revoked": token("ada ben-sync", "ben-sync", "revoked_at = now()"),
    "C1's token revoked": token("cora shop-sync", "shop-sync", "revoked_at = now()"),
    "the platform's token renamed": token("pia", "billing", "name = 'Other'"),
    "Ada's name": change(
        "ada dag mila elena pia", "UPDATE user_account SET name = 'Other' WHERE id = :id", id=key("ada")
    ),
    # What is nobody's to read
    "a password": change("", "UPDATE user_account SET password_hash = 'other', last_seen_at = now()"),
    "the hash of Ben's token": token("ben-sync", "ben-sync", "token_hash = 'h'"),
}


@asynccontextmanager
async def made(connection: AsyncConnection, names: Iterable[str]) -> AsyncIterator[None]:
    """These changes, for a while."""
    await connection.execute(text("SAVEPOINT before"))
    for name in names:
        for statement, parameters in CHANGES[name].statements:
            assert (await connection.execute(text(statement), parameters)).rowcount > 0
    yield
    await connection.execute(text("ROLLBACK TO SAVEPOINT before"))


ANSWERS: Final = {
    "it declines": "UPDATE collaboration SET state = 'declined', ended_by = 'client' WHERE id = :copy",
    "it finds it withdrawn": "UPDATE collaboration SET state = 'withdrawn', ended_by = 'firm' WHERE id = :copy",
    "it is not behind the address": "DELETE FROM collaboration WHERE id = :copy",
}
"""What becomes of C5's copy while two others are not answered."""


@pytest.mark.parametrize("answer", ANSWERS)
async def test_while_one_company_may_answer_no_other_is_noticed(ask: Ask, world: AsyncConnection, answer: str) -> None:
    for statement, parameters in approach("", "C5", "C7", "C8").statements:
        await world.execute(text(statement), parameters)
    expected = {who: await told(ask, who) for who in CALLERS}
    assert (await world.execute(text(ANSWERS[answer]), {"copy": key("G invites C5")})).rowcount == 1

    assert [who for who in CALLERS if await told(ask, who) != expected[who]] == ["frida"]


EXAMPLES = int(os.environ.get("NON_INTERFERENCE_EXAMPLES", "40"))
BEFORE: dict[str, list[str]] = {}


@asynccontextmanager
async def asked_alone(ask: Ask) -> AsyncIterator[None]:
    """What is asked meanwhile leaves nothing in the audit trail: it would tell the next caller of this one's questions."""
    only = cast(Lent, ask.gateway.engine).connection  # of `lent`
    await only.execute(text("SAVEPOINT asked"))
    yield
    await only.execute(text("ROLLBACK TO SAVEPOINT asked"))


async def told(ask: Ask, who: str) -> list[str]:
    async with asked_alone(ask):
        return [said async for said in answers(ask, who)]


async def before(ask: Ask, who: str) -> list[str]:
    if who not in BEFORE:
        BEFORE[who] = await told(ask, who)
    return BEFORE[who]


async def notices(ask: Ask, who: str, expected: list[str]) -> bool:
    place = 0
    async with asked_alone(ask):
        async for said in answers(ask, who):
            if said != expected[place]:
                return True
            place += 1
    return False


async def test_the_corpus_reaches_every_field_of_the_graph(ask: Ask, world: AsyncConnection) -> None:
    """Else the rest of this module would prove little."""
    asked = {*re.findall(r"\w+", LISTS + TALKED + NODES)}
    fields = {field.partition("(")[0] for name in ask.gateway.policy.types for field in ask.gateway.policy.bits(name)}

    assert fields - asked == set()
    assert "FIELD_NOT_PERMITTED" in (await before(ask, "ben"))[0]
    assert "NOT_FOUND" in (await before(ask, "ben"))[1]


@pytest.mark.parametrize("name", [name for name, one in CHANGES.items() if one.noticed_by])
async def test_a_change_is_noticed_by_all_who_may_see_it(ask: Ask, world: AsyncConnection, name: str) -> None:
    """The other side of what follows: the corpus would tell."""
    callers = CHANGES[name].noticed_by.split()
    expected = {who: await before(ask, who) for who in callers}
    async with made(world, [name]):
        noticed = [who for who in callers if await notices(ask, who, expected[who])]

    assert noticed == callers


@pytest.mark.parametrize("who", CALLERS)
async def test_whatever_is_hidden_may_change_and_no_byte_does(ask: Ask, world: AsyncConnection, who: str) -> None:
    hidden = [name for name, one in CHANGES.items() if who not in one.noticed_by.split()]
    expected = await before(ask, who)
    async with made(world, hidden):
        assert await told(ask, who) == expected


@trials(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
async def test_no_mixture_of_hidden_changes_is_noticed(ask: Ask, engine: AsyncEngine, data: st.DataObject) -> None:
    """One change might hide another: so some of them, for anybody."""
    who = data.draw(st.sampled_from(CALLERS))
    hidden = [name for name, one in CHANGES.items() if who not in one.noticed_by.split()]
    names = data.draw(st.lists(st.sampled_from(hidden), min_size=1, max_size=5, unique=True))
    async with engine.connect() as connection:
        await forget_probes(connection)
        with lent(ask, connection):
            expected = await before(ask, who)
            async with made(connection, names):
                assert await told(ask, who) == expected
