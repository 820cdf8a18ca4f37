"""Nothing that outlives a request grows with what callers send, but for caches that are listed here, each with its bound."""

import types
from collections import deque
from collections.abc import AsyncIterator, Iterator
from functools import _lru_cache_wrapper
from importlib import import_module
from itertools import combinations
from pkgutil import walk_packages
from typing import Any, Final
from uuid import UUID
from weakref import WeakValueDictionary

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import gateway
from gateway.app import load_policy, policy_folder
from gateway.auth.access_tokens import MAX_VERIFIED
from gateway.caches import Cache
from gateway.policy import plan as plans
from gateway.settings import Settings
from tests.graph.conftest import Ask, asker

INPUTS: Final = 1_000
FEW: Final = 40  # what the caches may hold here, so that they are full
DOCUMENT_BYTES: Final = 16_384
BOUNDS: Final = {
    "Documents._kept": DOCUMENT_BYTES // 100,  # each of these texts is longer
    "CompiledQueries._operations": DOCUMENT_BYTES // 100,
    "CompiledQueries._compiled": DOCUMENT_BYTES // 100,
    "TokenIssuer._verified": MAX_VERIFIED,
    "Policy._built": FEW,
    "Plan._situations": FEW,
    "Plan._met": FEW,
}
"""Caches of ours that callers fill, by their place."""
FINITE: Final = {
    "declarations.shape_of": "the types with rows",
    "entries._entries": "the inputs of the schema",
    "memberships._of_one_person": "one statement",
    "migrate._older": "the migrations of this package",
    "transport._trusted": "the authorities of the system",
    "proofs._of_machine": "one statement",
    "reports._report_rows": "the two sorts of reports",
    "reports._stored": "the two sorts of reports",
    "reports._upsert": "the two sorts of reports",
}
"""Functions whose results are kept for ever, and what they are asked for."""
SINGLE: Final = (str, bytes, int, float, bool, type(None), UUID, type, types.ModuleType)


@pytest.fixture(scope="module")
async def small(settings: Settings, engine: AsyncEngine) -> AsyncIterator[Ask]:
    """An application of its own, whose caches are small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "MAX_SITUATIONS", FEW)
        narrow = settings.model_copy(
            update={"document_cache_bytes": DOCUMENT_BYTES, "compiled_cache_bytes": DOCUMENT_BYTES}
        )
        policy = load_policy(policy_folder(settings))
        policy._built.most = FEW
        async with asker(narrow, policy, engine) as made:
            yield made


def modules() -> list[types.ModuleType]:
    return [import_module(each.name) for each in walk_packages(gateway.__path__, "gateway.") if _runs(each.name)]


def _runs(name: str) -> bool:
    """Commands and migrations have a process of their own."""
    return not name.endswith("__main__") and ".migrations." not in name


def is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in ("gateway", "starlette")


def parts(thing: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What hangs on a thing, by names that are the same for all of its type."""
    if isinstance(thing, Cache):
        return
    if isinstance(thing, dict):
        yield from ((f"{name}[]", each) for each in [*thing.values()])
    elif isinstance(thing, list | tuple | set | frozenset | deque):
        yield from ((f"{name}[]", each) for each in [*thing])
    elif isinstance(thing, types.MethodType):
        yield name, thing.__self__
        yield name, thing.__func__
    elif isinstance(thing, types.FunctionType):
        cells = zip(thing.__code__.co_freevars, thing.__closure__ or (), strict=False)
        yield from (
            (f"{thing.__qualname__}.{free}", cell.cell_contents) for free, cell in cells if cell != types.CellType()
        )
    elif is_ours(type(thing)):
        owner = type(thing).__name__
        slots = {slot for base in type(thing).__mro__ for slot in getattr(base, "__slots__", ())}
        for attribute in {*getattr(thing, "__dict__", {}), *slots}:
            if hasattr(thing, attribute):
                yield f"{owner}.{attribute}", getattr(thing, attribute)


