"""Plays a partnership in fifteen requests, from a firm's sign-up to the end: `python docs/day.py [URL]`.

The script sends requests to a running demo (by default http://127.0.0.1:8000/graphql) and changes its data, so each run
needs a fresh demo. The token of the sign-up is in a mail, which the demo shows at /mails. The operations are those of the
explorer's tabs, explorer/examples/6-a-day.graphql and 7-billing-run.graphql.
"""

import re
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any

import httpx

EXAMPLES = Path(__file__).parents[1] / "explorer" / "examples"
DOCUMENT = "\n".join((EXAMPLES / f"{name}.graphql").read_text("utf-8") for name in ("6-a-day", "7-billing-run"))
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }"
PASSWORD = "look-around-2026"  # noqa: S105 (the demo's)
NILS = "nils@ljungskaer-redovisning.example"
PATIENCE = 60  # seconds that the worker may take to write the mail
BILLING = "gwt_demo_billing_1f6c0b7a93e24d58"
TITLE = "Subscription, March"


class Person:
    """A caller: a person, or a machine with its token."""

    def __init__(self, http: httpx.Client, url: str, name: str, bearer: str = "") -> None:
        self.http, self.url, self.name, self.bearer = http, url, name, bearer

    @classmethod
    def signing_in(cls, http: httpx.Client, url: str, name: str, email: str) -> "Person":
        input = {"email": email, "password": PASSWORD}
        session = cls(http, url, name).sent({"query": SIGN_IN, "variables": {"input": input}})
        return cls(http, url, name, session["signIn"]["accessToken"])

    def sent(self, body: dict[str, Any], *, denied: str | None = None) -> Any:
        """Returns the data of the response. An error with another code than `denied` ends the script."""
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        answer = self.http.post(self.url, json=body, headers=headers).json()
        for error in answer.get("errors", []):
            if error["extensions"]["code"] != denied:
                raise SystemExit(f"{self.name}: {error['message']} {error['extensions']}")
        return answer["data"]

    def looks(self, operation: str, *, denied: str | None = None) -> Any:
        return self.sent({"query": DOCUMENT, "operationName": operation}, denied=denied)

    def does(self, operation: str, **variables: Any) -> str:
        """Sends one of the fifteen mutations, prints its result, and returns the id of the first object in it."""
        body = {"query": DOCUMENT, "operationName": f"{self.name}{operation}", "variables": variables}
        ((verb, payload),) = self.sent(body).items()
        first = next(iter(payload.values()))
        found = first if isinstance(first, dict) else payload if first else {}
        shown = ", ".join(f"{name} {value}" for name, value in found.items() if name != "id" and value)
        print(f"{self.name:8} {verb:26} {shown}")  # noqa: T201 (a script writes to its terminal)
        return str(found.get("id", ""))


def token_of_the_mail(http: httpx.Client, url: str) -> str:
    """Returns the token at the end of the link in the newest mail to Nils. Waits for the mail."""
    link = re.compile(rf"{re.escape(NILS)}.*?#([A-Za-z0-9_.-]+)", re.DOTALL)
    for _ in range(PATIENCE * 2):
        page = unescape(http.get(httpx.URL(url).join("/mails")).text)
        if found := link.search(page):
            return found[1]
        time.sleep(0.5)
    raise SystemExit("Nils: no mail has arrived.")


def day(url: str) -> dict[str, Any]:
    """Runs the fifteen requests, and returns what each side sees at the end."""
    with httpx.Client(timeout=30) as http:
        newcomer = Person(http, url, "Nils")
        newcomer.does("1SignsUp")
        newcomer.does("2OpensTheMail", token=token_of_the_mail(http, url))
        nils = Person.signing_in(http, url, "Nils", NILS)
        rolf = Person.signing_in(http, url, "Rolf", "rolf@platform.example")
        cora = Person.signing_in(http, url, "Cora", "cora@aeroe-tovvaerk.example")
        billing = Person(http, url, "Billing", BILLING)

        nils.does("3Applies")
        nils.does("4WatchedTheWebinar")
        firm = nils.does("5AcceptsTheAgreement")
        billing.does("6ReportsTheSubscription", firm=firm)
        rolf.does("7ApprovesTheFirm", firm=firm)
        draft = nils.does("8WritesItsProfile")
        nils.does("9SubmitsIt", profile=draft)
        rolf.does("10PublishesIt", profile=draft)

        (published,) = cora.looks("CoraFindsTheFirm")["marketplace"]["nodes"]
        one = cora.does("11AddsTheFirm", profile=published["id"])
        nils.does("12Accepts", collaboration=one)
        cora.does("13OpensHerAccount", collaboration=one)
        (company,) = cora.looks("CoraLooksAtHerCompany")["clients"]["nodes"]
        billing.does("14Issues", client=company["id"])
        cora.does("15EndsIt", collaboration=one)

        left = nils.looks("WhatIsLeft", denied="FIELD_NOT_PERMITTED")  # the field `client` of the invoice
        (own,) = left["invoices"]["nodes"]
        hers = cora.looks("WhatIsLeft")["invoices"]["nodes"]
        return {
            "Nils keeps": own["clientName"],
            "Nils reaches the client": own["client"] is not None,
            "Nils's clients": left["clients"]["totalCount"],
            "Cora sees that invoice": any(line["description"] == TITLE for node in hers for line in node["lines"]),
        }


if __name__ == "__main__":
    for what, result in day(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/graphql").items():
        print(f"{what}: {result}")  # noqa: T201 (a script writes to its terminal)
