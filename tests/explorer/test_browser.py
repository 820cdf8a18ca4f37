"""The explorer in a real browser, against the gateway as the demo serves it."""

import asyncio
import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from playwright.async_api import expect

from gateway.db.seeds.people import DEMO_PASSWORD
from tests.explorer.site import AXE, Site, press_play


def names(answer: dict[str, Any]) -> list[str]:
    return [client["name"] for client in answer["data"]["clients"]["nodes"]]


async def test_two_people_run_one_query_and_each_sees_their_own(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await expect(visit.page.locator(".acting")).to_have_text("Havlygte Revision · admin")
        adas = await visit.run()
        await expect(visit.page.locator(".graphiql-response")).to_contain_text("Ada Nørgård")
        await expect(visit.page.get_by_role("link", name="Policy")).to_have_attribute("href", "/matrix")

        await visit.choose("Ben Kjærgaard")
        await expect(visit.page.locator(".acting")).to_have_text("Havlygte Revision · bookkeeper")
        await expect(visit.page.locator(".graphiql-response")).not_to_contain_text("Ada Nørgård")
        bens = await visit.run()
        await expect(visit.page.locator(".graphiql-response")).to_contain_text("Ben Kjærgaard")

    assert names(adas) == ["Ærø Tovværk", "Björkdunge Bageri", "Uhrenatelier Gänseblum", "Zürcher Käsekeller"]
    assert names(bens) == ["Ærø Tovværk", "Björkdunge Bageri"]


async def test_what_one_was_answered_is_gone_for_the_next_in_every_tab(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await visit.run()
        await expect(visit.page.locator(".graphiql-response")).to_contain_text("Ada Nørgård")
        await visit.page.get_by_role("tab", name="Invoices").click()
        await visit.page.get_by_role("button", name="Sign out").click()
        await expect(visit.page.locator(".who")).to_contain_text("Nobody")
        await visit.page.get_by_role("tab", name="ClientsPage").click()
        await expect(visit.page.locator(".graphiql-query-editor")).to_contain_text("ClientsPage")

        await expect(visit.page.locator(".graphiql-response")).not_to_contain_text("Ada")


async def test_the_schema_is_told_to_those_who_sign_in_and_again_for_each(site: Site) -> None:
    async with site.visit() as visit:
        status = visit.page.get_by_role("status")
        await expect(status).to_contain_text("Docs and completion come with signing in")
        assert visit.asked == []

        await visit.choose("Ada Nørgård")
        await expect(status).to_be_empty()
        await visit.page.get_by_role("button", name="Show Documentation Explorer").click()
        await expect(visit.page.locator(".graphiql-doc-explorer")).to_contain_text("Root Types")
        assert visit.asked == ["Who", "IntrospectionQuery"]

        await visit.choose("Ben Kjærgaard")
        await expect(visit.page.locator(".graphiql-doc-explorer")).to_contain_text("Root Types")
        assert sorted(visit.asked[2:]) == ["IntrospectionQuery", "Who"]

        await visit.choose("Nobody")
        await expect(status).to_contain_text("Docs and completion come with signing in")
        await expect(visit.page.locator(".graphiql-doc-explorer")).not_to_contain_text("Root Types")


async def test_e_mail_and_password_can_be_typed_and_a_wrong_one_is_told(site: Site) -> None:
    async with site.visit() as visit:
        await visit.page.get_by_label("E-mail").fill("gus@steinfirn-treuhand.example")
        await visit.page.get_by_label("Password").fill("wrong")
        await visit.page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(visit.panel.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
        await expect(visit.page.locator(".who")).to_contain_text("Nobody")

        await visit.page.get_by_label("Password").fill(DEMO_PASSWORD)
        await visit.page.keyboard.press("Enter")
        await expect(visit.page.locator(".who")).to_contain_text("Gus Aebischer")
        await expect(visit.panel).to_be_hidden()
        assert names(await visit.run()) == ["Lichtwerk Morgengrau", "Talleres Riomanso"]


async def test_who_has_two_hats_chooses_one_and_may_change(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Hedda Zürcher")
        acts_for = visit.page.get_by_label("Acts for")
        offered = await acts_for.locator("option").all_text_contents()
        assert offered == ["Havlygte Revision · bookkeeper", "Zürcher Käsekeller · owner"]
        assert names(await visit.run()) == ["Uhrenatelier Gänseblum"]

        await acts_for.select_option("Zürcher Käsekeller · owner")
        answer = await visit.run()
        assert answer["data"]["viewer"]["actingAs"] == {"name": "Zürcher Käsekeller", "role": "OWNER"}
        assert names(answer) == ["Zürcher Käsekeller"]


async def test_a_reload_and_a_second_tab_go_on_with_the_session(site: Site) -> None:
    """D72: both tabs refresh at the same time with one cookie, and both go on; signing out in one ends the other."""
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await visit.page.reload()
        await expect(visit.page.locator(".who")).to_contain_text("Ada Nørgård")
        other = await visit.page.context.new_page()
        await asyncio.gather(other.goto(visit.address), visit.page.reload())
        for page in (visit.page, other):
            await expect(page.locator(".who")).to_contain_text("Ada Nørgård")
        assert await visit.page.evaluate("document.cookie") == ""
        assert "Ada Nørgård" in json.dumps(await visit.run(), ensure_ascii=False)

        await other.get_by_role("button", name="Sign out").click()
        await expect(other.locator(".who")).to_contain_text("Nobody")
        await visit.page.reload()
        await expect(visit.page.locator(".who")).to_contain_text("Nobody")


async def test_nobody_asks_without_a_token(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await visit.choose("Nobody")
        async with visit.page.expect_request(lambda request: "ClientsPage" in (request.post_data or "")) as coming:
            answer = await visit.run()

    assert "authorization" not in (await coming.value).headers
    assert answer["data"]["viewer"] is None
    assert names(answer) == []


async def test_an_access_token_that_ends_is_renewed_once_for_all_who_wait(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        await visit.run()
        del visit.asked[:]
        site.clock.ahead += timedelta(minutes=16)
        both = (
            "() => { document.querySelector('[aria-label^=Re-fetch]').click();"
            " document.querySelector('.graphiql-execute-button').click(); }"
        )
        answer = await visit.run(lambda page: page.evaluate(both))

        assert len(names(answer)) == 4
        await expect(visit.page.get_by_label("Re-fetch")).to_be_enabled()
        assert sorted(visit.asked) == ["ClientsPage", "ClientsPage", "IntrospectionQuery", "IntrospectionQuery"]
        assert visit.refreshed == [204, 200]  # at the beginning without a session, and once for both


async def test_a_session_that_has_ended_says_so(site: Site) -> None:
    async with site.visit() as visit:
        await visit.choose("Ada Nørgård")
        site.clock.ahead += timedelta(days=31)
        await press_play(visit.page)

        await expect(visit.page.get_by_role("status")).to_have_text("Your session has ended. Sign in again.")
        await expect(visit.page.locator(".who")).to_contain_text("Nobody")


async def test_no_script_finds_a_token_outside_of_memory(site: Site) -> None:
    async with site.visit() as visit:
        responses: list[Any] = []
        visit.page.on("response", lambda response: responses.append(response))
        await visit.choose("Ada Nørgård")
        await visit.run()
        (opened,) = [each for each in responses if each.url == f"{visit.address}session"]
        (cookie,) = [each for each in await visit.page.context.cookies() if each["name"] == "refresh"]
        tokens = [(await opened.json())["accessToken"], cookie["value"]]
        await visit.page.get_by_role("button", name="Show History").click()
        kept = await visit.page.evaluate(
            "() => JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie,"
            " document.documentElement.outerHTML])"
        )

        assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")
        assert "ClientsPage" in kept
        assert [token for token in tokens if token in kept] == []


async def test_the_bar_is_used_by_keyboard_alone_and_shows_where_one_is(site: Site) -> None:
    async with site.visit() as visit:
        keyboard = visit.page.keyboard
        where = "() => [document.activeElement.innerText.split('\\n').at(-1) || document.activeElement.name || '',"
        where += " getComputedStyle(document.activeElement).outlineStyle]"

        async def focused() -> tuple[str, str]:
            text, outline = await visit.page.evaluate(where)
            return text, outline

        await keyboard.press("Tab")
        assert (await focused())[1] == "solid"
        await keyboard.press("Escape")
        await expect(visit.panel).to_be_hidden()
        await visit.page.locator(".who").focus()
        await keyboard.press("Enter")
        await expect(visit.panel).to_be_visible()
        await keyboard.press("Tab")
        assert await focused() == ("Asks without signing in.", "solid")
        await keyboard.press("Tab")
        assert await focused() == ("Administers Havlygte Revision and sees all of its clients.", "solid")
        await keyboard.press("Enter")
        await expect(visit.page.locator(".who")).to_contain_text("Ada Nørgård")
        await expect(visit.panel).to_be_hidden()
        await expect(visit.page.locator(".who")).to_be_focused()
        await keyboard.press("Tab")
        assert await focused() == ("Sign out", "solid")

        await visit.page.locator(".graphiql-query-editor .view-line").first.click()
        answer = await visit.run(lambda page: page.keyboard.press("Control+Enter"))
        assert len(names(answer)) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [800, 1280, 1920])
async def test_nothing_overlaps_or_leaves_the_window(site: Site, scheme: str, width: int) -> None:
    async with site.visit(viewport={"width": width, "height": 800}, color_scheme=scheme) as visit:
        await visit.choose("Hedda Zürcher")
        boxes = {}
        for part in ("h1", ".acting", ".who", "header > button:last-of-type", "header", ".graphiql-container"):
            boxes[part] = await visit.page.locator(part).bounding_box()
        await visit.page.locator(".who").click()
        boxes["panel"] = await visit.panel.bounding_box()
        in_bar = sorted((box["x"], box["x"] + box["width"]) for box in list(boxes.values())[:4])

        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes.values())
        assert all(box["y"] + box["height"] <= 800 for box in boxes.values())
        assert all(end <= start for (_, end), (start, _) in pairwise(in_bar))
        assert boxes["header"]["y"] + boxes["header"]["height"] == boxes[".graphiql-container"]["y"]
        assert boxes["header"]["height"] < 60


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in tests/")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_bar_is_open_to_everybody(site: Site, scheme: str) -> None:
    async with site.visit(color_scheme=scheme) as visit:
        assert await visit.audit(".bar") == {}
        await visit.choose("Hedda Zürcher")
        assert await visit.audit(".bar") == {}
        await visit.page.locator(".who").click()
        await visit.page.get_by_label("E-mail").fill("hedda@havlygte-revision.example")
        await visit.page.get_by_label("Password").fill("wrong")
        await visit.page.keyboard.press("Enter")
        await expect(visit.panel.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
        assert await visit.audit(".bar") == {}


async def test_a_breach_of_the_policy_would_be_seen(site: Site) -> None:
    async with site.visit() as visit:
        await visit.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<style>p {}</style>')")
        await visit.page.evaluate("fetch('http://elsewhere.invalid/').catch(() => {})")
        seen, visit.problems[:] = list(visit.problems), []

    assert [text for text in seen if "Content Security Policy" in text and "style" in text]
    assert [text for text in seen if "Content Security Policy" in text and "connect-src" in text]


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: npm ci in tests/")
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_the_editor_lacks_is_known(site: Site, scheme: str) -> None:
    async with site.visit(color_scheme=scheme) as visit:
        await visit.choose("Ada Nørgård")
        await visit.run()
        await expect(visit.page.locator(".graphiql-response")).to_contain_text("Ada Nørgård")

        # GraphiQL 5.4 has the button that closes a tab inside of the tab.
        assert set(await visit.audit(".graphiql-container")) == {"nested-interactive"}
