"""Every single edit of the policy is noticed: by the compiler, by the typed tables, or by the model in the crowd."""

import os
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Final

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.policy.policy import Policy
from gateway.policy.text import Rule
from tests.policies import worlds
from tests.policies.argued import ARGUED
from tests.policies.crowd import crowd
from tests.policies.mutants import Mutant, Words, mutants
from tests.policies.mutants import edits as edits_of
from tests.policies.verdicts import NOTICED, Judge, Verdict

LONG: Final = bool(os.environ.get("GATEWAY_LONG_TESTS"))
PARTS: Final = 40
"""The long run is shared out, so that workers may take turns and a failure names few."""

SAMPLE: Final = 96
SHARES: Final = 4

NAMED: Final = (
    # Who reports, who owns, who could succeed, who may review.
    'kpis.polar: fact(v: ClientReporter, "reporting", c: Client, true): without c.id = v.client_id',
    'firms.polar: fact(v: FirmViewer, "succeeded", m: FirmMember, true): without o.role = "admin"',
    'firms.polar: fact(v: FirmViewer, "succeeded", m: FirmMember, true): without o.state = "active"',
    'firms.polar: fact(v: FirmViewer, "succeeded", m: FirmMember, true): without o.id != m.id',
    'firms.polar: fact(v: FirmViewer, "owned", m: FirmMember, true): without o.is_owner = true',
    'firms.polar: fact(v: FirmViewer, "owned", m: FirmMember, true): without o.id = v.member_id',
    'ties.polar: works_in(v, firm): m.state in ["active", "suspended"] -> m.state in ["active"]',
    "ties.polar: works_in(v, firm): without m.user_id = v.user_id",
    # What a conversation and its messages rest on.
    'conversations.polar: fact(_, "approved", c: Conversation, true): '
    'c.firm.programme_state = "approved" -> c.firm.programme_state in ["approved", "suspended"]',
    'conversations.polar: fact(_: FirmViewer, "blocked", m: Message, true): '
    "m.conversation.blocked_at != nil -> m.conversation.blocked_at = nil",
    'conversations.polar: fact(_, "blocked", c: Conversation, true): c.blocked_at != nil -> c.blocked_at = nil',
    'conversations.polar: fact(_, "ended", c: Conversation, true): without k.client_id = c.client_id',
    # Moments: over, at this very moment, still to come.
    'firm_programme.polar: fact(v, "tried", f: Firm, true): f.trial_ends_at <= v.now -> f.trial_ends_at >= v.now',
    'firm_programme.polar: fact(v, "tried", f: Firm, true): f.trial_ends_at <= v.now -> f.trial_ends_at < v.now',
    'client_sessions.polar: fact(v, "current", s: ClientSession, true): s.expires_at > v.now -> s.expires_at >= v.now',
    'invoices.polar: fact(v, "late", i: Invoice, true): i.due_at < v.now -> i.due_at <= v.now',
    "ties.polar: in_force(v, g): g.expires_at > v.now -> g.expires_at >= v.now",
    # States.
    'clients.polar: may(f: ClientFacts, "DECIDE_VERIFICATION"): '
    'f.verification = "verifying" -> f.verification in ["verifying", "rejected"]',
    'clients.polar: fact(_: ClientViewer, "verification", c: Client, c.state): dropped',
    'collaborations.polar: fact(v, "held", k: Collaboration, true): without k.state = "active"',
    'collaborations.polar: fact(v, "lapsed", k: Collaboration, true): without g.revoked_at = nil',
    'invoices.polar: fact(v: FirmViewer, "holder", i: Invoice, true): without i.billing_mode = "partner"',
    'invoices.polar: fact(v: ClientViewer, "holder", i: Invoice, true): without i.client_id = v.client_id',
)
"""Edits that were once tried by hand; half of them were noticed by nothing then."""


@pytest.fixture(autouse=True)
def joins_compare_clients(executed_joins: list[str]) -> Iterator[None]:
    """An edited rule may join without the client."""
    yield
    executed_joins.clear()


