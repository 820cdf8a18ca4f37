"""What each action is tried with: a few valid inputs of its mutation for one row, by the row's type and the action's word.

An action has no inputs where its mutation cannot be about the row: an input that names no object is about the caller's own
organisation. Such an action must not be offered on the row, either. To add an action is to add its line to `INPUTS`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from gateway.db.enums import KPI_KINDS
from gateway.db.seeds.demo import DEMO_NOW
from tests.support.invoices import PLAN
from tests.support.offered_actions import At

Input = dict[str, Any]
Inputs = Callable[[At], list[Input]]

ADDRESS: Final = "newcomer@people.example"
SHARED: Final[list[list[str]]] = [list(KPI_KINDS), []]
LIMITED: Final[Input] = {"level": "LIMITED", "sharedKpis": list(KPI_KINDS)}
CONFIRM: Final[Input] = {"confirm": True}


def of(name: str, *more: Input) -> Inputs:
    """The row by its id, under this name, with each of these."""
    return lambda at: [{name: at.id, **each} for each in more or ({},)]


def at_home(*inputs: Input) -> Inputs:
    """An input without an id: it is about the organisation that the caller acts for."""
    return lambda at: list(inputs) if at.is_home else []


# ---- clients


def of_its_collaboration(*more: Input) -> Inputs:
    """What the caller's firm has with the client. The client itself has one with each firm, and does this there."""

    def inputs(at: At) -> list[Input]:
        pair = (at.caller.firm_id, at.key)
        rows = [row for row in at.rows("collaboration") if (row.firm_id, row.client_id) == pair]
        return [{"id": at.of("Collaboration", row.id), **each} for row in rows for each in more]

    return inputs


def profiles(**more: Any) -> Inputs:
    """Every published profile: whom the client may ask depends on the firm."""

    def inputs(at: At) -> list[Input]:
        rows = [row for row in at.rows("firm_profile") if row.state == "published"] if at.is_home else []
        return [{"profile": at.of("FirmProfile", row.id), **more} for row in rows]

    return inputs


def charges(at: At) -> list[Input]:
    """Each person of the caller's firm who could be put in charge of the client."""
    members = [
        row for row in at.rows("firm_member") if row.firm_id == at.caller.firm_id and row.state == "active"
    ] or at.rows("firm_member")[:1]
    return [{"clients": [at.id], "members": [at.of("FirmMember", row.id)]} for row in members]


def charges_of_member(at: At) -> list[Input]:
    """Each client that the person's firm works with."""
    ties = [row for row in at.rows("collaboration") if row.firm_id == at.row.firm_id and row.client_id]
    clients = list(dict.fromkeys(row.client_id for row in ties if row.state in ("active", "pending")))
    clients = clients or [row.client_id for row in ties[:1]] or [at.rows("client")[0].id]
    return [{"clients": [at.of("Client", key)], "members": [at.id]} for key in clients]


def discharges(at: At) -> list[Input]:
    """Each person who is in charge of the client."""
    held = [row.member_id for row in at.rows("assignment") if row.client_id == at.key and row.ended_at is None]
    return [{"client": at.id, "member": at.of("FirmMember", key)} for key in held or [at.rows("firm_member")[0].id]]


INVOICE: Final[Input] = {"lines": [PLAN], "taxPercent": "19", "currency": "EUR"}
ORDER: Final[Input] = {"kind": "ORDER", "placedBy": "CLIENT", "placedAt": DEMO_NOW.isoformat()}
TOKEN: Final[Input] = {"name": "Machine", "scopes": ["CLIENTS_READ"]}
HAND_BACK: Final[tuple[Input, ...]] = ({}, {"level": "LIMITED"})
LEVELS: Final[tuple[Input, ...]] = ({"level": "FULL"}, {"level": "LIMITED"})

# ---- collaborations


def terms(at: At) -> list[Input]:
    """At LIMITED, and at FULL with either payer; the firm that pays today yields."""
    return [
        {"id": at.id, **LIMITED},
        *({"id": at.id, "level": "FULL", "sharedKpis": [], "billingMode": mode, **_yields(at)} for mode in MODES),
    ]


