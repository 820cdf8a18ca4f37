"""A compiled policy and its plans. For a changed text, a new Policy is checked and then replaces the old one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from gateway.caches import Cache
from gateway.policy.compiler import Compiled, compile_text
from gateway.policy.plan import MAX_BUILT, Built, Plan, Tally
from gateway.policy.rows import Row
from gateway.policy.text import PolicyText, of_files, read_folder
from gateway.policy.vocabulary import Vocabulary, read_vocabulary


class Policy:
    """A policy for viewers: objects whose class name is a kind of the vocabulary and which have a `role`."""

    def __init__(self, text: PolicyText, rows: Mapping[str, Row]) -> None:
        self.text = text
        self.rows = rows
        self.vocabulary: Vocabulary = read_vocabulary(text.vocabulary)
        self.compiled: Compiled = compile_text(text, self.vocabulary, rows)
        self._plans: dict[tuple[str, str, str], Plan] = {}
        self._built: Built = Cache(MAX_BUILT)
        self.tally = Tally()

    @classmethod
    def load(cls, folder: Path, rows: Mapping[str, Row]) -> Self:
        """The policy in `folder`. PolicyError, with file, line and rule, if it is wrong."""
        return cls(read_folder(folder), rows)

    @classmethod
    def of(cls, files: dict[str, str], rows: Mapping[str, Row]) -> Self:
        return cls(of_files(files), rows)

    @property
    def version(self) -> str:
        return self.text.version

    @property
    def types(self) -> list[str]:
        """The types that the policy decides on."""
        return [type_name for type_name, rule in self.compiled.decisions if rule == "read"]

    def plan(self, viewer: Any, type_name: str) -> Plan:
        """The plan for this viewer's role. The viewer's own values are parameters of its statements."""
        return self.plan_for(type(viewer).__name__, viewer.role, type_name)

    def plan_for(self, kind: str, role: str, type_name: str) -> Plan:
        key = (kind, role, type_name)
        self.tally.lookups += 1
        found = self._plans.get(key)
        if found is None:
            self.tally.plans += 1
            found = self._plans[key] = Plan(
                self.vocabulary.kinds[kind],
                role,
                self.rows[type_name],
                self.compiled,
                self.vocabulary,
                self.rows,
                self.tally,
                self._built,
            )
        return found

    def plans(self) -> list[Plan]:
        """The plans of every role of every kind for every type."""
        return [
            self.plan_for(kind.name, role, type_name)
            for kind in self.vocabulary.kinds.values()
            for role in kind.roles
            for type_name in self.types
        ]

    def bits(self, type_name: str) -> dict[str, int]:
        """The bit of each field of a type, equal for every viewer."""
        kind = next(iter(self.vocabulary.kinds.values()))
        return self.plan_for(kind.name, kind.roles[0], type_name).bits

    def grounds(self, type_name: str, field: str) -> tuple[str, ...]:
        """The statement IDs that a field's visibility rests on."""
        return self.compiled.grounds.get((type_name, field), ())
