"""The gateway as the demo serves it, and a browser that visits the explorer."""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Response, async_playwright, expect
from pydantic import SecretStr

from gateway.app import build_app
from gateway.demo import world
from gateway.demo.mailbox import mail_page
from gateway.settings import Settings
from tests.graph.conftest import SEALING_KEY
from tests.support.served import served

AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
REFUSED = "Failed to load resource: the server responded with a status of 40"  # a refusal that the page handles


class Clock:
    """The gateway's clock: the world's, until a test moves it."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Site:
    """The running gateway and a browser."""

    address: str
    browser: Browser
    clock: Clock
    mails: Path

    @asynccontextmanager
    async def visit(self, **options: Any) -> AsyncIterator["Visit"]:
        """The page in a fresh profile; afterwards nothing may have gone wrong unseen."""
        context = await self.browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        try:
            visit = Visit(await context.new_page(), self.address)
            await visit.page.goto(self.address)
            await expect(visit.page.locator(".graphiql-query-editor .view-line").first).to_be_visible()
            yield visit
            assert visit.problems == []
        finally:
            self.clock.ahead = timedelta()
            await context.close()


@dataclass
class Visit:
    page: Page
    address: str
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refreshed: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", self._follow)
        self.page.on("response", self._note)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.problems.append(message.text)

    def _follow(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.problems.append(f"asked {request.url}")
        if request.url == f"{self.address}graphql":
            self.asked.append(json.loads(request.post_data or "{}").get("operationName") or _first_word(request))

    def _note(self, response: Response) -> None:
        if response.url == f"{self.address}session/refresh":
            self.refreshed.append(response.status)

    @property
    def panel(self) -> Any:
        return self.page.get_by_role("dialog", name="Who asks?")

    async def choose(self, name: str) -> None:
        """One click on somebody of the demo; two, where the list is not open."""
        if not await self.panel.is_visible():
            await self.page.locator(".who").click()
        await self.panel.get_by_role("button", name=name).click()
        await expect(self.page.locator(".who")).to_contain_text(name)

    async def run(self, how: Callable[[Page], Any] | None = None, *, name: str = "ClientsPage") -> dict[str, Any]:
        """The answer to the present tab's document, whose operation has this name."""
        async with self.page.expect_response(
            lambda response: f" {name}" in (response.request.post_data or "") and response.status != 401
        ) as coming:
            await (how or press_play)(self.page)
        answer: dict[str, Any] = await (await coming.value).json()
        return answer

    async def audit(self, where: str) -> dict[str, list[str]]:
        """What axe finds in a part of the page: rule, and where."""
        await self.page.evaluate(AXE.read_text("utf-8"))
        found = await self.page.evaluate("where => axe.run({include: [where]})", where)
        return {rule["id"]: [node["html"] for node in rule["nodes"]] for rule in found["violations"]}


def _first_word(request: Request) -> str:
    return str(json.loads(request.post_data or "{}")["query"]).split("(")[0].split()[1]


async def press_play(page: Page) -> None:
    await page.get_by_role("button", name="Execute query").click()


@pytest.fixture(scope="session")
async def site(built: None, copy: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no chromium on the PATH")
    settings = Settings(sealing_key=SecretStr(SEALING_KEY), database_url=SecretStr(await copy()), explorer=True)
    clock = Clock()
    mails = tmp_path_factory.mktemp("mails")
    app = build_app(settings, clock=clock, guests=world.guests(), rows=world.rows(), pages=[mail_page(mails)])
    with served(app) as port:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=QUIET)
            yield Site(f"http://127.0.0.1:{port}/", browser, clock, mails)
            await browser.close()
