"""A day in the life of a partnership, in twelve requests, from the application to the end: `python docs/day.py [URL]`.

It asks a running demo (http://127.0.0.1:8000/graphql unless told otherwise), and changes it: each day takes a fresh demo.
What it asks is the explorer's tab of the same name, explorer/examples/6-a-day.graphql.
"""

import sys
from pathlib import Path
from typing import Any

import httpx

DOCUMENT = (Path(__file__).parents[1] / "explorer" / "examples" / "6-a-day.graphql").read_text("utf-8")
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { accessToken } }"
PASSWORD = "look-around-2026"  # noqa: S105 (the demo's)
BILLING = "gwt_demo_billing_1f6c0b7a93e24d58"
TITLE = "Subscription, March"


class Person:
    """Somebody who asks the gateway."""

    def __init__(self, http: httpx.Client, url: str, name: str, bearer: str = "") -> None:
        self.http, self.url, self.name, self.bearer = http, url, name, bearer

    @classmethod
    def signing_in(cls, http: httpx.Client, url: str, name: str, email: str) -> "Person":
        input = {"email": email, "password": PASSWORD}
        session = cls(http, url, name).sent({"query": SIGN_IN, "variables": {"input": input}})
        return cls(http, url, name, session["signIn"]["accessToken"])

    def sent(self, body: dict[str, Any], *, denied: str | None = None) -> Any:
        """The data of the answer; an error that is not the one expected ends the day."""
        headers = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        answer = self.http.post(self.url, json=body, headers=headers).json()
        for error in answer.get("errors", []):
            if error["extensions"]["code"] != denied:
                raise SystemExit(f"{self.name}: {error['message']} {error['extensions']}")
        return answer["data"]

    def looks(self, operation: str, *, denied: str | None = None) -> Any:
        return self.sent({"query": DOCUMENT, "operationName": operation}, denied=denied)

    def does(self, operation: str, **variables: Any) -> str:
        """One of the twelve; the id of what came of it."""
        body = {"query": DOCUMENT, "operationName": f"{self.name}{operation}", "variables": variables}
        ((verb, payload),) = self.sent(body).items()
        found = next(iter(payload.values())) or {}
        said = ", ".join(f"{name} {value}" for name, value in found.items() if name != "id" and value)
        print(f"{self.name:8} {verb:26} {said}")  # noqa: T201 (a script speaks to its terminal)
        return found.get("id", "")


def day(url: str) -> dict[str, Any]:
    """Who sees what at its end."""
    with httpx.Client(timeout=30) as http:
        hugo = Person.signing_in(http, url, "Hugo", "hugo@norrdunge-ekonomi.example")
        rolf = Person.signing_in(http, url, "Rolf", "rolf@platform.example")
        cora = Person.signing_in(http, url, "Cora", "cora@aeroe-tovvaerk.example")
        billing = Person(http, url, "Billing", BILLING)

        hugo.does("1WatchedTheWebinar")
        firm = hugo.does("2AcceptsTheAgreement")
        rolf.does("3ApprovesTheFirm", firm=firm)
        (waiting,) = hugo.looks("HugoLooksAtHisProfile")["firm"]["profileRevisions"]["nodes"]
        rolf.does("4AsksForChanges", profile=waiting["id"])
        draft = hugo.does("5WritesThem")
        hugo.does("6SubmitsThem", profile=draft)
        rolf.does("7PublishesThem", profile=draft)

        (published,) = cora.looks("CoraFindsTheFirm")["marketplace"]["nodes"]
        one = cora.does("8AddsTheFirm", profile=published["id"])
        hugo.does("9Accepts", collaboration=one)
        cora.does("10OpensHerAccount", collaboration=one)
        (company,) = cora.looks("CoraLooksAtHerCompany")["clients"]["nodes"]
        billing.does("11Issues", client=company["id"])
        cora.does("12EndsIt", collaboration=one)

        left = hugo.looks("WhatIsLeft", denied="FIELD_NOT_PERMITTED")  # the way to the client
        (own,) = left["invoices"]["nodes"]
        hers = cora.looks("WhatIsLeft")["invoices"]["nodes"]
        return {
            "Hugo keeps": own["clientName"],
            "Hugo reaches the client": own["client"] is not None,
            "Hugo's clients": left["clients"]["totalCount"],
            "Cora sees that invoice": any(line["description"] == TITLE for node in hers for line in node["lines"]),
        }


if __name__ == "__main__":
    for what, so in day(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/graphql").items():
        print(f"{what}: {so}")  # noqa: T201 (a script speaks to its terminal)