def acceptances(at: At) -> list[Input]:
    return [{"id": at.id, **CONFIRM}, {"id": at.id, **CONFIRM, **LIMITED}]


def modes(at: At) -> list[Input]:
    """From either mode to either."""
    return [
        {"id": at.id, "mode": mode, "expectedMode": expected, **CONFIRM, **_yields(at)}
        for mode in MODES
        for expected in MODES
    ]


MODES: Final = ("PARTNER", "CLIENT")


def _yields(at: At) -> Input:
    """The other collaboration of the client that is in PARTNER mode."""
    paying: list[UUID] = [
        row.collaboration_id
        for row in at.rows("billing_mode_period")
        if row.client_id == at.row.client_id and row.mode == "partner" and row.collaboration_id != at.key
        if at.is_forever(row.to_at)
    ]
    return {"confirmMovesFrom": at.of("Collaboration", paying[0])} if paying else {}


# ---- conversations


def profile_of_firm(at: At) -> list[Input]:
    """The published profile of the conversation's firm."""
    profiles = [row for row in at.rows("firm_profile") if row.firm_id == at.row.firm_id]
    return [{"profile": at.of("FirmProfile", row.id)} for row in profiles if row.state == "published"]


def profile_or_code(at: At) -> list[Input]:
    """The same, or the code of the firm."""
    codes = [row.invitation_code for row in at.rows("firm") if row.id == at.row.firm_id and row.invitation_code]
    return [*profile_of_firm(at), *({"code": code} for code in codes)]


# ---- firms


def draft_of_revision(at: At) -> list[Input]:
    """A firm's draft is its one revision on its way: another revision is not what is written."""
    open_states = ("draft", "in_review", "changes_requested")
    return [DRAFT] if at.row.firm_id == at.caller.firm_id and at.row.state in open_states else []


DRAFT: Final[Input] = {
    "displayName": "Another name",
    "description": "We keep books.",
    "specialties": ["payroll"],
    "location": "Svendborg",
    "languages": ["da"],
}
COMPANY: Final[Input] = {"companyName": "Own company", "country": "DE"}
ROLES: Final[tuple[Input, ...]] = tuple({"role": role} for role in ("ADMIN", "BOOKKEEPER", "STAFF"))
MEMBER_ROLES: Final[tuple[Input, ...]] = ({"role": "ADMIN"}, {"role": "MEMBER"})
DECISIONS: Final[tuple[Input, ...]] = ({"decision": "REJECT", "reason": "No."}, {"decision": "APPROVE"})
REVIEWS: Final[tuple[Input, ...]] = ({"decision": "REQUEST_CHANGES", "comment": "More."}, {"decision": "PUBLISH"})
REPORTS: Final[tuple[Input, ...]] = ({"paid": True}, {"paid": False})


def of_invited(at: At) -> list[Input]:
    """A client invitation is named by its collaboration."""
    return [{"id": at.of("Collaboration", at.row.collaboration_id)}]


