"""What a request made goes with it: no circle keeps rows until the garbage collector comes by."""

import gc
from collections import Counter
from collections.abc import Iterator

import pytest

from gateway.context import Context
from gateway.execution.breadth_first import BreadthFirst
from gateway.loaders import Loaders, VisibleRow
from tests.graph.conftest import Ask

OURS = (VisibleRow, Context, Loaders, BreadthFirst)
QUESTIONS = {
    "a page": """{ clients(tab: ALL, first: 10) { totalCount edges { cursor node { id name wallet { balance { amount } }
        kpis { kind count } collaboration { collaborationState firm { name staff(first: 50) { nodes { name } } } }
        accountManagers(first: 50) { nodes { name } }
        invoices(first: 5) { totalCount nodes { number lines { amount { amount } } client { name } } } } } } }""",
    "the asker": "{ viewer { user { name } memberships { id } menus banners } clientTabs { tab totalCount } }",
}


@pytest.fixture
def uncollected() -> Iterator[Counter[str]]:
    """What the collector finds that nothing else would have freed, by type; it does not come by itself meanwhile."""
    found: Counter[str] = Counter()
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
async def test_a_request_leaves_no_circle_of_ours(ask: Ask, uncollected: Counter[str], question: str) -> None:
    await ask("ada", question)

    gc.collect()
    uncollected.update(type(each).__name__ for each in gc.garbage if isinstance(each, OURS))

    assert uncollected == {}
