"""Every single edit of a policy's text that a person might make by mistake, generated from the text itself."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

from gateway.policy.policy import Policy
from gateway.policy.rows import Row
from gateway.policy.text import VOCABULARY, Rule, head_arguments

ORDERS: Final = ("<", "<=", ">", ">=")
NOT_DECISIONS: Final = {"grounds", "lasting"}
"""Rules that neither give nor take anything: which statements a field rests on, and which reasons no change removes."""

_KEYWORDS: Final = {"if", "and", "or", "in", "nil", "true", "false"}
_TERM: Final = re.compile(r"(?P<left>.+?)\s*(?P<operator><=|>=|!=|=|<|>|\bin\b)\s*(?P<right>.+)", re.DOTALL)
_WORD: Final = re.compile(r'"([^"]*)"')


@dataclass(frozen=True)
class Mutant:
    """The policy with one rule written otherwise."""

    rule: Rule
    edit: str
    source: str  # what replaces the rule: none, one or two rules
    number: int = 1  # of those that have the same name otherwise

    @property
    def name(self) -> str:
        again = f" ({self.number})" if self.number > 1 else ""
        return f"{self.rule.file}: {_title(self.rule)}: {self.edit}{again}"

    @property
    def is_less(self) -> bool:
        """Whether a condition, or the whole rule, is left out: if that changes nothing, the text says too much."""
        return self.edit == "dropped" or self.edit.startswith("without ")


def mutants(policy: Policy) -> list[Mutant]:
    """All of them, in the order of the text; each name is given once."""
    words, found, names = Words(policy), [], dict[str, int]()
    for rule in policy.text.rules:
        if rule.file == VOCABULARY or rule.name in NOT_DECISIONS:
            continue
        for edit, source in dict(edits(rule, words)).items():
            mutant = Mutant(rule, edit, source)
            names[mutant.name] = number = names.get(mutant.name, 0) + 1
            found.append(Mutant(rule, edit, source, number))
    return found


def edits(rule: Rule, words: "Words") -> Iterator[tuple[str, str]]:
    """What is changed, and the rule's text after it."""
    head, terms = head_of(rule.source), conditions(rule.source)
    yield "dropped", ""
    for edit, other in _of_head(rule, head, words):
        yield edit, _joined(other, terms)
    if rule.name == "fact":
        yield from _of_viewer(rule, head, terms, words)
    for index, term in enumerate(terms):
        yield f"without {term}", _joined(head, [*terms[:index], *terms[index + 1 :]])
        for other in _of_term(rule, term, words):
            yield f"{term} -> {other}", _joined(head, [*terms[:index], other, *terms[index + 1 :]])


def _of_head(rule: Rule, head: str, words: "Words") -> Iterator[tuple[str, str]]:
    """A constant of the head becomes its neighbour, `true` becomes `false`."""
    for index, argument in enumerate(head_arguments(head)):
        if argument == "true":
            yield "true -> false", re.sub(r"\btrue\s*\)$", "false)", head)
        elif given := _WORD.fullmatch(argument):
            for other in words.neighbours(words.of_argument(rule, index), [given[1]]):
                yield f'{argument} -> "{other}"', head.replace(argument, f'"{other}"', 1)


def _of_viewer(rule: Rule, head: str, terms: Sequence[str], words: "Words") -> Iterator[tuple[str, str]]:
    """The fact holds for another kind of viewer, for one more kind, or for one kind only of all."""
    first = head_arguments(head)[0]
    variable, _, kind = (part.strip() for part in first.partition(":"))
    for other in words.kinds:
        if other != kind:
            swapped = _joined(head.replace(first, f"{variable}: {other}", 1), terms)
            if not kind or [other] == words.neighbours(words.kinds, [kind]):
                yield f"{first} -> {variable}: {other}", swapped
            if kind:
                yield f"{first} and {variable}: {other}", f"{rule.source};\n{swapped}"


