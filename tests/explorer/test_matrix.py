"""The search of the page /matrix, in a browser."""

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright, expect
from starlette.applications import Starlette

from gateway.http.routes.explorer import explorer_routes
from gateway.policy.matrix import Line, Matrix, Sheet, Side
from gateway.policy.matrix_pages import html
from tests.explorer.site import QUIET
from tests.support.served import served

FIRMS = Side(
    "Firms", ("Admin <FULL>",), (Line("name", ("P36",), ("●",)), Line("wallet", ("P48",), ("○ LEVEL",))), (), ()
)
CLIENTS = Side("Clients", ("Owner",), (Line("wallet", ("P48",), ("●",)),), (Line("RENAME", (), ("✔",)),), ("Member",))
MATRIX = Matrix(
    "v1",
    (Sheet("Client", "Clients", "table B", (FIRMS, CLIENTS)), Sheet("Invoice", "Invoices", "table E", (FIRMS,))),
    {"LEVEL": ("V6",)},
    {},
)


@pytest.mark.parametrize(
    ("words", "count"),
    [("wallet", 3), ("wallet client", 2), ("WALLET owner", 1), ("level", 2), ("rename", 1), ("p36", 2), ("nothing", 0)],
)
async def test_lines_are_found_by_their_words(tmp_path: Path, words: str, count: int) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on the PATH")
    (tmp_path / "matrix.html").write_text(html(MATRIX), "utf-8")
    problems: list[str] = []
    with served(Starlette(routes=explorer_routes("on", version=lambda: "v1", folder=tmp_path))) as port:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
            page = await browser.new_page()
            page.on("console", lambda message: problems.append(message.text))
            page.on("pageerror", lambda error: problems.append(str(error)))
            await page.goto(f"http://127.0.0.1:{port}/matrix")
            await page.get_by_label("Search").fill(words)

            await expect(page.get_by_role("status")).to_have_text(f"{count} lines")
            assert await page.locator("tbody tr:visible").count() == count
            assert await page.get_by_text("Admin <FULL>").count() > 0
            await browser.close()

    assert problems == []
