"""The explorer in a telephone's window and in a small one: the page does not scroll sideways, and controls are in reach."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.explorer.site import Site

SIZES = [{"width": 390, "height": 844}, {"width": 1024, "height": 768}]


async def require_reachable(page: Page, *controls: Locator) -> None:
    """Each can be clicked where it is, and the page is not wider than its window."""
    size = page.viewport_size
    assert size is not None
    assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert await page.evaluate("document.documentElement.scrollHeight") <= size["height"]
    for control in controls:
        await control.click(trial=True)
        box = await control.bounding_box()
        assert box is not None, control
        assert box["x"] >= 0, control
        assert box["x"] + box["width"] <= size["width"], control
        assert box["y"] + box["height"] <= size["height"], control


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
async def test_all_controls_are_in_reach(site: Site, size: dict[str, int]) -> None:
    async with site.visit(viewport=size) as visit:
        page = visit.page
        await require_reachable(
            page, visit.panel.get_by_role("button", name="Ada Nørgård"), visit.panel.get_by_label("E-mail")
        )
        await visit.choose("Hedda Zürcher")
        await visit.run()
        names = ("Execute query", "Prettify query", "Show Documentation Explorer", "Show Examples", "Show History")
        names += ("Re-fetch", "Open settings dialog", "New tab", "Variables", "Headers", "Sign out")
        await require_reachable(
            page,
            *(page.get_by_role("button", name=name).first for name in names),
            *(page.get_by_role("link", name=name) for name in ("Policy", "Mails")),
            page.locator(".who"),
            page.get_by_label("Acts for"),
            page.get_by_label("Compare with"),
            page.locator(".hidden-cells summary"),
        )
        await expect(page.locator(".result-window")).to_contain_text("viewer")


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
async def test_both_answers_are_in_the_window(site: Site, size: dict[str, int]) -> None:
    async with site.visit(viewport=size) as visit:
        page = visit.page
        await visit.choose("Ada Nørgård")
        await page.get_by_label("Compare with").select_option(label="Ben Kjærgaard")
        await expect(page.locator(".compared h2")).to_have_count(2)
        await expect(page.locator(".compared h2").last).to_contain_text("Ben")
        await visit.run()
        await expect(page.get_by_text("lines differ")).to_be_visible()
        for label in ("Ada Nørgård", "Ben Kjærgaard"):
            mark = page.get_by_role("region", name=label).locator("mark").first
            await mark.scroll_into_view_if_needed()
            await expect(mark).to_be_in_viewport()
        await require_reachable(page, page.get_by_label("Compare with"), page.locator(".who"))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
async def test_docs_and_examples_open_and_lead_back_to_the_editor(site: Site, size: dict[str, int]) -> None:
    async with site.visit(viewport=size) as visit:
        page = visit.page
        await visit.choose("Ada Nørgård")
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        await page.get_by_label("Find types and fields").fill("billing mode")
        found = page.locator(".found button").first
        await require_reachable(page, page.get_by_label("Find types and fields"), found)
        box = await found.bounding_box()
        assert box is not None
        assert box["width"] > 200

        await page.get_by_role("button", name="Show Examples").click()
        example = page.get_by_role("region", name="Examples").get_by_role("button", name="Invoices")
        await require_reachable(page, example)
        await example.click()
        await require_reachable(page, page.get_by_role("button", name="Execute query"))
        await expect(page.get_by_role("tab", name="Invoices")).to_have_attribute("aria-selected", "true")
