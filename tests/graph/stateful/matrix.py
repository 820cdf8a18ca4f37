"""What everybody finds in the graph, beside what the model of the specification says that they find (product.md §4.6)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import UUID

from gateway.reads.formats import graph_name
from tests.graph.conftest import Answer, Ask
from tests.graph.stateful.model_rows import seer
from tests.policies import model
from tests.policies.model import Seer, World, seen

KINDS: Final = {"Client": model.Client, "Collaboration": model.Collaboration, "Invoice": model.Invoice}
MAX_COUNT: Final = 100  # nodes at once

Found = dict[tuple[str, UUID], set[str]]
"""What there is for somebody, each with its visible fields."""

LISTS: Final = """
  clients(first: 100) { totalCount nodes { id } }
  collaborations(first: 100) { totalCount nodes { id } }
  invoices(first: 100) { totalCount nodes { id } }"""
GLANCE: Final = f"""query ($ids: [ID!]!) {{ {LISTS}
  nodes(ids: $ids) {{ __typename id
    ... on Client {{ visibleFields hiddenFields {{ field }} }}
    ... on Collaboration {{ visibleFields hiddenFields {{ field }} }} }}
}}"""
_PARTS: Final[dict[str, dict[str, str]]] = {
    "Client": {
        **dict.fromkeys(
            ("name", "country", "verificationState", "companyNumber", "address", "contactEmail", "pendingTotal"), ""
        ),
        "verificationReason": "",
        "plan": "{ tier }",
        "wallet": "{ balance { amount } }",
        "kpis": "{ kind }",
        "pendingActivities": "(first: 1) { nodes { id } }",
        "accountManagers": "(first: 1) { nodes { id } }",
        "members": "(first: 1) { nodes { id } }",
        "collaboration": "{ id }",
        "collaborations": "(first: 1) { nodes { id } }",
        "invoices": "(first: 1) { totalCount }",
        "viewerActions": "",
    },
    "Collaboration": {
        **dict.fromkeys(
            ("collaborationState", "stage", "origin", "firmName", "clientName", "startedAt", "endedAt", "endedBy"), ""
        ),
        **dict.fromkeys(("endReason", "requestedLevel", "requestMessage", "invitedEmail", "invitedCountry"), ""),
        "pausedBillingMode": "",
        "offeredTerms": "{ level }",
        **dict.fromkeys(("level", "expiresAt", "sharedKpis", "billingMode", "viewerActions"), ""),
        "firm": "{ id }",
        "client": "{ id }",
        "billingModePeriods": "(first: 1) { nodes { mode } }",
        "effectiveAccess": "{ because }",
        "auditEntries": "(first: 1) { totalCount }",
    },
    "Invoice": {
        **dict.fromkeys(("invoiceKind", "number", "billingMode", "clientName", "currency", "invoiceState"), ""),
        **dict.fromkeys(("issuedAt", "dueAt", "paidAt", "viewerActions"), ""),
        **dict.fromkeys(("net", "tax", "total"), "{ amount }"),
        "credits": "{ id }",
        "issuedTo": "{ name }",
        "client": "{ id }",
        "lines": "{ amount { amount } }",
    },
}
"""Every field, with what is asked of it: nothing that could itself be hidden."""


EVERYTHING: Final = {
    kind: f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ id ... on {kind} {{ {asked} }} }} }}"
    for kind, parts in _PARTS.items()
    if (asked := " ".join(f"{name} {part}" for name, part in parts.items()))
}
AT_ONCE: Final = 20  # fields at the root of one document


async def differences(ask: Ask, world: World, callers: Iterable[str], *, thoroughly: bool = False) -> list[str]:
    """Each with who finds what otherwise."""
    ids = {ask.id(kind, row.id): (kind, row.id) for kind, type_ in KINDS.items() for row in world.all(type_)}
    found = []
    for caller in callers:
        found += [f"{caller}: {difference}" async for difference in _of_one(ask, world, caller, ids, thoroughly)]
    return found


async def _of_one(ask: Ask, world: World, caller: str, ids: dict[str, tuple[str, UUID]], thoroughly: bool) -> Any:
    who = seer(world, caller)
    answers = [await ask(caller, GLANCE, ids=some) for some in _parts(list(ids))]
    if who is None:
        for answer in answers:
            if answer.data is not None or answer.codes not in (["FORBIDDEN"], ["UNAUTHENTICATED"]):
                yield f"is answered {answer.text} without a place"
        return
    expected: Found = {
        (name, key): fields for name, kind in KINDS.items() for key, fields in seen(world, who, kind).items()
    }
    there = {}
    for answer in answers:
        assert answer.data, answer.text
        there |= {ids[node["id"]]: node for node in answer.data["nodes"] if node}
        if {*answer.codes} - {"NOT_FOUND"}:
            yield f"is told {answer.errors}"
    for difference in _sets(set(expected), set(there), "there is"):
        yield difference
    for row in expected.keys() & there.keys():
        if "visibleFields" in expected[row]:
            names = set(map(graph_name, expected[row]))
            for difference in _sets(names, set(there[row]["visibleFields"]), f"in {row} one sees"):
                yield difference
            hidden = [each["field"] for each in there[row]["hiddenFields"]]
            if names & set(hidden) or len(set(hidden)) < len(hidden):
                yield f"in {row} both seen and hidden: {sorted(names & set(hidden))}"
    for name, listed in _lists(world, who, expected).items():
        shown = answers[0].data[name]
        for difference in _sets(listed, {ids[node["id"]][1] for node in shown["nodes"]}, f"{name} are"):
            yield difference
        if shown["totalCount"] != len(listed):
            yield f"{name} count {shown['totalCount']} and are {len(listed)}"
    if thoroughly:
        for kind, document in EVERYTHING.items():
            for keys in _parts([key for name, key in expected if name == kind]):
                answer = await ask(caller, document, ids=[ask.id(kind, key) for key in keys])
                for difference in _hidden(world, who, kind, {key: expected[kind, key] for key in keys}, answer):
                    yield difference
                for difference in await _explained(ask, caller, answer):
                    yield difference


def _parts(ids: list[Any]) -> list[list[Any]]:
    return [ids[start : start + MAX_COUNT] for start in range(0, len(ids), MAX_COUNT)]


def _sets(expected: set[Any], found: set[Any], what: str) -> Iterator[str]:
    if missing := expected - found:
        yield f"{what} not {sorted(map(str, missing))}"
    if more := found - expected:
        yield f"{what} {sorted(map(str, more))}"


def _lists(world: World, who: Seer, expected: Found) -> dict[str, set[UUID]]:
    """The clients of a firm's people are those it works with now: what is pending has tabs of its own (P36, P40, D42)."""
    listed = {name: {key for kind, key in expected if kind == name} for name in KINDS}
    if who.side == "firm":
        working = {tie.client for tie in world.all(model.Collaboration, firm=who.organisation, state="active")}
        listed["Client"] &= working
    return {"clients": listed["Client"], "collaborations": listed["Collaboration"], "invoices": listed["Invoice"]}


