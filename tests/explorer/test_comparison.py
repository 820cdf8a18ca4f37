"""With a second person, a query is sent as both, and their answers are side by side."""

import json
from typing import Any

import pytest
from playwright.async_api import Locator, Page, Response, expect

from tests.explorer.site import AXE, Site, press_play

ADA = "Ada Nørgård · Havlygte Revision · admin"
BEN = "Ben Kjærgaard · Havlygte Revision · bookkeeper"


async def pick(page: Page, name: str) -> None:
    await page.get_by_label("Compare with").select_option(label=name)


def side(page: Page, label: str) -> Locator:
    return page.get_by_role("region", name=label, exact=True)


async def texts(lines: Locator) -> list[str]:
    return [str(text) for text in await lines.evaluate_all("all => all.map(one => one.textContent)")]


async def seen(page: Page, label: str) -> Any:
    """The answer as the lines of this side show it."""
    return json.loads("\n".join(await texts(side(page, label).locator(".line:not(.gap)"))))


def unpriced(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "extensions"}


async def test_a_query_is_sent_as_both_and_lines_that_differ_are_marked(site: Site) -> None:
    async with site.visit() as visit:
        responses: list[Response] = []

        def note(response: Response) -> None:
            if "ClientsPage" in (response.request.post_data or ""):
                responses.append(response)

        visit.page.on("response", note)
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Ben Kjærgaard")
        await expect(visit.page.locator(".compared h2")).to_have_text([ADA, BEN])
        await press_play(visit.page)
        await expect(visit.page.get_by_text("lines differ")).to_be_visible()
        left, right = side(visit.page, ADA), side(visit.page, BEN)
        answers = [await response.json() for response in responses]
        ordered = sorted(answers, key=lambda one: str(one["data"]["viewer"]["user"]["name"]))

        assert len({response.request.headers["authorization"] for response in responses}) == 2
        assert [await seen(visit.page, ADA), await seen(visit.page, BEN)] == [unpriced(answer) for answer in ordered]
        await expect(left.locator("mark", has_text="Ada Nørgård")).to_have_count(1)
        await expect(right.locator("mark", has_text="Ben Kjærgaard")).to_have_count(1)
        await expect(left.locator("mark", has_text="Uhrenatelier Gänseblum")).to_have_count(1)
        await expect(left.locator("mark", has_text='"data": {')).to_have_count(0)
        ones, others = await texts(left.locator(".line")), await texts(right.locator(".line"))
        marked = await left.locator(".line").evaluate_all("all => all.map(one => one.matches('mark'))")
        assert len(ones) == len(others)
        assert all(is_marked or one in (other, " ") for one, other, is_marked in zip(ones, others, marked, strict=True))
        assert await left.locator(".badge").inner_text() == "6"
        assert await right.locator(".badge").inner_text() == "2"


async def test_the_second_person_leaves_the_session_and_the_storage_of_the_page_alone(site: Site) -> None:
    async with site.visit() as visit:
        responses: list[Response] = []

        def note(response: Response) -> None:
            if "SignIn" in (response.request.post_data or ""):
                responses.append(response)

        visit.page.on("response", note)
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Ben Kjærgaard")
        await expect(visit.page.locator(".compared h2")).to_have_text([ADA, BEN])
        await visit.run()
        opened = [(await response.json())["data"]["signIn"] for response in responses]
        tokens = [each[name] for each in opened for name in ("accessToken", "refreshToken")]
        kept = await visit.page.evaluate(
            "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
        )
        await visit.page.reload()

        await expect(visit.page.locator(".who")).to_contain_text("Ada Nørgård")
        assert len(tokens) == 2
        assert [token for token in tokens if token in kept] == []


async def test_a_mutation_is_sent_as_the_first_person_alone(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Nobody")
        await visit.page.get_by_role("tab", name="Nils1SignsUp").click()
        del visit.asked[:]
        await press_play(visit.page)
        await visit.page.get_by_role("menuitem", name="NilsSignsIn").click()

        await expect(side(visit.page, "Nobody").get_by_role("alert")).to_contain_text(
            "Only queries are sent a second time"
        )
        assert visit.asked == ["NilsSignsIn"]


async def test_nobody_is_compared_without_a_token(site: Site) -> None:
    async with site.visit() as visit:
        sent: list[bool] = []
        visit.page.on(
            "request",
            lambda one: sent.append("authorization" in one.headers) if "ClientsPage" in (one.post_data or "") else None,
        )
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Nobody")
        await press_play(visit.page)
        await expect(visit.page.get_by_text("lines differ")).to_be_visible()

        assert sorted(sent) == [False, True]
        assert (await seen(visit.page, "Nobody"))["data"]["viewer"] is None


async def test_a_second_person_with_two_memberships_acts_for_either(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Hedda Zürcher")
        await visit.page.get_by_label("Acts for").select_option("Zürcher Käsekeller · owner")
        await press_play(visit.page)
        await expect(visit.page.get_by_text("lines differ")).to_be_visible()

        data = (await seen(visit.page, "Hedda Zürcher · Zürcher Käsekeller · owner"))["data"]
        assert data["viewer"]["actingAs"]["name"] == "Zürcher Käsekeller"


async def test_without_the_second_person_the_answer_is_as_before(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Ben Kjærgaard")
        await expect(visit.page.locator(".compared h2")).to_have_text([ADA, BEN])
        await press_play(visit.page)
        await expect(visit.page.get_by_text("lines differ")).to_be_visible()
        await pick(visit.page, "no second person")

        await expect(visit.page.locator(".compared")).to_have_count(0)
        await expect(visit.page.locator(".result-window")).to_contain_text("Ada Nørgård")
        await expect(visit.page.locator(".facts")).to_have_count(1)


async def test_what_both_were_answered_is_gone_for_the_next_person(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Nobody")
        await press_play(visit.page)
        await expect(visit.page.get_by_text("lines differ")).to_be_visible()
        await visit.choose("Ben Kjærgaard")

        await expect(visit.page.locator(".compared .line")).to_have_count(0)
        await expect(visit.page.locator(".compared")).not_to_contain_text("Ada")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in tests/")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_comparison_is_accessible(site: Site, scheme: str) -> None:
    async with site.visit(color_scheme=scheme) as visit:
        await visit.choose("Ada Nørgård")
        await pick(visit.page, "Ben Kjærgaard")
        await expect(visit.page.locator(".compared h2")).to_have_text([ADA, BEN])
        await press_play(visit.page)
        await expect(visit.page.get_by_text("lines differ")).to_be_visible()

        assert await visit.audit(".results") == {}
        assert await visit.audit(".second") == {}
