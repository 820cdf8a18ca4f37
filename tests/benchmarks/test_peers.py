"""The servers that the gateway is measured beside, at a tiny size: they start, and all say the same."""

import copy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.answers import answer, same
from benchmarks.asks import ABSENT, asks
from benchmarks.page import DOCUMENTS
from benchmarks.peers.open import OpenPlan
from benchmarks.servers import COMMANDS, Running, Secrets, cpu_of, served
from benchmarks.slices import sliced
from benchmarks.statements import counted, logged
from benchmarks.worlds import Sizes, World, house, world
from gateway.app import policy_folder, rows_of_tables
from gateway.db.embedded import Server, ServerUnavailable
from gateway.policy import policy
from gateway.policy.text import read_folder
from gateway.settings import Settings

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="what processes use stands in /proc")


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    try:
        with house(None) as running:
            yield running
    except ServerUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def place(database) -> World:
    return world(database, Sizes(400, 4_000))


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture(scope="module")
def running(place, secrets) -> Iterator[dict[str, Running]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(served(name, place.url, secrets)) for name in COMMANDS}


@pytest.fixture(scope="module")
def answers(running, place, secrets) -> dict[tuple[str, str], Any]:
    return {
        (name, document): answer(running[name].port, ask)
        for name in COMMANDS
        for document, ask in asks(name, place, secrets).items()
        if (name, document) not in ABSENT
    }


@pytest.mark.parametrize(
    ("name", "document"),
    [
        (name, document)
        for name in ("floor", "open", "naive")
        for document in DOCUMENTS
        if (name, document) not in ABSENT
    ],
)
def test_every_server_gives_the_answers_of_the_gateway(answers, secrets, name, document):
    told, wanted = (same(answers[who, document]["data"], secrets.seal) for who in (name, "gateway"))

    assert told == wanted


def test_pages_are_full_and_only_in_the_overview_anything_is_hidden(answers):
    told = [answers["gateway", document] for document in ("Q1", "Q2", "Q3")]

    assert len(told[0]["data"]["clients"]["nodes"]) == 50
    assert len(told[2]["data"]["clients"]["nodes"]) > 50
    assert [[error["extensions"]["reason"] for error in one.get("errors", ())] for one in told] == [[], [], ["LEVEL"]]


def test_answers_are_compared_to_the_last_value(answers, secrets):
    told = same(answers["gateway", "Q2"]["data"], secrets.seal)
    changed = copy.deepcopy(told)
    changed["client"]["collaboration"]["level"] = "NONE"

    assert same(changed, secrets.seal) != told
    assert same(told, secrets.seal) == told


def test_a_slice_counts_each_answer_and_its_processor_time(running, place, secrets, database):
    came = sliced(running["gateway"], database, asks("gateway", place, secrets)["Q2"], connections=2, requests=6)

    assert len(came.milliseconds) == 6
    assert came.server > 0


def test_an_answer_that_is_none_ends_the_measuring(running, place, secrets, database):
    nobody = replace(asks("gateway", place, secrets)["Q2"], token="nobody")

    with pytest.raises(RuntimeError, match=r"Not an answer: b'HTTP/1\.1 401"):
        sliced(running["gateway"], database, nobody, requests=1)


def test_statements_are_counted_where_they_arrive(running, place, secrets, database):
    with logged(database):
        counts = [counted(running[name], asks(name, place, secrets)["Q2"], database) for name in ("floor", "gateway")]

    assert counts == [1, 1]


def test_the_processor_time_of_a_child_that_has_ended_is_its_parents():
    burn = "import time\nwhile time.process_time() < 0.2: pass"
    code = (
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}]); print('done', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        parent.stdout.readline()
        took = cpu_of([parent.pid])
        parent.communicate(b"\n")

    assert took >= 0.2


def test_a_process_that_has_ended_takes_nothing_more():
    assert cpu_of([2**22 + 1]) == 0.0


def test_the_open_server_reads_no_facts_but_those_it_shows(monkeypatch):
    monkeypatch.setattr(policy, "Plan", OpenPlan)
    text = read_folder(policy_folder(Settings()))
    opened = policy.Policy(text, rows_of_tables())
    plans = [
        opened.plan_for("FirmViewer", "bookkeeper", name)
        for name in ("Client", "Collaboration", "KpiSnapshot", "Invoice")
    ]

    assert [plan.order for plan in plans] == [(), ("state", "level", "mode"), (), ("state", "late")]
    assert {plan.mask(()) for plan in plans} == {-1}
