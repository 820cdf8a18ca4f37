"""The text of the policy: its files, the heads of its rules, and a lint for Polar constructs that a policy must not use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateway.policy.errors import PolicyError

VOCABULARY: Final = "vocabulary.polar"

# Polar constructs that a policy must not use, each with its harm.
_BANNED: Final = {
    r"\bcut\b": "`cut` silently drops the rules after it",
    r"\bnew\b": "`new` creates objects that are in no table",
    r"\bprint\b": "`print` writes data of rows to the log",
    r"\bdebug\b": "`debug` stops the server",
    r"\bforall\b": "`forall` cannot be compiled",
    r"\bnot\b": "`not` over a row is true if the row is missing; write what is allowed",
    r"\bmatches\b": "`matches` tests for a Python class",
    r"\.\s*\w+\s*\(": "a method call runs Python for each row",
    r"[{}]": "resource blocks define their own rules, and patterns test attributes that only a Python object has",
    # Polar's partial evaluation forgets an equality of two variables that are columns: the rule would hold more often.
    r"(?<![\w.])(?!(?:true|false|nil)\b)[a-z_]\w*\s*==?\s*(?!(?:true|false|nil)\b)[a-z_]\w*\b(?!\s*[.(])": "Polar forgets an equality "
    "of two variables if both are columns; write the column itself",
    r"\[(?!(?:[\s,\-\d]|\"\s*\"|\b(?:true|false|nil)\b)*\])": "a list may contain constants only; Polar forgets others",
    r"\ballow(?:_field|_request)?\s*\(": "oso's own rule names require oso's own arguments",
}


_GLUE: Final = {"if", "and", "or", "in"}  # keywords of Polar that a parenthesis may follow


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file. `kinds` are the specializers of its arguments, None for an argument without one."""

    file: str
    line: int
    name: str
    source: str
    kinds: tuple[str | None, ...]

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}: {self.name}"


@dataclass(frozen=True, slots=True)
class PolicyText:
    """All files of one policy, in order, with their rules and their version, which is a hash of the whole text."""

    files: dict[str, str]
    rules: tuple[Rule, ...]
    version: str

    @property
    def vocabulary(self) -> str:
        return self.files[VOCABULARY]

    @property
    def decisions(self) -> str:
        return "\n".join(text for name, text in self.files.items() if name != VOCABULARY)


def read_folder(folder: Path) -> PolicyText:
    """The policy in `folder`. PolicyError if there is none or if it uses a forbidden construct."""
    try:
        found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.polar"))}
    except OSError as error:
        raise PolicyError(f"{folder}: the policy cannot be read: {error}") from error
    files = {name: _decoded(name, content) for name, content in found.items()}
    if VOCABULARY not in files:
        raise PolicyError(f"{folder}: there is no {VOCABULARY}")
    return of_files(files)


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PolicyError(f"{name}:{line}: the file is not in UTF-8") from error


def of_files(files: dict[str, str]) -> PolicyText:
    rules = tuple(rule for name, text in files.items() for rule in _rules(name, text))
    for rule in rules:
        _lint(rule)
    _check_calls(rules)
    version = sha256("\0".join(f"{name}\0{text}" for name, text in sorted(files.items())).encode()).hexdigest()[:16]
    return PolicyText(files, rules, version)


def _rules(file: str, text: str) -> Iterator[Rule]:
    """The rules of a file. A rule ends with a semicolon outside strings and comments. Polar checks the grammar later."""
    bare = _without_comments(text)
    start = 0
    for end in (match.start() for match in re.finditer(";", _without_strings(bare))):
        source = bare[start:end].strip()
        line = bare.count("\n", 0, start + len(bare[start:end]) - len(bare[start:end].lstrip())) + 1
        start = end + 1
        head = re.match(r"(\w+)\s*\(", source)
        # Continuation lines of a rule are indented; a call in the first column starts a new rule.
        if again := re.search(r"\n(?=\w+\s*\()", source):
            at = line + source.count("\n", 0, again.start())
            raise PolicyError(
                f"{file}:{at}: this rule does not end with a semicolon: {head[1] if head else source[:40]!r}"
            )
        if head is None:
            raise PolicyError(f"{file}:{line}: this is not a rule: {source.splitlines()[0][:60]!r}")
        yield Rule(file, line, head[1], source, _kinds(source))
    if rest := bare[start:].strip():
        line = bare.count("\n", 0, bare.index(rest, start)) + 1
        raise PolicyError(f"{file}:{line}: the last rule does not end with a semicolon: {rest.splitlines()[0][:60]!r}")