def _of_term(rule: Rule, term: str, words: "Words") -> Iterator[str]:
    """One condition written otherwise."""
    if re.fullmatch(r"\w+\(.*\)", term, re.DOTALL):
        yield from _of_call(term, words)
        return
    found = _TERM.fullmatch(term)
    if found is None:  # a fact that is true
        yield f"{term} = false"
        return
    left, operator, right = found["left"], found["operator"], found["right"]
    if operator == "in" and right.startswith("["):
        listed = _WORD.findall(right)
        if len(listed) > 1:
            for word in listed:
                yield f"{left} in [{_quoted(other for other in listed if other != word)}]"
        for word in words.others(words.of_place(rule, left, listed), listed, all_of_them="." in left):
            yield f"{left} in [{_quoted([*listed, word])}]"
    elif operator in ORDERS:
        yield from (f"{left} {other} {right}" for other in ORDERS if other != operator)
    elif operator == "!=":
        yield f"{left} = {right}"
    elif operator == "=":
        yield f"{left} != {right}"
        if right in ("true", "false"):
            yield f"{left} = {'false' if right == 'true' else 'true'}"
        elif given := _WORD.fullmatch(right):
            known = words.of_place(rule, left, [given[1]])
            for word in words.neighbours(known, [given[1]]):
                yield f'{left} = "{word}"'
            for word in words.others(known, [given[1]], all_of_them=True):
                yield f"{left} in [{_quoted([given[1], word])}]"


def _of_call(term: str, words: "Words") -> Iterator[str]:
    """A constant that is given to a helper becomes another one that this helper is given elsewhere."""
    name = term[: term.index("(")]
    for index, argument in enumerate(head_arguments(term)):
        if given := _WORD.fullmatch(argument):
            for word in words.neighbours(words.given[name, index], [given[1]]):
                yield term.replace(argument, f'"{word}"', 1)


class Words:
    """Which words may stand where: read off the vocabulary, the tables and what the rules say already."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.kinds = list(policy.vocabulary.kinds)
        self.given: dict[tuple[str, int], list[str]] = {}
        for rule in policy.text.rules:
            for name, arguments in calls(rule.source):
                for index, argument in enumerate(arguments):
                    if word := _WORD.fullmatch(argument):
                        known = self.given.setdefault((name, index), [])
                        known.extend([word[1]] if word[1] not in known else [])

    def of_argument(self, rule: Rule, index: int) -> Sequence[str]:
        """What a constant of a rule's head may be: a fact, or a word that rules of this name say."""
        if rule.name == "fact":
            type_name = str(rule.kinds[2])
            columns = self.policy.vocabulary.columns.get(type_name, frozenset())
            return [*self.policy.vocabulary.facts[type_name], *sorted(columns)]
        kind = rule.kinds[0] or ""
        decision = self.policy.compiled.decisions.get((kind.removesuffix("Facts"), rule.name))
        if decision and index:
            return list(dict.fromkeys(str(words[index - 1]) for words in decision.sums if words[index - 1]))
        return self.given.get((rule.name, index), [])

    def of_place(self, rule: Rule, left: str, listed: Sequence[str]) -> Sequence[str]:
        """The words that what stands left of `in` or `=` may be: of its own place, or of the smallest list that has them all."""
        variables = [argument.partition(":")[0].strip() for argument in head_arguments(head_of(rule.source))]
        if left in variables:
            mine = self.of_argument(rule, variables.index(left))
            if {*listed} <= {*mine}:
                return mine
        if row := self._row(rule, left):
            return sorted(row.words.get(left.rpartition(".")[2], ()))
        if left.startswith("f."):
            return self._domain(rule, left.removeprefix("f."))
        fitting = [known for known in self._lists if {*listed} <= {*known}]
        return min(fitting, key=len, default=listed)

    def others(self, known: Sequence[str], listed: Sequence[str], *, all_of_them: bool) -> Sequence[str]:
        """The words that are missing; of long lists, such as the fields of a type, one."""
        return [word for word in known if word not in listed] if all_of_them else self.neighbours(known, listed)

    def neighbours(self, known: Sequence[str], listed: Sequence[str]) -> Sequence[str]:
        """The first word after the last of those listed that is not one of them."""
        known = list(known)
        at = known.index(listed[-1]) if listed[-1] in known else 0
        return [word for word in known[at:] + known[:at] if word not in listed][:1]

    def _domain(self, rule: Rule, fact: str) -> Sequence[str]:
        vocabulary = self.policy.vocabulary
        if fact in ("side", "role"):
            return vocabulary.sides if fact == "side" else vocabulary.roles
        kind = rule.kinds[0]
        types = [kind.removesuffix("Facts")] if kind else list(vocabulary.facts)
        declared = [vocabulary.facts[name][fact].domain for name in types if fact in vocabulary.facts.get(name, {})]
        return [str(word) for word in dict.fromkeys(word for domain in declared for word in domain or ())]

    def _row(self, rule: Rule, left: str) -> Row | None:
        """The row whose column `left` is, walked to from the typed row of a fact."""
        if rule.name != "fact" or "." not in left:
            return None
        types = {head_arguments(rule.source)[2].partition(":")[0].strip(): str(rule.kinds[2])}
        for term in conditions(rule.source):
            if found := re.fullmatch(r"(\w+) (?:in|=) ([\w.]+)", term):
                end = self._walked(types, found[2].split("."))
                types |= {found[1]: end} if end else {}
        end = self._walked(types, left.split(".")[:-1])
        return self.policy.rows.get(end) if end else None

    def _walked(self, types: Mapping[str, str], steps: Sequence[str]) -> str | None:
        at = types.get(steps[0])
        for step in steps[1:]:
            way = self.policy.rows[at].ways.get(step) if at else None
            at = way.target if way else None
        return at

    @cached_property
    def _lists(self) -> list[Sequence[str]]:
        """Every closed list of words that there is."""
        policy = self.policy
        found: list[Sequence[str]] = [sorted(words) for row in policy.rows.values() for words in row.words.values()]
        found += policy.compiled.words.values()
        for decision in policy.compiled.decisions.values():
            for index in range(decision.arity):
                found.append(list(dict.fromkeys(str(words[index]) for words in decision.sums if words[index])))
        for index in {index for _, index in self.given}:
            found += [known for (_, at), known in self.given.items() if at == index]
        return found


