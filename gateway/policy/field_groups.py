"""Fields that one `see` rule shows together and that a role sees all of but one: the usual trace of a forgotten edit."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gateway.policy.plan import Plan
from gateway.policy.policy import Policy
from gateway.policy.text import Rule

MIN_SHARED: Final = 2
"""With fewer fields in common, two roles do not see the same group."""
_LIST: Final = re.compile(r"\bfield in \[([^\]]*)\]")
_WORD: Final = re.compile(r'"([^"]*)"')
_GROUP: Final = re.compile(r'(\w+)\((?:field|"([^"]*)")')
_SEE: Final = re.compile(r"see\(\w+: (\w+)Facts, field\)")


class Gap(NamedTuple):
    """A field that the viewers of one kind and role never see, although they see all others of the rule's group."""

    rule: Rule
    plan: Plan
    field: str

    @property
    def declared(self) -> tuple[str, str, str]:
        return self.plan.type_name, self.field, self.plan.kind.name

    def __str__(self) -> str:
        kind = f"{self.plan.kind.name}({self.plan.role})"
        type_name, field, name = self.declared
        return (
            f"{self.rule.place}: {kind} sees all fields of this group but {type_name}.{field}. Show it, or declare"
            f' `withheld("{type_name}", "{field}", "{name}");` in vocabulary.polar.'
        )


def warnings(policy: Policy) -> Iterator[str]:
    """One line for each gap that is not declared as `withheld`, and for each such declaration without a gap."""
    found = list(gaps(policy))
    declared = policy.vocabulary.withheld
    yield from (str(gap) for gap in found if gap.declared not in declared)
    for type_name, field, kind in sorted(declared - {gap.declared for gap in found}):
        yield f'vocabulary.polar: withheld("{type_name}", "{field}", "{kind}"): no group shows it to similar viewers'


def gaps(policy: Policy) -> Iterator[Gap]:
    plans = [plan for plan in policy.plans() if plan.read]
    seen = {id(plan): {name for name in plan.bits if plan.can_ever("see", name)} for plan in plans}
    named = _named_groups(policy.text.rules)
    for rule in policy.text.rules:
        head = _SEE.match(rule.source)
        if head is None:
            continue
        group = _fields(rule, named)
        for plan in plans:
            hidden, shared = group - seen[id(plan)], group & seen[id(plan)]
            if plan.type_name == head[1] and len(hidden) == 1 and len(shared) >= MIN_SHARED:
                yield Gap(rule, plan, *hidden)


def _named_groups(rules: tuple[Rule, ...]) -> Mapping[str, frozenset[str]]:
    """The fields of each helper rule whose first argument is a field; a helper may call another one."""
    found: dict[str, frozenset[str]] = {}
    while True:
        before = dict(found)
        for rule in rules:
            head = _GROUP.match(rule.source)
            if head is not None:
                listed = frozenset([head[2]]) if head[2] else _fields(rule, before)
                found[rule.name] = found.get(rule.name, frozenset()) | listed
        if found == before:
            return found


def _fields(rule: Rule, named: Mapping[str, frozenset[str]]) -> frozenset[str]:
    calls = [named.get(call[1], frozenset()) for call in _GROUP.finditer(rule.source)]
    return frozenset(_listed(rule)).union(*calls)


def _listed(rule: Rule) -> Iterator[str]:
    for found in _LIST.finditer(rule.source):
        yield from _WORD.findall(found[1])
