"""The page of the mails: readable in every window, and on the way back to the explorer the session goes on."""

from email.message import EmailMessage

import pytest
from playwright.async_api import expect

from tests.explorer.site import Site, press_play

TOKEN = "gws_0a1B.2c-3_d"
LONG = "https://portal.example/" + "x" * 120


def put_mail(site: Site, subject: str, text: str) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["To"], mail["Date"] = subject, "Nils <nils@example.org>", "Mon, 02 Mar 2026 09:00:00 +0000"
    mail.set_content(text)
    (site.mails / f"{subject}.eml").write_bytes(bytes(mail))


async def test_a_person_who_reads_the_mails_comes_back_signed_in(site: Site) -> None:
    async with site.visit() as visit:
        who = visit.page.locator(".who")
        await visit.choose("Ada Nørgård")
        await visit.page.get_by_role("link", name="Mails").click()
        await expect(visit.page.get_by_role("heading", name="Mails")).to_be_visible()
        await visit.page.get_by_role("link", name="Back to the explorer").click()
        await expect(who).to_contain_text("Ada Nørgård")
        await expect(visit.panel).to_be_hidden()

        await visit.page.get_by_role("link", name="Mails").click()
        await expect(visit.page.get_by_role("heading", name="Mails")).to_be_visible()
        await visit.page.go_back()
        await expect(who).to_contain_text("Ada Nørgård")
        assert len((await visit.run())["data"]["clients"]["nodes"]) == 4


@pytest.mark.parametrize("width", [390, 1024])
@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
async def test_a_mail_is_readable_in_every_window(site: Site, width: int, scheme: str, is_dark: bool) -> None:
    put_mail(site, "Readable", f"Hello Nils,\n\n{LONG}\n")
    async with site.visit(viewport={"width": width, "height": 800}, color_scheme=scheme) as visit:
        await visit.page.goto(f"{visit.address}mails")
        mail = visit.page.get_by_role("article").filter(has_text="Readable")
        await expect(mail.get_by_role("heading", name="Readable")).to_be_visible()
        await expect(mail).to_contain_text("To Nils <nils@example.org>")
        ground = await visit.page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")

        assert (sum(ground) < 200) is is_dark
        assert await visit.page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_token_of_a_mail_fills_the_variable_and_leaves_the_address(site: Site) -> None:
    put_mail(site, "Sign-up", f"Confirm here: https://portal.example/sign-up#{TOKEN}\n")
    async with site.visit() as visit:
        await visit.page.goto(f"{visit.address}mails")
        mail = visit.page.get_by_role("article").filter(has_text="Sign-up")
        await mail.get_by_role("link", name="Open the explorer with the token of this mail").click()
        await expect(visit.panel).to_be_visible()
        await visit.page.keyboard.press("Escape")
        await visit.page.get_by_role("tab", name="Nils1SignsUp").click()
        async with visit.page.expect_request(lambda one: "Nils2" in (one.post_data or "")) as coming:
            await press_play(visit.page)
            await visit.page.get_by_role("menuitem", name="Nils2OpensTheMail").click()

        assert (await coming.value).post_data_json["variables"] == {"token": TOKEN}
        assert visit.page.url == visit.address
        await expect(visit.page.locator(".facts")).to_contain_text("$token")