# ---- fields and reasons


def _hidden(world: World, who: Seer, kind: str, expected: dict[UUID, set[str]], answer: Answer) -> Iterator[str]:
    """Every hidden field is null and is told, once for all that have one reason; every other is told of by nothing."""
    assert answer.data, answer.text
    hidden: Counter[tuple[str, str, str]] = Counter()
    for (key, fields), node in zip(expected.items(), answer.data["nodes"], strict=True):
        for name in _PARTS[kind].keys() - fields:
            hidden[kind, name, reason(world, who, kind, key, name)] += 1
            if node[name] is not None:
                yield f"{kind} {key} shows {name}"
    told = Counter({tuple(denial[:3]): denial[3] for denial in answer.denials})
    yield from _sets(set(hidden.items()), set(told.items()), "one is told of the hidden")


def reason(world: World, who: Seer, kind: str, key: UUID, name: str) -> str:
    """The first that applies of ENDED, ROLE, LEVEL, PLAN, NOT_SHARED (D39)."""
    if kind == "Collaboration":
        tie = world.get(model.Collaboration, key)
        mine = {"firm": "firm", "client": "client"}.get(who.side)
        over = tie.state == "ended" and who.side == "firm"
        if over or (name == "endReason" and mine == "client" and who.role != "member"):
            return "ENDED"
        if who.side == "client" or (who.side == "firm" and who.role == "bookkeeper" and name in ADMINS_ONLY):
            return "ROLE"
        if who.side == "firm_token" and name not in ACCESS:
            return "ROLE"
        return "ROLE" if name in {"offeredTerms", "pausedBillingMode"} else "LEVEL"
    if kind == "Client":
        level = model._level(world, who, key) if who.side in {"firm", "firm_token"} else None
        if level is None or name in {"contactEmail", "verificationReason"}:
            return "ROLE"
        if who.side == "firm_token" and name not in {"plan", "companyNumber", "address"}:
            return "ROLE"
        return "LEVEL" if level != "full" else "PLAN"
    return "ENDED"


ADMINS_ONLY: Final = {
    *("requestedLevel", "requestMessage", "invitedEmail", "invitedCountry", "billingModePeriods", "endReason")
}
ACCESS: Final = {"startedAt", "level", "expiresAt", "sharedKpis", "billingMode", "effectiveAccess"}


async def _explained(ask: Ask, caller: str, answer: Answer) -> list[str]:
    """`whyHidden` says of some of them what the answer said: of as many as one document may ask for."""
    denials = answer.denials[:: len(answer.denials) // AT_ONCE + 1]
    if not denials:
        return []
    asked = [
        f'd{number}: whyHidden(id: "{answer.data["nodes"][path[1]]["id"]}", fields: [{graph_name(name)}]) {{ visible reason }}'
        for number, (_, name, _, _, path) in enumerate(denials)
    ]
    told = (await ask(caller, f"{{ {' '.join(asked)} }}")).data
    return [
        f"whyHidden says {told[f'd{number}']} of {kind}.{name}, the answer {why}"
        for number, (kind, name, why, _, _) in enumerate(denials)
        if told[f"d{number}"] != [{"visible": False, "reason": why}]
    ]
