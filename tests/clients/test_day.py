"""docs/day.py runs from start to end against the demo, in twelve requests, and ends as it says."""

import sys
from asyncio import to_thread
from pathlib import Path
from subprocess import CompletedProcess, run

from tests.clients.conftest import serving

DAY = Path(__file__).parents[2] / "docs" / "day.py"


def the_day(url: str) -> CompletedProcess[str]:
    return run([sys.executable, DAY, url], capture_output=True, text=True, check=False, timeout=120)


async def test_a_day_in_the_life(copy, policy):
    with serving(await copy(), policy) as gateway:
        told, again = [await to_thread(the_day, gateway.url) for _ in range(2)]
    lines = told.stdout.splitlines()

    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert len([line for line in lines if line[:1].isupper() and line[8:9] == " " and ":" not in line[:24]]) == 12, (
        told.stdout
    )
    assert lines[-4:] == [
        "Hugo keeps: Ærø Tovværk",
        "Hugo reaches the client: False",
        "Hugo's clients: 0",
        "Cora sees that invoice: False",
    ]
    assert again.returncode == 1  # the day is over: its first request is a conflict
    assert "CONFLICT" in again.stderr
