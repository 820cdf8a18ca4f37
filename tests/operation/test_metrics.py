"""What is counted, and who may read it."""

import re
from pathlib import Path

import pytest

from gateway.db.seeds.people import DEMO_PASSWORD, PEOPLE
from gateway.observability.metrics import JobMetrics, Metrics
from tests.operation.conftest import TOKEN

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
WALLETS = "{ clients(first: 10) { nodes { name wallet { balance { amount } } } } }"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "shown", [{}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": "Bearer \xe6"}]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_without_the_token_there_is_nothing_there(run, method, shown):
    raw = {name: value.encode("latin-1") for name, value in shown.items()}
    async with run() as running:
        answer = await running.http.request(method, "/metrics", headers=raw)
        nowhere = await running.http.request(method, "/nowhere", headers=raw)

    assert (answer.status_code, answer.content) == (404, nowhere.content)
    assert answer.headers == nowhere.headers


async def test_where_no_token_is_set_none_opens_it(run):
    async with run(metrics_token=None) as running:
        answer = await running.http.get("/metrics", headers={"Authorization": "Bearer "})

    assert answer.status_code == 404


async def test_with_the_token_the_page_is_prometheus_text(run):
    async with run() as running:
        answer = await running.http.get("/metrics", headers=BEARER)
        posted = await running.http.post("/metrics", headers=BEARER)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=1.0.0; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert "# TYPE gateway_requests_total counter" in answer.text
    assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")


async def test_a_request_is_counted_with_all_that_it_took(run):
    async with run() as running:
        answer = await running.ask("ada", WALLETS)

    assert answer.status_code == 200
    assert running.value("requests_total", operation="query", status="200") == 1
    assert running.value("errors_total", operation="query", code="FIELD_NOT_PERMITTED") == 1
    assert running.value("denials_total", type="Client", field="wallet", reason="LEVEL") == 2
    assert running.value("request_seconds_count", operation="query") == 1
    assert running.value("request_statements_sum") == running.request_line["statements"] == 3
    assert running.value("request_cost_sum") == running.request_line["cost"]
    assert running.request_line["denials"] == 2
    assert running.value("requests_in_flight") == 0
    assert running.value("pool_wait_seconds_count") == 1


async def test_refusals_are_counted_by_their_code(run):
    async with run() as running:
        await running.http.post("/graphql", content=b"no JSON", headers={"Content-Type": "application/json"})
        await running.ask(None, "{ nothing }")
        await running.ask(None, "{ viewer { user { name } } }", {"Authorization": "Bearer bad"})
        await running.http.put("/graphql")

    assert running.value("requests_total", operation="none", status="400") == 1
    assert running.value("errors_total", operation="none", code="BAD_USER_INPUT") == 2
    assert running.value("errors_total", operation="query", code="GRAPHQL_VALIDATION_FAILED") == 1
    assert running.value("requests_total", operation="query", status="401") == 1
    assert running.value("requests_total", operation="none", status="405") == 1


async def test_what_is_remembered_is_counted_as_such(run):
    async with run(compile_after=0) as running:
        for _ in range(3):
            await running.ask("gus", WALLETS)
        found = {
            (cache, result): running.value("cache_total", cache=cache, result=result)
            for cache in ("documents", "masks")
            for result in ("hit", "miss")
        }
        rows = 3 * len((await running.ask("gus", WALLETS)).json()["data"]["clients"]["nodes"])

    assert found["documents", "miss"] == 1
    assert found["documents", "hit"] == 2
    assert found["masks", "hit"] + found["masks", "miss"] == rows
    assert found["masks", "hit"] > found["masks", "miss"]


async def test_queries_are_counted_by_how_they_were_answered(run):
    async with run() as running:
        for _ in range(4):
            await running.ask("gus", WALLETS)
        await running.ask("gus", '{ client(id: "x") { name } }')
        await running.ask("gus", '{ client(id: "x") { name } }')

        assert running.value("walked_total", reason="cold") is None
        assert running.value("compiled_total") == 3
        assert running.value("walked_total", reason="refused") == 1
        assert running.value("compile_seconds_count") == 2  # with the one that was refused
        assert running.value("statement_connections") == 1
        assert running.value("compiled_kept") == 2
        assert running.value("compiled_kept_bytes") > 100

    assert running.value("statement_connections") == 0


async def test_who_signs_in_is_counted_by_what_came_of_it(run, copy):
    sign_in = 'mutation { signIn(input: {email: "%s", password: "%s"}) { accessToken } }'
    async with run(await copy(), sign_in_attempts=1) as running:
        await running.ask(None, sign_in % (email_of("ada"), "wrong"))
        await running.ask(None, sign_in % (email_of("ada"), "wrong"))
        await running.ask(None, sign_in % (email_of("ben"), DEMO_PASSWORD))

    outcomes = {
        outcome: running.value("credentials_total", field="signIn", outcome=outcome)
        for outcome in ("OK", "UNAUTHENTICATED", "RATE_LIMITED")
    }
    assert outcomes == {"OK": 1, "UNAUTHENTICATED": 1, "RATE_LIMITED": 1}


def email_of(who):
    return next(person.email for person in PEOPLE if person.handle == who)


async def test_the_pool_is_told_as_it_is(run):
    async with run(pool_size=1, pool_overflow=1) as running:
        engine = running.app.state.gateway.engine
        async with engine.connect(), engine.connect():
            busy = pool(running)
        idle = pool(running)

    assert busy == {"pool_limit": 2, "pool_open": 2, "pool_in_use": 2, "pool_overflow": 1}
    assert idle == {"pool_limit": 2, "pool_open": 1, "pool_in_use": 0, "pool_overflow": 0}
    assert pool(running)["pool_open"] == 0


def pool(running):
    return {name: running.value(name) for name in ("pool_limit", "pool_open", "pool_in_use", "pool_overflow")}


async def test_a_process_tells_of_itself(run, policy):
    async with run() as running:
        await running.http.get("/healthz")
        page = (await running.http.get("/metrics", headers=BEARER)).text

    assert re.search(r"^gateway_processes 1.0$", page, re.MULTILINE)
    assert running.value("policy_info", version=policy.version) == 1
    assert running.value("cpu_seconds_total") > 0
    assert running.value("resident_bytes") > 10_000_000


async def test_no_label_holds_what_a_caller_wrote_or_who_they_are(run):
    async with run() as running:
        await running.ask(
            "ada",
            "query MarkedName { markedAlias: clients(first: 10) { nodes { markedTwo: wallet { balance { amount } } } } }",
        )
        await running.ask(None, "{ markedField }")
        await running.ask("ada", "query ($id: ID!) { node(id: $id) { id } }", variables={"id": "markedId"})
        await running.ask("ada", "{ clients(first: 1) { nodes { name } } }", {"X-Acting-As": "markedOrganisation"})
        await running.http.request("MARKED", "/graphql")
        page = (await running.http.get("/metrics", headers=BEARER)).text

    assert "marked" not in page.lower()
    assert set(re.findall(r'(\w+)="', page)) == {
        "operation", "status", "code", "type", "field", "reason", "cache", "result", "version", "le"
    }  # fmt: skip


def test_every_metric_is_in_the_table_of_the_guide_with_its_type():
    told = set(re.findall(r"^\| `(gateway_\w+)`[^|]*\| (\w+) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    kept = {
        (f"{each.name}_total" if each.type == "counter" else each.name, each.type)
        for metrics in (Metrics(), JobMetrics())
        for each in metrics.registry.collect()
    }

    assert told == kept
