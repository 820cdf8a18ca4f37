"""A day in the life of a partnership, in twelve requests, from the application to the end: `python docs/day.py [URL]`.

It asks a running demo (http://127.0.0.1:8000/graphql unless told otherwise), and changes it: each day takes a fresh demo.
Hugo's firm comes into the programme, Cora's company takes it on and lets it pay; an invoice is issued; Cora ends it.
"""

import sys
from typing import Any

import httpx

PASSWORD = "look-around-2026"  # noqa: S105 (the demo's)
BILLING = "gwt_demo_billing_1f6c0b7a93e24d58"
EVERYTHING = [
    "MISSING_RECEIPTS",
    "EXPENSES_READY_FOR_EXPORT",
    "PAYROLL_BASIS_PENDING",
    "WALLET_BALANCE",
    "JOURNAL_PENDING",
    "SALES_TO_REVIEW",
    "BANK_TO_RECONCILE",
    "INBOX_DOCUMENTS",
    "BILLS_TO_PAY",
]
PROFILE = {
    "displayName": "Norrdunge Ekonomi",
    "description": "Bookkeeping and annual accounts for small companies.\nWe answer on the same day.",
    "specialties": ["annual accounts"],
    "location": "Härnösand",
    "languages": ["sv", "en"],
}


class Person:
    """Somebody who asks the gateway."""

    def __init__(self, http: httpx.Client, url: str, name: str, bearer: str = "") -> None:
        self.http, self.url, self.name, self.bearer = http, url, name, bearer

    @classmethod
    def signing_in(cls, http: httpx.Client, url: str, name: str, email: str) -> "Person":
        document = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }"
        session = cls(http, url, name).asks(document, input={"email": email, "password": PASSWORD})
        return cls(http, url, name, session["accessToken"])

    def answer(self, document: str, **variables: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return self.http.post(self.url, json={"query": document, "variables": variables}, headers=headers).json()

    def asks(self, document: str, **variables: Any) -> Any:
        """The one field of the answer; an error ends the day."""
        answer = self.answer(document, **variables)
        if errors := answer.get("errors"):
            raise SystemExit(f"{self.name}: {errors[0]['message']} {errors[0]['extensions']}")
        (field,) = answer["data"].values()
        return field

    def does(self, verb: str, told: str, **wish: Any) -> Any:
        """One of the twelve."""
        kind = f"{verb[0].upper()}{verb[1:]}Input"
        payload = self.asks(f"mutation ($input: {kind}!) {{ {verb}(input: $input) {{ {told} }} }}", input=wish)
        (found,) = payload.values()
        said = ", ".join(f"{name} {value}" for name, value in (found or {}).items() if name != "id" and value)
        print(f"{self.name:8} {verb:26} {said}")  # noqa: T201 (a script speaks to its terminal)
        return found


def day(url: str) -> dict[str, Any]:
    """Who sees what at its end."""
    with httpx.Client(timeout=30) as http:
        hugo = Person.signing_in(http, url, "Hugo", "hugo@norrdunge-ekonomi.example")
        rolf = Person.signing_in(http, url, "Rolf", "rolf@platform.example")
        cora = Person.signing_in(http, url, "Cora", "cora@aeroe-tovvaerk.example")
        billing = Person(http, url, "Billing", BILLING)

        application = "firm { id application { state } }"
        hugo.does("webinarWatched", application, confirm=True)
        firm = hugo.does("acceptAgreement", application, confirm=True)
        rolf.does("decideApplication", "firm { id }", id=firm["id"], decision="APPROVE")
        (waiting,) = hugo.asks("{ firm { profileRevisions { id } } }")["profileRevisions"]
        wish = {"decision": "REQUEST_CHANGES", "comment": "Which languages do you work in?"}
        rolf.does("decideProfileRevision", "profile { id state comment }", id=waiting["id"], **wish)
        draft = hugo.does("saveProfileDraft", "profile { id state }", **PROFILE)
        hugo.does("submitProfile", "profile { id state }", id=draft["id"])
        rolf.does("decideProfileRevision", "profile { id state }", id=draft["id"], decision="PUBLISH")

        found = "query ($search: String) { marketplace(search: $search, first: 1) { nodes { id } } }"
        (profile,) = cora.asks(found, search="norrdunge")["nodes"]
        added = cora.does("addFirmAsBookkeeper", "collaboration { id state }", profile=profile["id"])
        one = added["id"]
        hugo.does("acceptCollaboration", "collaboration { id state level }", id=one, confirm=True)
        terms = {"level": "FULL", "sharedKpis": EVERYTHING, "billingMode": "PARTNER"}
        cora.does("grantAccess", "collaboration { id level billingMode }", id=one, **terms)
        client = cora.asks("{ clients(first: 1) { nodes { id } } }")["nodes"][0]["id"]
        lines = [{"description": "Subscription, March", "quantity": 1, "unitAmount": "129.00"}]
        bill = {"client": client, "lines": lines, "taxPercent": "25", "currency": "DKK"}
        billing.does("issueInvoice", "invoice { id number billingMode }", **bill)
        cora.does("terminateCollaboration", "collaboration { id state }", id=one, confirm=True)

        numbers = "{ invoices(first: 50) { nodes { number clientName client { id } } } }"
        (own,) = hugo.answer(numbers)["data"]["invoices"][
            "nodes"
        ]  # its `client` is hidden now, which is told as an error
        return {
            "Hugo keeps": own["clientName"],
            "Hugo reaches the client": own["client"] is not None,
            "Hugo's clients": hugo.asks("{ clients(first: 50) { totalCount } }")["totalCount"],
            "Cora sees that invoice": any(
                line["description"] == "Subscription, March"
                for node in cora.asks("{ invoices(first: 50) { nodes { lines { description } } } }")["nodes"]
                for line in node["lines"]
            ),
        }


if __name__ == "__main__":
    for what, so in day(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/graphql").items():
        print(f"{what}: {so}")  # noqa: T201 (a script speaks to its terminal)
