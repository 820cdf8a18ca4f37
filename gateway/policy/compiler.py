"""Compiles the Polar text, once per policy version.

It uses two oso instances: one evaluates rules over rows, symbolically only; the other evaluates rules over facts only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, make_dataclass
from itertools import combinations, groupby
from typing import Any, Final

import sqlalchemy as sa
from oso import Oso, Relation, Variable
from polar.exceptions import OsoError
from polar.expression import Expression, Pattern

from gateway.policy.cubes import Sum, small
from gateway.policy.errors import PolicyError, UnknownFact, UnsupportedShape
from gateway.policy.partial import Branch, Cube, Param, cube, row_at, row_branches
from gateway.policy.rows import Row
from gateway.policy.text import PolicyText, Rule, head_arguments
from gateway.policy.vocabulary import QUIET, Fact, Kind, Vocabulary

Word = str | None
"""A rule's word, or None if the rule holds for every word."""

_FACTS: Final = "Facts"

_ARITIES: Final = {"read": 0, "see": 1, "hidden_because": 2, "refuses": 2}
"""The number of words after the facts in the rules that the engine itself evaluates."""


@dataclass(frozen=True, slots=True)
class Decision:
    """All rules of one name over one type: words and their conditions, in the order of the text.

    The order matters where only the first word that holds is used.
    """

    name: str
    arity: int
    cases: tuple[tuple[tuple[Word, ...], Sum], ...]
    sums: Mapping[tuple[Word, ...], Sum]  # the same, one sum for each combination of words


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled policy. Only `oracle`, which evaluates Polar concretely for proofs, still uses oso."""

    facts: Mapping[tuple[str, str, str], list[Branch]]  # (viewer kind, type, fact)
    words: Mapping[tuple[str, str], tuple[str, ...]]  # (type, set fact) -> its words, each at its bit
    decisions: Mapping[tuple[str, str], Decision]  # (type, rule)
    grounds: Mapping[tuple[str, str], tuple[str, ...]]  # (type, field) -> statement IDs
    lasting: frozenset[str]  # reasons of fields that no change can open
    oracle: "Oracle"


def compile_text(text: PolicyText, vocabulary: Vocabulary, rows: Mapping[str, Row]) -> Compiled:
    """Compile the whole policy. PolicyError, with file, line and rule, if it is wrong."""
    _check_heads(text, vocabulary, rows)
    oracle = Oracle(text, vocabulary, rows)
    facts = dict(_facts(text, vocabulary, rows))
    words = _words(facts, vocabulary, rows)
    decisions = dict(_decisions(text, vocabulary, words, oracle.oso))
    for type_name in vocabulary.facts:
        if (type_name, "read") not in decisions:
            raise PolicyError(f"{type_name}: there is no rule read(f: {type_name}{_FACTS})")
    return Compiled(facts, words, decisions, oracle.grounds(), oracle.lasting(), oracle)


# ---- heads


def _check_heads(text: PolicyText, vocabulary: Vocabulary, rows: Mapping[str, Row]) -> None:
    """Check the heads of all rules.

    A helper with a typed head that is called on a related row has no branch: it would silently deny.
    """
    for rule in text.rules:
        for kind in filter(None, rule.kinds):
            if kind in vocabulary.kinds or (kind.endswith(_FACTS) and kind.removesuffix(_FACTS) in vocabulary.facts):
                continue
            if kind not in rows:
                raise PolicyError(f"{rule.place}: there is no type `{kind}`")
            if rule.name != "fact":
                raise PolicyError(
                    f"{rule.place}: a helper's head must not be typed on a row: Polar would silently deny it for `{kind}`"
                )
        if rule.name == "fact":
            _check_fact_head(rule, vocabulary, rows)


def _check_fact_head(rule: Rule, vocabulary: Vocabulary, rows: Mapping[str, Row]) -> None:
    type_name = rule.kinds[2] if len(rule.kinds) == 4 else None
    if type_name is None or type_name not in rows or rule.kinds[0] not in (None, *vocabulary.kinds):
        raise PolicyError(f"{rule.place}: a fact is written as fact(viewer, name, row: Type, value)")
    declared = {*vocabulary.facts.get(type_name, ()), *vocabulary.columns.get(type_name, ())}
    for name in fact_names(rule):
        if name not in declared:
            raise PolicyError(f"{rule.place}: {type_name} has no fact `{name}` in the vocabulary")


def fact_names(rule: Rule) -> list[str]:
    """The facts that one fact rule derives: the constant in its head, or the list that contains its name.

    PolicyError if there is neither.
    """
    name = head_arguments(rule.source)[1]
    if name.startswith('"'):
        return [name.strip('"')]
    listed = re.search(rf"\b{re.escape(name)}\s+in\s+\[([^\]]*)\]", rule.source)
    if listed is None:
        raise PolicyError(f"{rule.place}: the fact's name must be a word or `in` a list of words")
    return re.findall(r'"([^"]+)"', listed[1])


# ---- layer 1


def _facts(
    text: PolicyText, vocabulary: Vocabulary, rows: Mapping[str, Row]
) -> Iterator[tuple[tuple[str, str, str], list[Branch]]]:
    oso = _row_oso(text, vocabulary, rows)
    derived: dict[tuple[str, str], list[Rule]] = {}
    for rule in text.rules:
        for name in fact_names(rule) if rule.name == "fact" else ():
            derived.setdefault((str(rule.kinds[2]), name), []).append(rule)
    for (type_name, name), rules in derived.items():
        fact = vocabulary.facts[type_name].get(name)
        for kind in vocabulary.kinds.values():
            mine = [rule for rule in rules if rule.kinds[0] in (None, kind.name)]
            if not mine:
                continue
            lines = ", ".join(f"{rule.file}:{rule.line}" for rule in mine)
            place = f"{lines}: fact({kind.name}, {name!r}, {type_name})"
            branches = _ask_rows(oso, kind, name, type_name, rows, place)
            if not branches and any(rule.kinds[0] for rule in mine):
                raise PolicyError(f"{place}: no branch is left of this rule, so it would never hold")
            if branches:
                _check_values(branches, fact, rows[type_name], rows)
                yield (kind.name, type_name, name), branches
    for type_name, facts in vocabulary.facts.items():
        for name in facts:
            if (type_name, name) not in derived:
                raise PolicyError(f"vocabulary.polar: no rule derives the fact {type_name}.{name}")


def _check_values(branches: list[Branch], fact: Fact | None, root: Row, rows: Mapping[str, Row]) -> None:
    """Check that the values from SQL are in the declared domain. Otherwise Polar, the SQL and the masks could disagree."""
    for branch in branches:
        if branch.value is True:
            if fact is None or not fact.is_boolean:
                raise PolicyError(
                    f"{branch.place}: the rule gives true, but the fact is declared with other values than true"
                )
            continue
        row = row_at(branch, branch.value.node, root, rows)
        column = row.column(branch.value.column, branch.place)
        if fact is None or fact.domain is None:
            continue  # only displayed, or a set, whose words are the column's
        if fact.is_boolean:
            fits = isinstance(column.type, sa.Boolean)
        else:
            limits = [c.right for c in branch.conditions if c.left == branch.value and c.operator == "In"]
            words = frozenset[Any](row.words.get(column.name, ())).intersection(*limits)
            fits = bool(words) and words <= {*fact.domain}
        if not fits:
            raise PolicyError(
                f"{branch.place}: {row.name}.{column.name} holds more values than the fact: {list(fact.domain)}"
            )


def _row_oso(text: PolicyText, vocabulary: Vocabulary, rows: Mapping[str, Row]) -> Oso:
    oso = Oso()
    for row in rows.values():
        fields: dict[str, Any] = {column.name: _python_type(column) for column in row.table.columns}
        fields |= {
            name: Relation("many" if way.many else "one", way.target, way.local, way.remote)
            for name, way in row.ways.items()
        }
        oso.register_class(type(row.name, (), {}), name=row.name, fields=fields)
    for kind in vocabulary.kinds.values():
        oso.register_class(_viewer_class(kind), name=kind.name)
    for type_name in vocabulary.facts:
        oso.register_class(type(type_name + _FACTS, (), {}), name=type_name + _FACTS)
    _load(oso, text)
    return oso


_CLASSES: dict[Kind, type] = {}


def _viewer_class(kind: Kind) -> type:
    """The class of a viewer of this kind whose attributes are all symbolic."""

    def symbolic(self: Any) -> None:
        for name in kind.params:
            setattr(self, name, Param(name))

    return _CLASSES.setdefault(kind, type(kind.name, (), {"__slots__": kind.params, "__init__": symbolic}))


def _ask_rows(oso: Oso, kind: Kind, name: str, type_name: str, rows: Mapping[str, Row], place: str) -> list[Branch]:
    viewer = _viewer_class(kind)()
    try:
        results = list(
            oso.query_rule(
                "fact",
                viewer,
                name,
                Variable("row"),
                Variable("value"),
                bindings=_isa("row", type_name),
                accept_expression=True,
            )
        )
    except UnsupportedShape as error:  # from a Param, which does not know its place in the text
        raise UnsupportedShape(f"{place}: {error}") from error
    except (OsoError, AttributeError) as error:
        raise PolicyError(f"{place}: {error}") from error
    return row_branches(results, rows[type_name], rows, place)


def _python_type(column: sa.Column[Any]) -> type:
    if "words" in column.info:
        return list
    return {sa.Integer: int, sa.BigInteger: int, sa.Boolean: bool}.get(type(column.type), str)


def _words(
    facts: Mapping[tuple[str, str, str], list[Branch]], vocabulary: Vocabulary, rows: Mapping[str, Row]
) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for (kind, type_name, name), branches in facts.items():
        fact = vocabulary.facts[type_name].get(name)
        if fact is not None and fact.domain is None:
            words = _set_words(branches, rows[type_name], rows, f"{type_name}.{name}")
            if found.setdefault((type_name, name), words) != words:
                raise PolicyError(
                    f"{type_name}.{name}: its words for {kind} differ from those for other kinds of viewer"
                )
    return found


# ---- layer 2


def _decisions(
    text: PolicyText, vocabulary: Vocabulary, words: Mapping[tuple[str, str], tuple[str, ...]], oso: Oso
) -> Iterator[tuple[tuple[str, str], Decision]]:
    arities: dict[tuple[str, str], int] = {}
    for rule in text.rules:
        first = rule.kinds[0] if rule.kinds else None
        if first is None or not first.endswith(_FACTS):
            continue
        key, arity = (first.removesuffix(_FACTS), rule.name), len(rule.kinds) - 1
        if arities.get(key, _ARITIES.get(rule.name, arity)) != arity:
            raise PolicyError(f"{rule.place}: another rule of this name has a different number of words than {arity}")
        if key not in arities:
            arities[key] = arity
            yield key, _decision(rule, key[0], vocabulary, words, oso)


def _decision(
    rule: Rule, type_name: str, vocabulary: Vocabulary, all_words: Mapping[tuple[str, str], tuple[str, ...]], oso: Oso
) -> Decision:
    facts = facts_of(vocabulary, type_name)
    words = {name: all_words[type_name, name] for name, fact in facts.items() if fact.domain is None}
    names = [f"w{index}" for index in range(len(rule.kinds) - 1)]
    found: list[tuple[tuple[Word, ...], Cube]] = []
    for bindings in _ask_facts(oso, rule, type_name, names):
        branch = cube(bindings["f"], facts, words, rule.place)
        if branch is not None:
            found.append((tuple(_word(bindings[name], rule) for name in names), branch))
            if names and found[-1][0][-1] is None:
                raise UnsupportedShape(f"{rule.place}: its last word may be any word: write the word itself")
    if not found:
        raise PolicyError(f"{rule.place}: no branch is left of this rule, so it would never hold")
    cases = [(case, small([c for _, c in group], facts)) for case, group in groupby(found, key=lambda item: item[0])]
    sums = {case: small([c for other, c in found if other == case], facts) for case, _ in found}
    _one_word_per_set(sums, words, rule)
    return Decision(rule.name, len(names), tuple(cases), sums)


def _ask_facts(oso: Oso, rule: Rule, type_name: str, names: list[str]) -> list[dict[str, Any]]:
    try:
        results = oso.query_rule(
            rule.name,
            Variable("f"),
            *map(Variable, names),
            bindings=_isa("f", type_name + _FACTS),
            accept_expression=True,
        )
        return [result["bindings"] for result in results]
    except (OsoError, AttributeError) as error:
        raise PolicyError(f"{rule.place}: {error}") from error


def _word(value: Any, rule: Rule) -> Word:
    if isinstance(value, Variable):
        return None
    if isinstance(value, str):
        return value
    raise UnsupportedShape(f"{rule.place}: a rule's word must be a string, and this word is {value!r}")


def _one_word_per_set(sums: Mapping[tuple[Word, ...], Sum], words: Mapping[str, Any], rule: Rule) -> None:
    """Check that in one situation a case tests at most one word of each set.

    This is why a proof with each set empty and full covers all sets.
    """
    for case, total in sums.items():
        for one, other in combinations(total, 2):
            if any(not one[name] & other[name] for name in one.keys() & other.keys() - words.keys()):
                continue  # never both in one situation
            for name in one.keys() & other.keys() & words.keys():
                if one[name] != other[name]:
                    tested = sorted(map(str, one[name] | other[name]))
                    raise UnsupportedShape(
                        f"{rule.place}{case}: tests {tested} of the set {name} in one situation; only one word is supported"
                    )
        if any(len(found[name]) > 1 for found in total for name in found.keys() & words.keys()):
            raise UnsupportedShape(f"{rule.place}{case}: tests two words of one set")


def facts_of(vocabulary: Vocabulary, type_name: str) -> dict[str, Fact]:
    """The declared facts of a type, and the viewer's side and role."""
    return {
        "side": Fact("side", vocabulary.sides),
        "role": Fact("role", vocabulary.roles),
        **vocabulary.facts[type_name],
    }


