"""A plan of the policy against a table: every tuple of facts, the row, the whole set of fields, each reason, each word.

Each answer of plan and table depends on a few facts. So each is judged by itself, on a tree: a fact is branched over when the
answer reads it, and a leaf stands for all tuples that have its values. What no answer reads is never enumerated.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from math import prod
from typing import Any

from gateway.policy.plan import Plan
from tests.policies.tables.grid import VIEWERS, Denials, Facts, Table

WordsOf = Callable[[str, Facts], list[str]]
Part = Callable[[Any, Facts], Iterator[str]]
"""One answer: where the plan, by the key, and the table, by the facts, differ in it."""


def values(plan: Plan, name: str, *, thorough: bool) -> list[Any]:
    """What a fact can be for this role; a set is empty, full, or full but for one word."""
    if name not in plan.facts:
        known = plan.known[name]
        return [frozenset()] if plan.declared[name].domain is None else [known]
    if (domain := plan.declared[name].domain) is not None:
        return list(domain)
    every = frozenset(plan.set_bits[name])
    return [frozenset(), every, *([every - {word} for word in sorted(every)] if thorough else [])]


class Tuples:
    """Every tuple of facts, by its number; sets are empty or full."""

    def __init__(self, plan: Plan) -> None:
        self._role = plan.role
        names = [name for name in plan.declared if name not in ("side", "role")]
        self._domains = {name: values(plan, name, thorough=False) for name in names}
        self.count = prod(map(len, self._domains.values()))

    def __getitem__(self, place: int) -> Facts:
        row = {"role": self._role}
        for name, domain in self._domains.items():
            place, one = divmod(place, len(domain))
            row[name] = domain[one]
        return row


class Unread(Exception):
    """A fact that has no value yet."""


class Read(Mapping[str, Any]):
    """The facts that have a value so far."""

    def __init__(self, given: Facts) -> None:
        self._given = given

    def __getitem__(self, name: str) -> Any:
        try:
            return self._given[name]
        except KeyError:
            raise Unread(name) from None

    def __iter__(self) -> Iterator[str]:
        raise TypeError("read facts by name")

    def __len__(self) -> int:
        raise TypeError("read facts by name")


class ReadKey:
    """The same as a key of the plan."""

    def __init__(self, plan: Plan, facts: Facts) -> None:
        self._plan, self._facts = plan, facts

    def __getitem__(self, place: int) -> Any:
        name = self._plan.order[place]
        return _in_key(self._plan, name, self._facts[name])


def leaves(plan: Plan, answer: Callable[[Facts], Any]) -> Iterator[tuple[Facts, Any]]:
    """Each answer with the facts that it depends on: together they cover every tuple."""
    waiting: list[Facts] = [{"role": plan.role}]
    while waiting:
        given = waiting.pop()
        try:
            found = answer(Read(given))
        except Unread as unread:
            name = str(unread.args[0])
            waiting += [{**given, name: value} for value in reversed(values(plan, name, thorough=True))]
        else:
            yield given, found


def key_of(plan: Plan, facts: Facts) -> tuple[Any, ...]:
    return tuple(_in_key(plan, name, facts[name]) for name in plan.order)


def _in_key(plan: Plan, name: str, value: Any) -> Any:
    return value if plan.declared[name].domain is not None else sum(plan.set_bits[name][word] for word in value)


def differences(plan: Plan, table: Table, changed: Collection[str] = ("read",)) -> Iterator[str]:
    """Where the policy is not the table, a sentence each. Only the answers of the `changed` rules are judged, of `read` all."""
    for rules, part in parts(plan, table):
        if "read" not in changed and not rules & set(changed):
            continue
        for facts, found in leaves(plan, partial(_judged, plan, part)):
            yield from (f"{named(plan, facts)}: {what}" for what in found)


def _judged(plan: Plan, part: Part, facts: Facts) -> list[str]:
    return list(part(ReadKey(plan, facts), facts))


def differences_at(plan: Plan, table: Table, key: Any, facts: Facts) -> Iterator[str]:
    """Where the plan's answers to `key` are not the table's answers to `facts`."""
    for _, part in parts(plan, table):
        yield from (f"{named(plan, facts)}: {what}" for what in part(key, facts))


def parts(plan: Plan, table: Table) -> list[tuple[set[str], Part]]:
    """All that plan and table say: of the row, and of its fields and words where it is there or absent. With the rules of each."""
    viewer = VIEWERS[plan.kind.name, plan.role]

    def is_there(facts: Facts) -> bool:
        return table.column_of(viewer, facts) is not None

    def row(key: Any, facts: Facts) -> Iterator[str]:
        if plan.reads(key) != is_there(facts):
            yield f"the row is {'absent' if is_there(facts) else 'there'}, the table says otherwise"

    def only(there: bool | None, part: Part) -> Part:
        """The part where both agree on the row: a fault of the row is named once. Contradicting facts are judged for it alone."""

        def judged(key: Any, facts: Facts) -> Iterator[str]:
            if plan.reads(key) == is_there(facts) and there in (None, is_there(facts)) and table.possible(facts):
                yield from part(key, facts)

        return judged

    def fields(key: Any, facts: Facts) -> Iterator[str]:
        yield from _of_fields(plan, key, table.denials(viewer, facts) or {})

    def hidden(name: str, key: Any, facts: Facts) -> Iterator[str]:
        reason = (table.denials(viewer, facts) or {}).get(name)
        seen = plan.mask(key) & plan.bits[name]
        if reason is not None and not seen and (given := plan.reason(key, name)) != reason:
            yield f"{name} is hidden for {given}, not for {reason}"

    def words(rule: str, words_of: WordsOf, key: Any, facts: Facts) -> Iterator[str]:
        given, wanted = set(plan.words(rule, key)), set(words_of(viewer, facts))
        if given != wanted:
            yield f"{rule} gains {sorted(given - wanted)}, loses {sorted(wanted - given)}"

    def first(rule: str, word_of: Callable[[str, Facts], str | None], key: Any, facts: Facts) -> Iterator[str]:
        if (found := plan.first(rule, key)) != (word := word_of(viewer, facts)):
            yield f"{rule} is {found}, not {word}"

    def why(rule: str, action: str, key: Any, facts: Facts) -> Iterator[str]:
        whys = table.whys[rule](viewer, facts)
        if (found := plan.first(rule, key, action)) != whys.get(action):
            yield f"{rule} {action}: {found}, not {whys.get(action)}"

    def unknown(rule: str, key: Any, facts: Facts) -> Iterator[str]:
        for action, word in table.whys[rule](viewer, facts).items():
            if action not in _actions(plan, rule):
                yield f"{rule} {action}: None, not {word}"

    def held(rule: str, does: Callable[[str, Facts], bool], key: Any, facts: Facts) -> Iterator[str]:
        if (found := holds(plan, rule, key)) != does(viewer, facts):
            yield f"{rule} {'holds' if found else 'does not hold'}, the table says otherwise"

    see = {"see", "hidden_because"}
    return [
        ({"read"}, row),
        ({"see", "may", "notify"}, only(False, lambda key, facts: _of_nothing(plan, key))),
        ({"see"}, only(True, fields)),
        *((see, only(True, partial(hidden, name))) for name in plan.bits),
        *(({rule}, only(True, partial(words, rule, words_of))) for rule, words_of in table.words.items()),
        *(({rule}, only(None, partial(words, rule, words_of))) for rule, words_of in table.unseen.items()),
        *(({rule}, only(True, partial(first, rule, word_of))) for rule, word_of in table.firsts.items()),
        *(
            ({rule}, only(True, partial(why, rule, each)))
            for rule in table.whys
            for each in sorted(_actions(plan, rule))
        ),
        *(({rule}, only(True, partial(unknown, rule))) for rule in table.whys),
        *(({rule}, only(True, partial(held, rule, does))) for rule, does in table.holds.items()),
        *(({"may", "idle", "refuses"}, only(True, partial(_unnamed, plan, action))) for action in sorted(_ever(plan))),
    ]


def _actions(plan: Plan, rule: str) -> set[str]:
    return {str(words[0]) for words in plan.decisions[rule].sums}


def _seen(plan: Plan, key: tuple[Any, ...]) -> frozenset[str]:
    """The visible fields; those of each mask are worked out once."""
    mask = plan.mask(key)
    found: frozenset[str] = plan.keep(
        ("seen", mask), lambda: frozenset(name for name, bit in plan.bits.items() if mask & bit)
    )
    return found


def _of_nothing(plan: Plan, key: Any) -> Iterator[str]:
    """Of a row that is not there no field is visible, nothing may be done and nobody is told, even if somebody forgot the scope."""
    if seen := _seen(plan, key):
        yield f"the row is absent, and yet its {sorted(seen)} are visible"
    for rule in ("may", "notify"):
        if rule in plan.decisions and (words := plan.words(rule, key)):
            yield f"the row is absent, and yet {rule} gives {words}"


def _of_fields(plan: Plan, key: Any, expected: Denials) -> Iterator[str]:
    seen, wanted = _seen(plan, key), frozenset(name for name, reason in expected.items() if reason is None)
    if seen != wanted:
        yield f"gains {sorted(seen - wanted)}, loses {sorted(wanted - seen)}"


def _unnamed(plan: Plan, action: str, key: Any, facts: Facts) -> Iterator[str]:
    """What the viewer may do at times and not now is refused with a rule's name (§4.5)."""
    may = any(action in plan.words(rule, key) for rule in ("may", "idle") if rule in plan.decisions)
    if not may and plan.first("refuses", key, action) is None:
        yield f"{action} is refused and no rule says why"