def sizes(*roots: tuple[str, Any]) -> dict[str, int]:
    """How many items the containers at each place hold together: all that can be reached through things of ours."""
    found: dict[str, int] = {}
    seen: set[int] = set()
    waiting = deque(roots)
    while waiting:
        name, thing = waiting.popleft()
        if isinstance(thing, SINGLE) or id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, Cache | dict | list | set | deque | WeakValueDictionary):
            found[name] = found.get(name, 0) + len(thing)
        elif isinstance(thing, _lru_cache_wrapper) and thing.cache_info().maxsize is None:
            found[name] = thing.cache_info().currsize
        waiting.extend(parts(thing, name))
    return found


def everything(ask: Ask) -> dict[str, int]:
    ours = [
        (f"{module.__name__.rpartition('.')[2]}.{name}", value)
        for module in modules()
        for name, value in vars(module).items()
    ]
    return sizes(("app", ask.app), *((name, value) for name, value in ours if not name.endswith("__builtins__")))


def documents(numbers: range) -> Iterator[str]:
    """Different ones, which ask for different filters, words, ids and fields."""
    states = ("PENDING", "ACTIVE", "ENDED", "DECLINED", "WITHDRAWN", "EXPIRED", "BLOCKED")
    subsets = [chosen for size in range(1, 8) for chosen in combinations(states, size)]
    for number in numbers:
        chosen = " ".join(subsets[number % len(subsets)])
        yield f"""query Q{number}($id: ID = "x{number}") {{
          a{number}: collaborations(first: {number}, states: [{chosen}]) {{ totalCount nodes {{ id }} }}
          b{number}: clients(first: 3, search: "s{number}") {{ totalCount nodes {{ name }} }}
          c{number}: auditLog(first: 1, action: GRANT_ACCESS) {{ totalCount }}
          d{number}: whyHidden(id: $id, fields: [name]) {{ reason }} }}"""


async def drive(ask: Ask, numbers: range) -> None:
    for number, document in zip(numbers, documents(numbers), strict=True):
        headers = ask.headers(("ada", "cora", "pia", "ben")[number % 4]) | {"X-Request-Id": f"r-{number}"}
        answer = await ask.sent({"query": document, "operationName": f"Q{number}"}, headers)
        assert set(answer.codes) <= {"BAD_USER_INPUT", "FIELD_NOT_PERMITTED"}, answer.text
        await ask.sent(
            {"query": f"{{ wrong{number} }}"}, {"Authorization": f"Bearer b{number}", "Origin": f"https://o{number}"}
        )
        await ask.http.get(f"/nowhere/{number}")
        ask.log.calls.clear()


async def test_what_a_thousand_different_inputs_leave_behind_is_bounded(small: Ask) -> None:
    half = INPUTS // 8  # a document has four
    await drive(small, range(half))
    before = everything(small)
    await drive(small, range(half, 2 * half))
    small.log.calls.clear()
    after = everything(small)

    assert {name: size for name, size in after.items() if size > before.get(name, 0) and name not in BOUNDS} == {}
    assert BOUNDS.keys() <= after.keys()
    for plan in small.gateway.policy._plans.values():
        assert max(len(plan._situations), len(plan._met)) <= FEW
    assert len(small.gateway.policy._built) == after["Policy._built"] == FEW
    assert 5 < after["Documents._kept"] <= BOUNDS["Documents._kept"]


def test_results_that_are_kept_for_ever_are_of_finitely_many() -> None:
    found = {
        f"{value.__module__.rpartition('.')[2]}.{value.__name__}"
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, _lru_cache_wrapper) and value.cache_info().maxsize is None and is_ours(value)
    }

    assert found == FINITE.keys()


def test_caches_of_libraries_are_bounded(engine: AsyncEngine) -> None:
    assert engine.sync_engine._compiled_cache.capacity == 500  # type: ignore[union-attr]


class Hoard:
    """What the search must find."""

    __module__ = "gateway.hoard"

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}


@pytest.mark.parametrize(
    "held", [lambda hoard: hoard, lambda hoard: [hoard], lambda hoard: lambda: hoard.kept, lambda hoard: {"x": hoard}]
)
def test_a_cache_is_found_wherever_it_hangs(held: Any) -> None:
    hoard = Hoard()
    root = ("root", held(hoard))
    before = sizes(root)
    hoard.kept["x"] = "y"

    assert [name for name, size in sizes(root).items() if size > before[name]] == ["Hoard.kept"]
