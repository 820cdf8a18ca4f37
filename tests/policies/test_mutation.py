"""Each condition of each rule has its reason: without it the policy does not load, the tables fail, or a fact's SQL is another.

A fact (layer 1) is no matter of the tables; that its SQL is right is proved against PostgreSQL and a model of the domain.
"""

import os
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest
from sqlalchemy.dialects import postgresql

from gateway.policy.errors import PolicyError
from gateway.policy.policy import Policy
from gateway.policy.rows import Row
from gateway.policy.text import VOCABULARY, PolicyText, Rule, head_arguments, read_folder
from tests.policies.conftest import POLICIES
from tests.policies.tables import TABLES
from tests.policies.tables.judge import differences

SAMPLE: Final = 25
ALWAYS: Final = "invoices.polar"
"""Whose invoice it is stands in every sample whole."""

EVERY_MUTANT: Final = "POLICY_MUTANTS"
"""Set to `all` it judges every mutant, some minutes long; else a fixed sample."""

_ONE_SIDE: Final = (
    'firms.polar: manages(f) without f.side = "firm"',
    'firms.polar: read(f: StaffInvitationFacts) without f.side = "firm"',
    'firms.polar: may(f: StaffInvitationFacts, action) without f.side = "firm"',
    'clients.polar: tab(f: ClientFacts, "INVITES") without f.side = "firm"',
    'clients.polar: read(f: ClientMemberFacts) without f.side = "client"',
    'collaborations.polar: read(f: CollaborationFacts) without f.side = "firm"',
    'collaborations.polar: read(f: BillingModePeriodFacts) without f.side = "firm"',
    'audit.polar: read(f: AuditEntryFacts) without f.side = "firm"',
    'sessions.polar: read(f: ClientSessionFacts) without f.side = "firm"',
    'firms.polar: read(f: FirmFacts) without f.side = "platform"',
    'firms.polar: read(f: FirmFacts) without f.role = "reviewer"',
    'firms.polar: read(f: FirmMemberFacts) without f.side = "firm"',
    'firms.polar: read(f: FirmMemberFacts) without f.side = "client"',
    'firms.polar: see(f: FirmMemberFacts, "email") without f.side = "firm"',
    'invoices.polar: read(f: InvoiceFacts) without f.side = "firm"',
    'invoices.polar: read(f: InvoiceFacts) without f.side = "client"',
    'invoices.polar: see(f: InvoiceFacts, "client") without f.side = "firm"',
    'firms.polar: engaged(f) without f.side = "client"',
    'ties.polar: billing(f) without f.side = "system"',
    'kpis.polar: reports(f: ClientFacts, what) without f.side = "client_reporter"',
    'ties.polar: billing(f) without f.role = "admin"',
)
_ORDER: Final = (
    'clients.polar: because(f: ClientFacts, "memberInvitations", "ROLE") without f.side = "firm"',
    'clients.polar: because(f: ClientMemberFacts, _, "ROLE") without f.side in ["firm", "client", "platform"]',
    'firms.polar: answers(f, "EXPIRED") without f.current = false',
    'clients.polar: because(f: ClientFacts, "contactEmail", "ROLE") without f.side = "firm"',
    'clients.polar: because(f: ClientFacts, field, "NOT_SHARED") without f.level = "full"',
    'clients.polar: because(f: ClientFacts, _, "PLAN") without f.level = "full"',
    'clients.polar: because(f: ClientFacts, "plan" …, "LEVEL") without f.side = "firm_token"',
    'clients.polar: because(f: ClientFacts, "companyNumber" …, "PLAN") without f.side = "firm_token"',
    'clients.polar: because(f: ClientFacts, _, "ROLE") without f.side = "firm_token"',
    'collaborations.polar: because(f: CollaborationFacts, _, "ENDED") without f.side = "firm"',
    'collaborations.polar: because(f: CollaborationFacts, "requestedLevel" …, "ROLE") without f.side = "firm"',
    'collaborations.polar: because(f: CollaborationFacts, "startedAt" …, "LEVEL") without f.side = "firm_token"',
    'collaborations.polar: because(f: CollaborationFacts, _, "ROLE") without f.side = "firm_token"',
    'firms.polar: because(f: FirmFacts, _, "ROLE") without f.side in ["firm", "client", "platform", "system", "firm_token"]',
    'firms.polar: because(f: FirmMemberFacts, _, "ROLE") without f.side in ["firm", "client", "platform"]',
    'invoices.polar: because(f: InvoiceFacts, "client", "ENDED") without f.side = "firm"',
    'sessions.polar: because(f: ClientSessionFacts, _, "ROLE") without f.side = "client"',
    'sessions.polar: status(f: ClientSessionFacts, "REVOKED") without f.ended in ["none", "revoked"]',
)
_SCOPE: Final = (
    "clients.polar: knows(f: ClientMemberFacts, fact) without read(f)",
    'clients.polar: tab(f: ClientFacts, "ONBOARDING") without works_for(f)',
    "clients.polar: knows(f: ClientFacts, fact) without read(f)",
    'clients.polar: knows(f: ClientFacts, "sections") without read(f)',
    "collaborations.polar: knows(f: CollaborationFacts, fact) without read(f)",
    "firms.polar: knows(f: FirmFacts, fact) without read(f)",
    "firms.polar: menu(f: FirmFacts, menu) without f.own",
    'firms.polar: menu(f: FirmFacts, "ACTIVATE") without f.own',
    'firms.polar: menu(f: FirmFacts, "PARTNER_PORTAL") without f.own',
    'firms.polar: banner(f: FirmFacts, "CREATE_OWN_ACCOUNT") without f.own',
    'firms.polar: refuses(f: FirmFacts, "CREATE_OWN_ACCOUNT", "HOUSED") without f.own',
    'firms.polar: refuses(f: FirmFacts, "INVITE_CLIENT", "PROGRAMME") without f.own',
    "firms.polar: knows(f: FirmMemberFacts, fact) without read(f)",
    "invoices.polar: knows(f: InvoiceFacts, fact) without read(f)",
    "sessions.polar: knows(f: ClientSessionFacts, fact) without read(f)",
    "tokens.polar: knows(f: IntegrationTokenFacts, fact) without read(f)",
)
_TWICE: Final = (
    'collaborations.polar: because(f: CollaborationFacts, _, "ENDED") without f.role = "admin"',
    'clients.polar: tab(f: ClientFacts, "MINE") without f.role in ["admin", "bookkeeper"]',
    'collaborations.polar: see(f: CollaborationFacts, "endReason") without f.state = "ended"',
)

