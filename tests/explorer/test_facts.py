"""Below each answer: status, time, size, cost, request id, errors and hidden cells; and a sentence if there is no answer."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Page, Route, expect

from tests.explorer.site import AXE, Site, Visit, press_play

AWAY = "The gateway does not answer. Check that it runs, then send the request again."
INVALID = {"errors": [{"message": "One.", "extensions": {"code": "BAD_USER_INPUT"}}, {"message": "Two."}]}


async def facts(page: Page) -> dict[str, str]:
    """The facts by their names."""
    pairs = page.locator(".facts > div")
    await expect(pairs.first).to_be_visible()
    return {await pair.locator("dt").inner_text(): await pair.locator("dd").inner_text() for pair in await pairs.all()}


@asynccontextmanager
async def instead(visit: Visit, answer: dict[str, object] | None) -> AsyncIterator[None]:
    """Meanwhile requests to the API get this answer, or fail if there is none."""

    async def handle(route: Route) -> None:
        await (route.abort() if answer is None else route.fulfill(status=400, json=answer))

    await visit.page.route("**/graphql", handle)
    yield
    await visit.page.unroute("**/graphql")
    assert all(text.startswith("Failed to load resource: ") for text in visit.problems)
    visit.problems.clear()


async def test_an_answer_has_status_time_size_cost_and_the_request_id(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        async with visit.page.expect_response(lambda one: "ClientsPage" in (one.request.post_data or "")) as coming:
            await press_play(visit.page)
        response = await coming.value
        told = await facts(visit.page)
        size = len(await response.body())
        shown = await visit.page.locator(".graphiql-response .result-window").inner_text()

        assert json.loads(response.request.post_data or "")["extensions"] == {"cost": True}
        assert told["Status"] == "200"
        assert re.fullmatch(r"[\d,]+ ms", told["Time"])
        assert told["Size"] == f"{size / 1000:.1f} kB"
        assert told["Cost"] == "1,840 of 200,000"
        assert told["Request"] == response.headers["x-request-id"]
        assert told["Errors"] == "0"
        assert "requested" not in shown


async def test_hidden_cells_are_counted_and_listed_on_demand(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        errors = [error["extensions"] for error in (await visit.run())["errors"]]
        expected = [f"{each['type']}.{each['field']} {each['reason']} × {each['count']}" for each in errors]
        items = visit.page.locator(".hidden-cells li")

        await expect(visit.page.locator(".badge")).to_have_text(str(sum(each["count"] for each in errors)))
        await expect(items.first).to_be_hidden()
        await visit.page.locator(".hidden-cells summary").click()
        await expect(items).to_have_text(expected)
        await expect(items.first).to_be_visible()


async def test_other_errors_are_counted_and_nothing_is_hidden_then(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        async with instead(visit, INVALID):
            await press_play(visit.page)
            told = await facts(visit.page)

        assert (told["Status"], told["Errors"], told["Cost"]) == ("400", "2", "not measured")
        await expect(visit.page.locator(".badge")).to_have_count(0)


async def test_facts_stay_with_their_tab_and_end_with_the_person(site: Site) -> None:
    async with site.visit() as visit:
        shown = visit.page.locator(".facts")
        await visit.choose("Ada Nørgård")
        await visit.run()
        await expect(shown).to_be_visible()
        await visit.page.get_by_role("tab", name="Invoices").click()
        await expect(shown).to_have_count(0)
        await visit.page.get_by_role("tab", name="ClientsPage").click()
        await expect(shown).to_be_visible()
        await visit.choose("Ben Kjærgaard")
        await expect(shown).to_have_count(0)


async def test_a_gateway_that_is_away_is_a_sentence_and_not_a_stack(site: Site) -> None:
    async with site.visit() as visit:
        response = visit.page.locator(".graphiql-response")
        await visit.choose("Ada Nørgård")
        async with instead(visit, None):
            await press_play(visit.page)
            await expect(response.get_by_role("alert")).to_have_text(AWAY)
            await expect(response.locator(".result-window")).to_contain_text("The gateway does not answer.")
            await expect(response).not_to_contain_text("stack")
            await expect(response).not_to_contain_text("fetch")

        await visit.run()
        await expect(response).to_contain_text("Ada Nørgård")
        await expect(response.get_by_role("alert")).to_have_count(0)


async def test_docs_and_sign_in_have_a_sentence_too(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await visit.page.get_by_role("button", name="Show Documentation Explorer").click()
        docs = visit.page.locator(".docs")
        await expect(docs).to_contain_text("Root Types")
        async with instead(visit, None):
            await visit.page.get_by_label("Re-fetch").click()
            await expect(docs.get_by_role("alert")).to_contain_text("Check that the gateway runs")

        await visit.page.route("**/session", lambda route: route.abort())
        await visit.page.locator(".who").click()
        await visit.panel.get_by_role("button", name="Ben Kjærgaard").click()
        await expect(visit.panel.get_by_role("alert")).to_have_text(AWAY)
        visit.problems.clear()  # the browser reports what failed


async def test_a_page_of_a_proxy_is_no_answer(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await visit.page.route("**/graphql", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        await press_play(visit.page)
        await expect(visit.page.locator(".graphiql-response").get_by_role("alert")).to_have_text(AWAY)
        visit.problems.clear()  # the browser reports the status


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in tests/")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_facts_are_accessible(site: Site, scheme: str) -> None:
    async with site.visit(color_scheme=scheme) as visit:
        await visit.choose("Ada Nørgård")
        await visit.run()
        await visit.page.locator(".hidden-cells summary").click()
        assert await visit.audit(".results") == {}
