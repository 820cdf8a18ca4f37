"""The docs pane: in the order of the alphabet, and found by words."""

import pytest
from playwright.async_api import Locator, expect

from tests.explorer.site import AXE, Site, Visit

ALL_TYPES = ".graphiql-doc-explorer-section-title:has-text('All Schema Types') + * a"


async def docs(visit: Visit) -> Locator:
    await visit.choose("Ada Nørgård")
    await visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    pane = visit.page.locator(".docs")
    await expect(pane).to_contain_text("Root Types")
    return pane


async def test_types_and_fields_are_in_the_order_of_the_alphabet(site: Site) -> None:
    async with site.visit() as visit:
        pane = await docs(visit)
        types = await pane.locator(ALL_TYPES).all_inner_texts()
        await pane.locator(ALL_TYPES).get_by_text("Collaboration", exact=True).click()
        await expect(pane.locator(".graphiql-doc-explorer-title")).to_have_text("Collaboration")
        fields = await pane.locator(".graphiql-doc-explorer-field-name").all_inner_texts()

        assert len(types) > 100
        assert types == sorted(types)
        assert len(fields) > 20
        assert fields == sorted(fields)


@pytest.mark.parametrize("text", ["billing mode", "BILLING Mode", "billingMode", "mode billing", "bill mod"])
async def test_a_name_is_found_by_its_words(site: Site, text: str) -> None:
    async with site.visit() as visit:
        pane = await docs(visit)
        await pane.get_by_label("Find types and fields").fill(text)
        found = await pane.locator(".found strong").all_inner_texts()

        assert "Collaboration.billingMode" in found[:20]
        assert "BillingMode" in found[:20]
        assert found.index("Collaboration.billingMode") < found.index("Collaboration.billingModePeriods")


async def test_a_field_is_found_by_its_description_and_its_page_opens(site: Site) -> None:
    async with site.visit() as visit:
        pane = await docs(visit)
        await pane.get_by_label("Find types and fields").fill("no billing mode exists")
        await expect(pane.get_by_role("status")).to_have_text("1 result")
        await pane.get_by_role("button", name="Collaboration.billingMode").click()

        title = pane.locator(".graphiql-doc-explorer-title")
        await expect(title).to_have_text("billingMode")
        await pane.get_by_role("button", name="Go back to Collaboration").click()
        await expect(title).to_have_text("Collaboration")


async def test_a_search_without_a_result_says_so(site: Site) -> None:
    async with site.visit() as visit:
        pane = await docs(visit)
        await pane.get_by_label("Find types and fields").fill("zebra")
        await expect(pane.get_by_role("status")).to_have_text("0 results")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in tests/")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_panes_are_accessible(site: Site, scheme: str) -> None:
    async with site.visit(color_scheme=scheme) as visit:
        pane = await docs(visit)
        await pane.get_by_label("Find types and fields").fill("billing mode")
        await expect(pane.get_by_role("status")).to_contain_text("results")
        assert await visit.audit(".docs") == {}
        await visit.page.get_by_role("button", name="Show Examples").click()
        assert await visit.audit(".examples") == {}