def _set_words(branches: list[Branch], root: Row, rows: Mapping[str, Row], place: str) -> tuple[str, ...]:
    """The words of a set fact, which are those of its column. PolicyError if it does not come from one column of words."""
    found = set()
    for branch in branches:
        row = row_at(branch, branch.value.node, root, rows)
        found.add(tuple(row.column(branch.value.column, place).info.get("words", ())))
    if len(found) != 1 or found == {()}:
        raise PolicyError(f"{place}: a set must come from one column of words")
    return found.pop()


def _isa(variable: str, type_name: str) -> dict[str, Any]:
    return {variable: Expression("And", [Expression("Isa", [Variable(variable), Pattern(type_name, {})])])}


def _load(oso: Oso, text: PolicyText) -> None:
    try:
        oso.load_str(text.decisions + QUIET)
    except OsoError as error:
        message = str(error).split("Get help with Oso")[0].strip()
        # Oso counts the lines of all files together.
        short = re.sub(r" at line [0-9]+.*", "", message, flags=re.DOTALL)
        raise PolicyError(f"{_where(text, message)}: {short}") from error


def _where(text: PolicyText, message: str) -> str:
    """The file and line of an error in the joined text."""
    found = re.search(r"line (\d+)", message)
    line = int(found[1]) if found else 1
    for name, source in text.files.items():
        if name == "vocabulary.polar":
            continue
        count = source.count("\n") + 1
        if line <= count:
            return f"{name}:{line}"
        line -= count
    return "policy"