INPUTS: Final[Mapping[str, Mapping[str, Inputs]]] = {
    "Client": {
        "ENTER_CLIENT_ACCOUNT": of("client"),
        "REQUEST_ACCESS": of_its_collaboration(*LEVELS),
        "UNASSIGN_MANAGER": discharges,
        "ASSIGN_MANAGERS": charges,
        "HAND_BACK_ACCESS": of_its_collaboration(*HAND_BACK),
        "TERMINATE_COLLABORATION": of_its_collaboration(CONFIRM),
        "CREATE_TOKEN": at_home(TOKEN),
        "INVITE_MEMBER": at_home({"addresses": [{"email": ADDRESS, "role": "MEMBER"}]}),
        "RENAME_COMPANY": at_home({"name": "Another name"}),
        "ADD_FIRM_AS_BOOKKEEPER": profiles(),
        "REQUEST_COLLABORATION": profiles(),
        "SEND_MESSAGE": profiles(body="Good day."),
        "DECIDE_VERIFICATION": of("id", {"decision": "VERIFY"}, {"decision": "REJECT", "reason": "No."}),
        "REQUEST_VERIFICATION": at_home({"confirm": True}),
        "RECORD_ORDER": of("client", ORDER),
        "ISSUE_INVOICE": of("client", INVOICE),
    },
    "ClientMember": {
        "CHANGE_MEMBER_ROLE": of("id", *MEMBER_ROLES),
        "REMOVE_MEMBER": of("id"),
        "TRANSFER_OWNERSHIP": of("id", CONFIRM),
        "ERASE_USER": of("id", CONFIRM),
    },
    "ClientMemberInvitation": {"RESEND_MEMBER_INVITATION": of("id"), "REVOKE_MEMBER_INVITATION": of("id")},
    "ClientSession": {"LEAVE_CLIENT_ACCOUNT": of("id")},
    "Collaboration": {
        "ACCEPT_COLLABORATION": acceptances,
        "DECLINE_COLLABORATION": of("id"),
        "WITHDRAW_COLLABORATION": of("id"),
        "RESEND_CLIENT_INVITATION": of("id"),
        "REQUEST_ACCESS": of("id", *LEVELS),
        "DISMISS_ACCESS_REQUEST": of("id"),
        "HAND_BACK_ACCESS": of("id", *HAND_BACK),
        "GRANT_ACCESS": terms,
        "CHANGE_ACCESS": terms,
        "REMOVE_ACCESS": of("id"),
        "SET_KPI_SHARING": of("id", *({"sharedKpis": each} for each in SHARED)),
        "CHANGE_BILLING_MODE": modes,
        "TERMINATE_COLLABORATION": of("id", CONFIRM),
    },
    "ClientInvitation": {"RESEND_CLIENT_INVITATION": of_invited, "WITHDRAW_COLLABORATION": of_invited},
    "Conversation": {
        "SEND_MESSAGE": of("conversation", {"body": "Good day."}),
        "REQUEST_COLLABORATION": profile_of_firm,
        "ADD_FIRM_AS_BOOKKEEPER": profile_or_code,
        "BLOCK_CONVERSATION": of("id", CONFIRM),
        "UNBLOCK_CONVERSATION": of("id"),
    },
    "Firm": {
        "INVITE_STAFF": at_home({"addresses": [{"email": ADDRESS, "role": "STAFF"}]}),
        "INVITE_CLIENT": at_home({"companyName": "New company", "email": ADDRESS, "country": "DE"}),
        "RENAME_FIRM": at_home({"name": "Another name"}),
        "CREATE_TOKEN": at_home(TOKEN),
        "ACTIVATE_FIRM_ACCOUNT": at_home(CONFIRM),
        "SUBMIT_PARTNER_APPLICATION": at_home(CONFIRM),
        "WEBINAR_WATCHED": at_home(CONFIRM),
        "ACCEPT_AGREEMENT": at_home(CONFIRM),
        "DECIDE_APPLICATION": of("id", *DECISIONS),
        "SUSPEND_FIRM": of("id"),
        "REINSTATE_FIRM": of("id"),
        "SAVE_PROFILE_DRAFT": at_home(DRAFT),
        "CREATE_OWN_ACCOUNT": at_home(COMPANY),
        "ROTATE_INVITATION_CODE": at_home(CONFIRM),
        "REPORT_SUBSCRIPTION": of("id", *REPORTS),
        "CLOSE_FIRM": of("id", CONFIRM),
    },
    "FirmMember": {
        "CHANGE_STAFF_ROLE": of("id", *ROLES),
        "SUSPEND_STAFF": of("id"),
        "REINSTATE_STAFF": of("id"),
        "REMOVE_STAFF": of("id"),
        "ASSIGN_MANAGERS": charges_of_member,
        "TRANSFER_OWNERSHIP": of("id", CONFIRM),
        "ERASE_USER": of("id", CONFIRM),
    },
    "FirmProfile": {
        "SAVE_PROFILE_DRAFT": draft_of_revision,
        "SUBMIT_PROFILE": of("id"),
        "WITHDRAW_PROFILE": of("id"),
        "DECIDE_PROFILE_REVISION": of("id", *REVIEWS),
    },
    "IntegrationToken": {"REVOKE_TOKEN": of("id")},
    "Invoice": {"PAY_INVOICE": of("id"), "CREDIT_INVOICE": of("id")},
    "StaffInvitation": {"RESEND_STAFF_INVITATION": of("id"), "REVOKE_STAFF_INVITATION": of("id")},
}