_WIDER: Final = ('clients.polar: see(f: ClientFacts, "state" …) without f.side = "client_token"',)

OF_ONE_SIDE: Final = """
The fact or the role beside it is this side's alone and false for the others; the side is said all the same, so that the rule
reads aloud and stays right on the day when another side gets that fact."""
IN_ORDER: Final = (
    "Reasons go in their order (D39): the rules before have taken every other case, and it says which is left."
)
IN_SCOPE: Final = (
    "Asked of rows in scope only, and there it always holds; it keeps the answer right for who asks without a scope."
)
SAID_TWICE: Final = (
    "Another fact implies it (D22, D42, H63, V15, P38): the rule says what the specification says, word for word."
)

ANYHOW: Final = (
    "Whoever else it would be true of sees as much by a rule of their own; the side keeps people and machines apart."
)

REDUNDANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(_ONE_SIDE, OF_ONE_SIDE),
    **dict.fromkeys(_ORDER, IN_ORDER),
    **dict.fromkeys(_SCOPE, IN_SCOPE),
    **dict.fromkeys(_TWICE, SAID_TWICE),
    **dict.fromkeys(_WIDER, ANYHOW),
}
"""Conditions that may go without anybody gaining or losing anything, each with the argument for letting it stand."""

WORDS: Final = {"if", "and", "or", "in", "nil", "true", "false"}


@dataclass(frozen=True)
class Mutant:
    """The policy without one condition of one rule."""

    rule: Rule
    condition: int
    texts: tuple[str, ...]

    @property
    def name(self) -> str:
        head = re.sub(r"\s+", " ", _head(self.rule.source))
        if listed := re.search(
            r'\bfield in \["(\w+)"', self.rule.source
        ):  # rules of one head are told apart by their fields
            head = head.replace("field", f'"{listed[1]}" …')
        return f"{self.rule.file}: {head} without {self.texts[self.condition]}"

    @property
    def source(self) -> str:
        kept = [text for index, text in enumerate(self.texts) if index != self.condition]
        head = _head(self.rule.source)
        return _named_less(f"{head} if {' and '.join(kept)}" if kept else head)


def mutants(text: PolicyText) -> Iterator[Mutant]:
    for rule in text.rules:
        if rule.file != VOCABULARY and rule.name != "grounds":
            texts = tuple(conditions(rule.source))
            yield from (Mutant(rule, index, texts) for index in range(len(texts)))


def conditions(source: str) -> list[str]:
    """What stands after `if`, apart at each `and` that is in no bracket."""
    body = source[len(_head(source)) :].strip().removeprefix("if")
    found, depth = [""], 0
    for word in re.split(r"(\s+|[()\[\]])", body):
        depth += (word in tuple("([")) - (word in tuple(")]"))
        if word == "and" and depth == 0:
            found.append("")
        else:
            found[-1] += word
    return [text.strip() for text in found if text.strip()]