# ---- the oracle


class Oracle:
    """Evaluates Polar concretely over facts, to prove the compiled forms. Requests never use it."""

    def __init__(self, text: PolicyText, vocabulary: Vocabulary, rows: Mapping[str, Row]) -> None:
        self.oso = Oso()
        self.text = text
        self.vocabulary = vocabulary
        self.classes: dict[str, type] = {}
        for row in rows.values():
            self.oso.register_class(type(row.name, (), {"__slots__": ()}), name=row.name)
        for kind in vocabulary.kinds.values():
            self.oso.register_class(type(kind.name, (), {"__slots__": ()}), name=kind.name)
        for type_name in vocabulary.facts:
            facts = facts_of(vocabulary, type_name)
            self.classes[type_name] = _facts_class(type_name + _FACTS, list(facts))
            fields = {name: _kind_of(fact) for name, fact in facts.items()}
            self.oso.register_class(self.classes[type_name], name=type_name + _FACTS, fields=fields)
        _load(self.oso, text)

    def ask(self, type_name: str, rule: str, arity: int, values: Mapping[str, Any]) -> list[tuple[Word, ...]]:
        """The words for which `rule` holds with these facts, in the order of the text. Missing facts have their default."""
        facts = facts_of(self.vocabulary, type_name)
        complete = {
            name: values.get(name, () if fact.domain is None else fact.domain[0]) for name, fact in facts.items()
        }
        subject = self.classes[type_name](**complete)
        names = [f"w{index}" for index in range(arity)]
        found = []
        for result in self.oso.query_rule(rule, subject, *map(Variable, names)):
            values_of = [result["bindings"][name] for name in names]
            found.append(tuple(None if isinstance(value, Variable) else value for value in values_of))
        return list(dict.fromkeys(found))

    def lasting(self) -> frozenset[str]:
        """The reasons of fields that no change can open. A policy may have none."""
        if "lasting" not in {rule.name for rule in self.text.rules}:
            return frozenset()
        return frozenset(result["bindings"]["reason"] for result in self.oso.query_rule("lasting", Variable("reason")))

    def grounds(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """The statement IDs that each field rests on."""
        names = ("type", "field", "ids")
        found = {}
        for result in self.oso.query_rule("grounds", *map(Variable, names)):
            row, field, ids = (result["bindings"][name] for name in names)
            if not isinstance(ids, list) or not all(isinstance(word, str) for word in (row, field, *ids)):
                raise PolicyError(
                    f"grounds({row!r}, {field!r}, {ids!r}): the arguments must be a type, a field and a list of statement IDs"
                )
            found[row, field] = tuple(ids)
        return found


def _kind_of(fact: Fact) -> type:
    if fact.domain is None:
        return list
    return bool if fact.is_boolean else str


def _facts_class(name: str, fields: list[str]) -> type:
    def unknown(self: object, attribute: str) -> Any:
        raise UnknownFact(f"{name}: the policy reads the undeclared fact {attribute!r}")

    return make_dataclass(name, fields, frozen=True, slots=True, namespace={"__getattr__": unknown})