def _ever(plan: Plan) -> frozenset[str]:
    if "may" not in plan.decisions:
        return frozenset()
    actions = {str(words[-1]) for words in plan.decisions["may"].sums}
    found: frozenset[str] = plan.keep("ever", lambda: frozenset(each for each in actions if plan.can_ever("may", each)))
    return found


def holds(plan: Plan, rule: str, key: Any, *words: str) -> bool:
    """A rule without words, or one of two words, from its sum: for these no function that lists all is generated."""
    return any(
        all(_allows(plan, name, plan.value(key, name), allowed) for name, allowed in cube.items())
        for cube in plan.sum(rule, *words)
    )


def _allows(plan: Plan, name: str, value: Any, allowed: frozenset[Any]) -> bool:
    if plan.declared[name].domain is not None:
        return value in allowed
    return all(value & plan.set_bits[name][word] for word in allowed)


def named(plan: Plan, facts: Facts) -> str:
    """The viewer and the facts that can differ, for a failure that is understood without a debugger."""
    told = ", ".join(f"{name}={_told(plan, name, value)}" for name, value in facts.items() if name in plan.facts)
    return f"{VIEWERS[plan.kind.name, plan.role]} {plan.type_name}({told})"


def _told(plan: Plan, name: str, value: Any) -> Any:
    if plan.declared[name].domain is not None:
        return value
    missing = sorted(set(plan.set_bits[name]) - value)
    return "all" if not missing else f"all but {missing[0]}" if len(missing) == 1 else "none"