@pytest.fixture(scope="module")
async def judge(empty: AsyncEngine, policy: Policy) -> AsyncIterator[Judge]:
    world = crowd()
    async with empty.connect() as connection, connection.begin() as transaction:
        await worlds.write(connection, world)
        yield Judge(policy, connection, world)
        await transaction.rollback()


@pytest.fixture(scope="session")
def edits(policy: Policy) -> dict[str, Mutant]:
    return {mutant.name: mutant for mutant in mutants(policy)}


def test_edits_of_each_kind_are_generated(policy: Policy):
    head, late = 'fact(v: FirmViewer, "late", i: Invoice, true)', "i.due_at < v.now"
    listed, mode = 'i.state in ["open", "paid"]', 'i.billing_mode = "client"'
    source = f"{head} if {late} and {listed} and {mode}"
    rule = Rule("toy.polar", 1, "fact", source, ("FirmViewer", None, "Invoice", None))

    made = dict(edits_of(rule, Words(policy)))

    assert made["dropped"] == ""
    assert made["true -> false"] == source.replace("true", "false")
    assert made['"late" -> "assigned"'] == source.replace("late", "assigned")
    assert made["v: FirmViewer -> v: ClientViewer"] == source.replace("FirmViewer", "ClientViewer")
    assert made["v: FirmViewer and v: Anonymous"] == f"{source};\n{source.replace('FirmViewer', 'Anonymous')}"
    assert made[f"without {late}"] == f"{head.replace('v:', '_:')} if {listed} and {mode}"
    orders = {f"{late} -> i.due_at {other} v.now" for other in ("<=", ">", ">=")}
    removed = {f'{listed} -> i.state in ["{word}"]' for word in ("open", "paid")}
    added = {f'{listed} -> i.state in ["open", "paid", "{word}"]' for word in ("draft", "credited", "void")}
    modes = {
        f"{mode} -> i.billing_mode {other}" for other in ('!= "client"', '= "partner"', 'in ["client", "partner"]')
    }
    assert orders | removed | added | modes == {edit for edit in made if edit.split(" -> ")[0] in (late, listed, mode)}


@pytest.mark.parametrize("name", NAMED)
async def test_these_edits_are_noticed(judge: Judge, edits: dict[str, Mutant], name: str):
    assert await judge.verdict(edits[name]) in NOTICED


@pytest.mark.parametrize("share", range(SHARES))
async def test_a_sample_of_all_edits_is_noticed(judge: Judge, edits: dict[str, Mutant], share: int):
    chosen = random.Random(SAMPLE).sample(list(edits.values()), SAMPLE)  # noqa: S311

    assert await wrong(judge, chosen[share::SHARES]) == {}


@pytest.mark.skipif(not LONG, reason="judges every edit, with GATEWAY_LONG_TESTS=1")
@pytest.mark.parametrize("part", range(PARTS))
async def test_every_edit_is_noticed_or_argued(judge: Judge, edits: dict[str, Mutant], part: int):
    assert await wrong(judge, list(edits.values())[part::PARTS]) == {}


def test_every_argued_edit_is_one_of_this_policy(edits: dict[str, Mutant]):
    assert [name for name in ARGUED if name not in edits] == []


async def wrong(judge: Judge, chosen: Sequence[Mutant]) -> dict[str, str]:
    """The edits that are neither noticed nor argued, and those that are both."""
    found = {}
    for mutant in chosen:
        verdict = await judge.verdict(mutant)
        if is_to_be_argued(mutant, verdict) and mutant.name not in ARGUED:
            found[mutant.name] = f"{mutant.rule.place}: {verdict}, and not argued"
        if verdict in NOTICED and mutant.name in ARGUED:
            found[mutant.name] = f"{mutant.rule.place}: argued, and noticed by {verdict}"
    return found


def is_to_be_argued(mutant: Mutant, verdict: Verdict) -> bool:
    """What changes an answer unnoticed; and what could go from the text without changing any."""
    return verdict == "alive" or (verdict == "same" and mutant.is_less)
