"""What the levels of access open, and which kinds of pending work belong to it: for the choice of a grant (H41, H59, V9–V13).

It follows from the policy alone, so it is the same for every caller.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from gateway.context import Info
from gateway.db.enums import KPI_KINDS, LEVELS, SECTIONS
from gateway.policy import Plan, Policy
from gateway.reads.roots import RootOfPolicy

SIDE: Final = "firm"
"""The side that a grant opens something for."""


class OpenSection(NamedTuple):
    section: str
    kinds: list[str]
    levels: list[str]


def sections_of(policy: Policy) -> Sequence[OpenSection]:
    """Each section that a level opens to a firm that works for the client, if the plan has it and all kinds are shared."""
    clients = [plan for plan in policy.plans() if plan.kind.side == SIDE and plan.type_name == "Client"]
    kpis = [plan for plan in policy.plans() if plan.kind.side == SIDE and plan.type_name == "KpiSnapshot"]
    opened = {level: {word for plan in clients for word in plan.words("opens", _at(plan, level))} for level in LEVELS}
    kinds = {kind: _section_of(kpis, kind) for kind in KPI_KINDS}
    return [
        OpenSection(
            section, [kind for kind in KPI_KINDS if kinds[kind] == section], [level.upper() for level in levels]
        )
        for section in SECTIONS
        if (levels := [level for level in LEVELS if section in opened[level]])
    ]


def _section_of(plans: Sequence[Plan], kind: str) -> str | None:
    found = [word for plan in plans for word in plan.words("section", _at(plan, LEVELS[-1], kind=kind))]
    return found[0] if found else None


def _at(plan: Plan, level: str, **more: Any) -> tuple[Any, ...]:
    """The situation of a firm with this level: assigned, all kinds shared, all sections in the plan."""
    facts: dict[str, Any] = {name: sum(words.values()) for name, words in plan.set_bits.items()}
    facts |= {"assigned": True, "approved": True, "collaboration_state": "active", "level": level}
    return plan.supposed(**facts, **more)


def resolve_sections(info: Info) -> Sequence[OpenSection]:
    return sections_of(info.context.policy)


SECTIONS_OF_LEVELS: Final = RootOfPolicy(objects=sections_of)
