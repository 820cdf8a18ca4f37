"""docs/day.py runs from start to end against the demo, in fifteen requests, and ends as it says."""

import sys
from asyncio import to_thread
from pathlib import Path
from subprocess import CompletedProcess, run

from tests.outside_clients.conftest import serving

DAY = Path(__file__).parents[2] / "docs" / "day.py"


def the_day(url: str) -> CompletedProcess[str]:
    return run([sys.executable, DAY, url], capture_output=True, text=True, check=False, timeout=120)


async def test_a_day_in_the_life(copy, policy, tmp_path):
    with serving(await copy(), policy, mails=tmp_path) as gateway:
        told, again = [await to_thread(the_day, gateway.url) for _ in range(2)]
    lines = told.stdout.splitlines()

    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    assert len([line for line in lines if line[:1].isupper() and line[8:9] == " " and ":" not in line[:24]]) == 15, (
        told.stdout
    )
    assert lines[-4:] == [
        "Nils keeps: Ærø Tovværk",
        "Nils reaches the client: False",
        "Nils's clients: 0",
        "Cora sees that invoice: False",
    ]
    assert again.returncode == 1  # the day is over: the link of the mail was used, or Nils is known by now
    assert again.stderr.startswith("Nils: ")
