"""Every example runs as delivered, for the person that it names, and opens again after it was closed."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.explorer.site import Site, Visit, press_play

TITLES = [
    "ClientsPage",
    "OneClient",
    "Invoices",
    "WhyHidden",
    "PublicDirectory",
    "Nils1SignsUp",
    "Billing6ReportsTheSubscription",
]
TABS = "[id^=graphiql-session-tab-]"
HIDDEN = "FIELD_NOT_PERMITTED"


async def chosen(page: Page, operation: str) -> None:
    """Sends one of several operations of a tab."""
    await press_play(page)
    await page.get_by_role("menuitem", name=operation, exact=True).click()


async def ran(visit: Visit, title: str, operation: str) -> dict[str, Any]:
    tab = visit.page.get_by_role("tab", name=title)
    await tab.click()
    await expect(tab).to_have_attribute("aria-selected", "true")
    if operation == title and title != "WhyHidden":
        return await visit.run(name=operation)
    return await visit.run(lambda page: chosen(page, operation), name=operation)


@pytest.mark.parametrize(
    ("person", "title", "operation", "found"),
    [
        ("Ada Nørgård", "ClientsPage", "ClientsPage", "Zürcher Käsekeller"),
        ("Ben Kjærgaard", "ClientsPage", "ClientsPage", "Björkdunge Bageri"),
        ("Bo Lindqvist", "ClientsPage", "ClientsPage", "Zürcher Käsekeller"),
        ("Ada Nørgård", "OneClient", "OneClient", "Ærø Tovværk"),
        ("Ben Kjærgaard", "OneClient", "OneClient", "Ærø Tovværk"),
        ("Cora Aagaard", "OneClient", "OneClient", "Ærø Tovværk"),
        ("Ada Nørgård", "Invoices", "Invoices", "00005"),
        ("Ben Kjærgaard", "WhyHidden", "WhyHidden", "Björkdunge Bageri"),
        ("Emil Rask", "WhyHidden", "WhyHiddenAtWork", "Ærø Tovværk"),
        ("Nobody", "PublicDirectory", "PublicDirectory", "Havlygte Revision"),
    ],
)
async def test_an_example_runs_as_delivered(site: Site, person: str, title: str, operation: str, found: str) -> None:
    async with site.visit() as visit:
        await visit.choose(person)
        answer = await ran(visit, title, operation)

        assert {error["extensions"]["code"] for error in answer.get("errors", [])} <= {HIDDEN}
        assert found in json.dumps(answer["data"], ensure_ascii=False)


async def test_hedda_runs_the_invoices_for_the_company_that_she_owns(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Hedda Zürcher")
        await visit.page.get_by_label("Acts for").select_option("Zürcher Käsekeller · owner")
        (client,) = (await ran(visit, "Invoices", "Invoices"))["data"]["clients"]["nodes"]

        assert [each["billingMode"] for each in client["invoices"]["nodes"]] == ["CLIENT", "CLIENT"]


async def test_an_id_of_an_answer_fills_a_variable_of_another_tab(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Cora Aagaard")
        looked = await ran(visit, "Nils1SignsUp", "CoraLooksAtHerCompany")
        (company,) = looked["data"]["clients"]["nodes"]
        issued = await ran(visit, TITLES[-1], "Billing14Issues")

        await expect(visit.page.locator(".facts")).to_contain_text("$client")
        assert "errors" not in issued
        assert issued["data"]["issueInvoice"]["invoice"]["billingMode"] == "CLIENT"
        kept = await visit.page.evaluate("() => JSON.stringify({...sessionStorage})")
        assert company["id"] not in kept


async def test_a_variable_that_is_given_is_left_as_it_is(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ben Kjærgaard")
        one = await ran(visit, "OneClient", "OneClient")
        answer = await ran(visit, "WhyHidden", "WhyHidden")

        assert one["data"]["clients"]["nodes"][0]["name"] == "Ærø Tovværk"  # and known as client since
        assert answer["data"]["client"]["name"] == "Björkdunge Bageri"
        await expect(visit.page.locator(".facts")).not_to_contain_text("Filled in")


async def test_a_tab_that_was_closed_opens_again_with_its_variables(site: Site) -> None:
    async with site.visit() as visit:
        page = visit.page
        await visit.choose("Ben Kjærgaard")
        tabs = page.locator(TABS)
        await expect(tabs).to_have_text(TITLES)
        await tabs.nth(3).click()
        await page.get_by_role("button", name="Close Tab").click()  # of the tab that is open
        await expect(tabs).to_have_count(6)

        await page.get_by_role("button", name="Show Examples").click()
        listed = page.get_by_role("region", name="Examples").get_by_role("button")
        await expect(listed.locator("strong")).to_have_text(TITLES)
        await listed.nth(3).click()
        await expect(tabs).to_have_text([*TITLES[:3], *TITLES[4:], "WhyHidden"])
        answer = await ran(visit, "WhyHidden", "WhyHidden")
        assert answer["data"]["client"]["name"] == "Björkdunge Bageri"


async def test_an_example_that_is_open_is_shown_and_not_opened_twice(site: Site) -> None:
    async with site.visit() as visit:
        await expect(visit.panel).to_be_visible()
        await visit.page.keyboard.press("Escape")
        await visit.page.get_by_role("button", name="Show Examples").click()
        await visit.page.get_by_role("region", name="Examples").get_by_role("button", name="Invoices").click()

        await expect(visit.page.get_by_role("tab", name="Invoices")).to_have_attribute("aria-selected", "true")
        await expect(visit.page.locator(TABS)).to_have_text(TITLES)