def _named_less(source: str) -> str:
    """Polar refuses a variable that stands only once; whoever forgot the condition would have written `_`."""
    shadow = re.sub(r'"[^"]*"', lambda found: "0" * len(found[0]), source)
    found = [word for word in re.finditer(r"(?<![\w.])[a-z]\w*\b(?!\s*\()", shadow) if word[0] not in WORDS]
    once = [word for word in found if sum(other[0] == word[0] for other in found) == 1]
    for word in reversed(once):
        source = f"{source[: word.start()]}_{source[word.end() :]}"
    return source


def _head(source: str) -> str:
    return re.split(r"\sif\s", source, maxsplit=1)[0].strip()


def type_of(rule: Rule) -> str | None:
    """The type that a rule or a declaration speaks of, or None for what all types use."""
    if rule.file == VOCABULARY:
        return head_arguments(rule.source)[0].strip('"') if rule.name in ("facts", "columns") else None
    kind = rule.kinds[2] if rule.name == "fact" else rule.kinds[0] if rule.kinds else None
    return kind.removesuffix("Facts") if kind else None


def files_of(text: PolicyText, type_name: str | None, changed: Mapping[Rule, str]) -> dict[str, str]:
    """The policy as files, of one type alone if only that is asked: a smaller one is compiled sooner."""
    files = dict.fromkeys(text.files, "")
    for rule in text.rules:
        if type_name is None or type_of(rule) in (None, type_name):
            files[rule.file] += changed.get(rule, rule.source) + ";\n"
    return files


class Judge:
    """What differs from the policy that is in force."""

    def __init__(self, text: PolicyText, rows: Mapping[str, Row]) -> None:
        self.text, self.rows = text, rows
        self.before = cache(lambda type_name: Policy.of(files_of(text, type_name, {}), rows))
        self.known = cache(lambda plan: frozenset(differences(plan, TABLES[plan.type_name])))
        self.sql = cache(lambda plan: _sql(plan))

    def verdict(self, mutant: Mutant) -> str:
        """Why the mutant is found: refused, tables or sql; or that it survives."""
        type_name = type_of(mutant.rule)
        before = self.before(type_name)
        try:
            after = Policy.of(files_of(self.text, type_name, {mutant.rule: mutant.source}), self.rows)
            changed = [name for name in after.types if _decided(before, name) != _decided(after, name)]
            plans = [(old, after.plan_for(old.kind.name, old.role, old.type_name)) for old in before.plans()]
        except PolicyError:
            return "refused"
        for old, new in plans:
            if old.type_name in changed and any(
                what not in self.known(old) for what in differences(new, TABLES[old.type_name])
            ):
                return "tables"
        return (
            "sql"
            if any(self.sql(old) != _sql(new) for old, new in plans) and _is_of_facts(before, after)
            else "survives"
        )


def _decided(policy: Policy, type_name: str) -> Any:
    return {
        rule: (found.cases, found.sums)
        for (name, rule), found in policy.compiled.decisions.items()
        if name == type_name
    }


def _is_of_facts(before: Policy, after: Policy) -> bool:
    return all(_decided(before, name) == _decided(after, name) for name in before.types)


def _sql(plan: Any) -> str:
    columns = [found.sql for _, found in sorted(plan.facts.items())]
    return str(plan.plain(*columns).compile(dialect=postgresql.dialect()))


TEXT: Final = read_folder(POLICIES)
ALL: Final = list(mutants(TEXT))


def chosen() -> list[Mutant]:
    if os.environ.get(EVERY_MUTANT) == "all":
        return ALL
    always = [mutant for mutant in ALL if mutant.rule.file == ALWAYS]
    others = [mutant for mutant in ALL if mutant.rule.file != ALWAYS and type_of(mutant.rule) is not None]
    return always + random.Random(SAMPLE).sample(others, SAMPLE)  # noqa: S311


@pytest.fixture(scope="module")
def judge(rows: Mapping[str, Row]) -> Judge:
    return Judge(TEXT, rows)


@pytest.mark.parametrize("mutant", chosen(), ids=lambda mutant: mutant.name)
def test_no_condition_can_be_dropped_unnoticed(judge: Judge, mutant: Mutant):
    verdict = judge.verdict(mutant)

    assert verdict != "survives" or mutant.name in REDUNDANT, f"{mutant.rule.place}: nobody notices: {mutant.name}"


def test_every_argued_condition_stands_in_the_policy():
    assert set(REDUNDANT) <= {mutant.name for mutant in ALL}


@pytest.mark.skipif(
    os.environ.get(EVERY_MUTANT) != "all", reason=f"judges all argued conditions, with {EVERY_MUTANT}=all"
)
def test_every_argued_condition_may_really_go(judge: Judge):
    argued = [mutant for mutant in ALL if mutant.name in REDUNDANT]

    assert {mutant.name for mutant in argued if judge.verdict(mutant) == "survives"} == set(REDUNDANT)
