"""The gateway with authorization off: the same schema, resolvers, loaders and statements. `python -m benchmarks.peers.open`.

Off means: no field is guarded, no row has a mask, no fact is read beside a row to make one, so no situation is looked up
and nothing is denied. What stays is no authorization but the answer itself: the rows (those of the same scope, chosen in
PostgreSQL; others would be another answer) and the few facts that are shown as values, such as the level and the state
of a collaboration. It is the same code, so it gets faster when the gateway does, and the difference is what deciding
costs. A hidden list is null in the gateway and empty here; nothing else differs.
"""

from typing import Any, Final

from gateway import app
from gateway.cli.main import serve
from gateway.execution.breadth_first import Reader
from gateway.policy import policy
from gateway.policy.cubes import Sum
from gateway.policy.plan import Plan
from gateway.schema import build

ROWS: Final = ("read", "tab", "running")
"""The rules that choose rows for the documents."""
VALUES: Final = ("status", "level", "mode")
"""The rules whose words the documents show: `state`, `level` and `billingMode`."""
EVERYTHING: Final = -1


class OpenPlan(Plan):
    """A plan that knows which rows there are, and of each no more than it shows."""

    def __init__(self, *made_of: Any) -> None:
        super().__init__(*made_of)
        shown = self.asks(*VALUES)
        used = self.asks(*ROWS) | shown | self._columns
        self.order = tuple(name for name in self.facts if name in shown)
        self.asked, self.columns = self.order, self.every_fact()
        self.source = self._joins.source(
            {joined for name in used & set(self.facts) for joined in self.facts[name].joins}
        )
        self._mask = lambda key: EVERYTHING

    def sum(self, rule: str, *words: str) -> Sum:
        """Compiled statements ask this of each field."""
        return ({},) if rule == "see" else super().sum(rule, *words)


def _unmasked(type_name: str, field: str, bit: int, read_in: Any) -> Reader:
    return lambda rows, column: build._each(read_in(column.context), rows)


def _unguarded(type_name: str, field: str, bit: int, inner: Any) -> Any:
    return inner


def take_off() -> None:
    """Put these in the place of what decides, in this process."""
    replace(policy, "Plan", OpenPlan)
    replace(build, "_masked", _unmasked)
    replace(build, "_guarded", _unguarded)
    replace(app, "require_complete", lambda *_: None)  # it asks of each situation what may be seen


def replace(module: Any, name: str, other: Any) -> None:
    if not hasattr(module, name):
        raise RuntimeError(f"{module.__name__} has no {name} any more: this peer must learn where the guards are now.")
    setattr(module, name, other)


def main() -> None:
    take_off()
    serve()


if __name__ == "__main__":
    main()