def _without_comments(text: str) -> str:
    blank = _without_strings(text)
    lines = []
    for line, shadow in zip(text.split("\n"), blank.split("\n"), strict=True):
        at = shadow.find("#")
        lines.append(line if at < 0 else line[:at])
    return "\n".join(lines)


def _without_strings(text: str) -> str:
    """The text with its strings blanked, at the same length. A comment may contain quotes, so one pattern matches both."""
    return re.sub(r'"(?:\\.|[^"\\\n])*"|#[^\n]*', _blank, text)


def _blank(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("#") else '"' + " " * (len(match[0]) - 2) + '"'


def _kinds(source: str) -> tuple[str | None, ...]:
    arguments = head_arguments(source)
    return tuple(found[1] if (found := re.match(r"\w+\s*:\s*(\w+)$", argument)) else None for argument in arguments)


def head_arguments(source: str) -> list[str]:
    """The arguments of a rule's head as text."""
    depth, current, found = 0, "", []
    shadow = _without_strings(source)
    for char, plain in zip(source[source.index("(") :], shadow[source.index("(") :], strict=True):
        if plain in "([":
            depth += 1
            if depth == 1:
                continue
        if plain in ")]":
            depth -= 1
            if depth == 0:
                break
        if plain == "," and depth == 1:
            found.append(current.strip())
            current = ""
        else:
            current += char
    return [*found, current.strip()] if current.strip() else found


def _check_calls(rules: tuple[Rule, ...]) -> None:
    """Check the calls of all rules.

    A call with a wrong number of arguments would silently deny, and a circular call would not terminate.
    """
    defined = {(rule.name, len(rule.kinds)) for rule in rules}
    places = {rule.name: rule.place for rule in rules}
    calls: dict[str, set[str]] = {}
    for rule in rules:
        for name, arity in _calls(rule.source):
            if (name, arity) not in defined:
                raise PolicyError(f"{rule.place}: no rule `{name}` takes {arity} arguments")
            calls.setdefault(rule.name, set()).add(name)
    try:
        TopologicalSorter(calls).prepare()
    except CycleError as error:
        raise PolicyError(
            f"{places[error.args[1][0]]}: rules call each other in a circle: {' <- '.join(error.args[1])}"
        ) from error


def _calls(source: str) -> Iterator[tuple[str, int]]:
    """The name and number of arguments of each call in a rule. The first match is the head and not a call."""
    found = [match for match in re.finditer(r"(?<![\w.])(\w+)\s*\(", _without_strings(source)) if match[1] not in _GLUE]
    return ((match[1], len(head_arguments(source[match.start() :]))) for match in found[1:])


def _lint(rule: Rule) -> None:
    shadow = _without_strings(rule.source)
    for pattern, harm in _BANNED.items():
        if re.search(pattern, shadow):
            raise PolicyError(f"{rule.place}: {harm}")
    variables = [name for name in map(_variable, head_arguments(rule.source)) if name not in (None, "_")]
    if len(set(variables)) < len(variables):
        raise PolicyError(f"{rule.place}: one variable twice in a head is an equality that Polar forgets")


def _variable(argument: str) -> str | None:
    """The variable of an argument of a head, with or without a type; None if the argument is not a variable."""
    found = re.fullmatch(r"([a-z_]\w*)\s*(?::.*)?", argument, re.DOTALL)
    return found[1] if found and found[1] not in ("true", "false", "nil") else None
