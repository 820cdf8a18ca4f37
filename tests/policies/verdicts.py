"""Which check notices an edit of the policy: the compiler, the typed tables, or the model in the world that has every case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final, Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.caches import Cache
from gateway.policy import compiler
from gateway.policy.check import of_rules as incomplete
from gateway.policy.compiler import Compiled, Decision
from gateway.policy.cubes import folded
from gateway.policy.errors import PolicyError
from gateway.policy.partial import Branch
from gateway.policy.plan import Plan, Tally
from gateway.policy.policy import MAX_BUILT, Policy
from gateway.policy.text import VOCABULARY, PolicyText, Rule, of_files
from gateway.policy.vocabulary import Vocabulary
from tests.policies.comparison import TYPES, found, of_facts, of_rules, truth
from tests.policies.model import Seer, World
from tests.policies.mutants import Mutant, calls
from tests.policies.questions import by_plan
from tests.policies.tables import TABLES
from tests.policies.tables.grid import Facts
from tests.policies.tables.judge import differences
from tests.policies.tables.judge import values as values_of
from tests.policies.worlds import askers

Verdict = Literal["check", "matrix", "three ways", "same", "alive"]
"""What notices it; `same` is a proof that there is nothing to notice: each viewer has the plan that it had."""

NOTICED: Final = ("check", "matrix", "three ways")


@dataclass(frozen=True)
class Edited:
    """One type of the policy after an edit: what it compiles to, whose facts are others, and which decisions."""

    compiled: Compiled
    kinds: frozenset[str]
    rules: tuple[str, ...]


@dataclass
class Judge:
    """Compiles again only what an edit reaches: a run over all edits takes minutes so, and hours otherwise."""

    policy: Policy
    connection: AsyncConnection  # to a database that holds the world
    world: World
    _texts: dict[str, Sequence[Rule]] = field(default_factory=dict)
    _truths: dict[tuple[Seer, str], Mapping[Any, Facts]] = field(default_factory=dict)

    async def verdict(self, mutant: Mutant) -> Verdict:
        given = set[Verdict]()
        for type_name in self._types(mutant.rule):
            verdict = await self._of(mutant, type_name)
            if verdict in NOTICED:
                return verdict
            given.add(verdict)
        return "alive" if "alive" in given else "same"

    async def _of(self, mutant: Mutant, type_name: str) -> Verdict:
        try:
            after = self._edited(mutant, type_name)
            if {key for key in self.policy.compiled.decisions if key[0] == type_name} - after.compiled.decisions.keys():
                return "matrix"  # it types a rule that the policy has no more
            changed = list(self._changed(type_name, after))
        except PolicyError:
            return "check"
        for plan in changed:
            if plan.kind.name not in after.kinds and next(differences(plan, TABLES[type_name], after.rules), None):
                return "matrix"
        for plan in changed:
            if plan.kind.name in after.kinds and await self._differs(plan):
                return "three ways"
        if not changed:
            return "same"
        return "check" if self._is_incomplete(mutant, type_name) else "alive"

    # ---- what is compiled

    def _edited(self, mutant: Mutant, type_name: str) -> Edited:
        before, policy = self.policy.compiled, self.policy
        text = self._text(mutant, type_name)
        compiler._check_heads(text, policy.vocabulary, policy.rows)
        reached = _callers(text.rules, mutant.rule.name)
        known = {key: branches for key, branches in before.facts.items() if key[1] == type_name}
        facts, kinds = known, frozenset[str]()
        if "fact" in reached:
            facts = dict(compiler._facts(text, _of_one(policy.vocabulary, type_name), policy.rows))
            keys = {*known, *facts}
            kinds = frozenset(key[0] for key in keys if _ways(known.get(key)) != _ways(facts.get(key)))
        decisions = self._decisions(text, type_name, reached)
        rules = tuple(
            rule
            for (_, rule), decision in decisions.items()
            if (old := before.decisions.get((type_name, rule))) is None or old.cases != decision.cases
        )
        compiled = Compiled(facts, before.words, decisions, before.grounds, before.lasting, before.oracle)
        return Edited(compiled, kinds, rules)

    def _decisions(self, text: PolicyText, type_name: str, reached: set[str]) -> dict[tuple[str, str], Decision]:
        before, made, oso = self.policy.compiled, dict[tuple[str, str], Decision](), None
        for rule in text.rules:
            key = (type_name, rule.name)
            if key in made or not rule.kinds or rule.kinds[0] != f"{type_name}Facts":
                continue
            if key in before.decisions and rule.name not in reached:
                made[key] = before.decisions[key]
                continue
            oso = oso or compiler.Oracle(text, _of_one(self.policy.vocabulary, type_name), self.policy.rows).oso
            made[key] = compiler._decision(rule, type_name, self.policy.vocabulary, before.words, oso)
        return made

    def _changed(self, type_name: str, after: Edited) -> Iterator[Plan]:
        """The plans that are not what they were: in a decision, or in a fact that a decision asks."""
        policy, decisions, facts = self.policy, after.compiled.decisions, after.compiled.facts
        for old in policy.plans():
            if old.type_name != type_name:
                continue
            mine = old.kind.name in after.kinds
            if not mine and all(
                _folded(old, decisions[type_name, rule]) == old._cases.get(rule) for rule in after.rules
            ):
                continue
            new = Plan(
                old.kind, old.role, old.row, after.compiled, policy.vocabulary, policy.rows, Tally(), Cache(MAX_BUILT)
            )
            asked = {*new.order, *new._columns} & {*old.facts} if mine else ()
            keys = [(old.kind.name, type_name, name) for name in asked]
            others = any(_ways(facts[key]) != _ways(policy.compiled.facts[key]) for key in keys)
            if others or new._columns != old._columns or not _answers_alike(old, new):
                yield new

    def _text(self, mutant: Mutant, type_name: str) -> PolicyText:
        """The rules that one type uses, without the statements that they rest on."""
        files = dict.fromkeys(self.policy.text.files, "")
        for rule in self._rules(type_name):
            files[rule.file] += _source(rule, mutant)
        return of_files(files)

    def _rules(self, type_name: str) -> Sequence[Rule]:
        if type_name not in self._texts:
            self._texts[type_name] = [
                rule
                for rule in self.policy.text.rules
                if rule.name != "grounds" and rule.file != VOCABULARY and type_of(rule) in (None, type_name)
            ]
        return self._texts[type_name]

    def _types(self, rule: Rule) -> list[str]:
        """The types whose rules call this one, by others or at once."""
        if name := type_of(rule):
            return [name]
        return [
            type_name
            for type_name in self.policy.types
            if {other.name for other in self._rules(type_name) if type_of(other)}
            & _callers(self._rules(type_name), rule.name)
        ]

    # ---- what notices it

    async def _differs(self, plan: Plan) -> bool:
        """Whether the model finds other facts, rows, fields or words than this plan for a viewer of the world."""
        for seer, viewer in askers(self.world):
            if (type(viewer).__name__, viewer.role) != (plan.kind.name, plan.role):
                continue
            place = (seer, plan.type_name)
            if place not in self._truths:
                self._truths[place] = truth(self.world, seer, TYPES[plan.type_name])
            try:
                async with self.connection.begin_nested():
                    rows = await found(self.connection, plan, viewer)
            except (DBAPIError, AssertionError):  # no SQL, or a row that comes twice
                return True
            for key, facts in self._truths[place].items():
                if next(of_facts(plan, rows[key], facts), None) or of_rules(plan, rows[key][: len(plan.order)], facts):
                    return True
        return False

    def _is_incomplete(self, mutant: Mutant, type_name: str) -> bool:
        """Whether the gateway would not start: a fact that no rule asks, a hidden field without a reason, and the like."""
        files = dict.fromkeys(self.policy.text.files, "")
        for rule in self.policy.text.rules:
            if type_of(rule) in (None, type_name):
                files[rule.file] += _source(rule, mutant)
        try:
            return any(incomplete(Policy.of(files, self.policy.rows)))
        except PolicyError:
            return True


def type_of(rule: Rule) -> str | None:
    """The type that a rule or a declaration speaks of, or None for what all types use."""
    if rule.file == VOCABULARY:
        return rule.source.split('"')[1] if rule.name in ("facts", "column") else None
    kind = rule.kinds[2] if rule.name == "fact" else rule.kinds[0] if rule.kinds else None
    return kind.removesuffix("Facts") if kind else None


def _source(rule: Rule, mutant: Mutant) -> str:
    source = mutant.source if rule == mutant.rule else rule.source
    return f"{source};\n" if source else ""


def _callers(rules: Sequence[Rule], name: str) -> set[str]:
    """The names of all rules that call `name`, by others or at once, and itself."""
    found, left = {name}, {name}
    while left:
        left = {rule.name for rule in rules if any(called in left for called, _ in calls(rule.source))} - found
        found |= left
    return found


def _of_one(vocabulary: Vocabulary, type_name: str) -> Vocabulary:
    columns = {name: names for name, names in vocabulary.columns.items() if name == type_name}
    return Vocabulary(vocabulary.kinds, {type_name: vocabulary.facts[type_name]}, columns, vocabulary.withheld)


def _ways(branches: list[Branch] | None) -> set[str]:
    """The ways in which a fact holds, wherever they are written."""
    return {f"{sorted(way.nodes.items())} {sorted(map(repr, way.conditions))} {way.value}" for way in branches or ()}


def _answers_alike(old: Plan, new: Plan) -> bool:
    """Whether two plans give one answer in every situation, rule by rule: asked about the facts that either asks."""
    return new.decisions.keys() == old.decisions.keys() and all(
        new._cases[rule] == old._cases[rule] or _answer_alike(old, new, rule) for rule in new.decisions
    )


def _answer_alike(old: Plan, new: Plan, rule: str) -> bool:
    """As the tables judge: of absent rows only fields, actions, mails and what needs no reading; no contradictory facts."""
    blind = rule in ("read", "see", "may", "notify", *TABLES[old.type_name].unseen)
    scope = set() if blind else old.asks(*(("read", "see") if rule == "hidden_because" else ("read",)))
    names = sorted(old.asks(rule) | new.asks(rule) | scope)
    domains = [
        (0, sum(old.set_bits[name].values())) if name in old.set_bits else old.declared[name].domain for name in names
    ]
    for values in product(*(domain or () for domain in domains)):
        facts = dict(zip(names, values, strict=True))
        before, after = old.supposed(**facts), new.supposed(**facts)
        if not blind and not old.reads(before):
            continue
        one, other = by_plan(old, rule, before), by_plan(new, rule, after)
        if rule == "hidden_because":  # a field that is shown has no reason to be hidden
            hidden = one.keys() - old.situation(before).visible()
            one, other = ({field: found.get(field) for field in hidden} for found in (one, other))
        if one != other and (rule == "read" or _is_possible(old, facts)):
            return False
    return True


def _is_possible(plan: Plan, facts: Facts) -> bool:
    """Whether the other facts can be such that the table does not take all of them together for a contradiction."""
    names = [name for name in plan.declared if name not in ("side", "role")]
    domains = [[facts[name]] if name in facts else values_of(plan, name, thorough=False) for name in names]
    table = TABLES[plan.type_name]
    return any(
        table.possible({"role": plan.role, **dict(zip(names, values, strict=True))}) for values in product(*domains)
    )


def _folded(plan: Plan, decision: Decision) -> Any:
    """What the viewer's role leaves of a decision, as in the plan."""
    cases = ((words, folded(cubes, plan.known, plan.declared)) for words, cubes in decision.cases)
    return [(words, total) for words, total in cases if total]