# ---- text


def head_of(source: str) -> str:
    return re.split(r"\sif\s", source, maxsplit=1)[0].strip()


def conditions(source: str) -> list[str]:
    """What follows `if`, split at each `and` that is in no bracket."""
    body = source[len(head_of(source)) :].strip().removeprefix("if")
    found, depth = [""], 0
    for word in re.split(r"(\s+|[()\[\]])", body):
        depth += (word in tuple("([")) - (word in tuple(")]"))
        if word == "and" and depth == 0:
            found.append("")
        else:
            found[-1] += word
    return [re.sub(r"\s+", " ", text.strip()) for text in found if text.strip()]


@cache
def calls(source: str) -> list[tuple[str, list[str]]]:
    """Each helper that a rule calls, and the rule itself, with their arguments."""
    shadow = re.sub(r'"[^"]*"', lambda word: "0" * len(word[0]), source)
    found = [call for call in re.finditer(r"(?<![\w.])(\w+)\s*\(", shadow) if call[1] not in _KEYWORDS]
    return [(call[1], head_arguments(source[call.start() :])) for call in found]


def _joined(head: str, terms: Sequence[str]) -> str:
    return _without_lone_variables(f"{head} if {' and '.join(terms)}" if terms else head)


def _without_lone_variables(source: str) -> str:
    """Polar refuses a variable that is named only once; a person who forgot the condition would have written `_`."""
    shadow = re.sub(r'"[^"]*"', lambda found: "0" * len(found[0]), source)
    found = [word for word in re.finditer(r"(?<![\w.])[a-z]\w*\b(?!\s*\()", shadow) if word[0] not in _KEYWORDS]
    once = [word for word in found if sum(other[0] == word[0] for other in found) == 1]
    for word in reversed(once):
        source = f"{source[: word.start()]}_{source[word.end() :]}"
    return source


def _quoted(words: Iterable[Any]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _title(rule: Rule) -> str:
    """The head; rules of one head are told apart by the first word that they list."""
    head = re.sub(r"\s+", " ", head_of(rule.source))
    if listed := re.search(r'(?<![\w.])(\w+) in \["(\w+)"', rule.source):
        head = re.sub(rf"\b{listed[1]}\b(?!\()", f'"{listed[2]}" …', head)
    return head
