"""The demo's worker lives in the gateway's process, and its letters are on a page."""

import re
from datetime import UTC, datetime
from html import unescape

import httpx
from pydantic import SecretStr

from gateway.app import build_app
from gateway.db.seeds.demo import key
from gateway.demo.keys import home
from gateway.demo.mailbox import mail_page
from gateway.demo.world import mail_folder, with_mails
from gateway.observability.logs import make_log
from gateway.settings import Settings
from gateway.worker.loop import at_work
from tests.mail.conftest import SEALING_KEY
from tests.operation.conftest import until

ASK = """mutation ($input: RequestAccessInput!) { requestAccess(input: $input) { collaboration { id } } }"""


def test_without_settings_letters_become_files_in_the_demos_folder():
    plain = with_mails(Settings())

    assert plain.mail_folder == mail_folder(Settings()) == home() / "mails"
    assert (plain.mail_from, plain.portal_url) == ("Partner portal <portal@portal.example>", "https://portal.example")
    assert with_mails(Settings(portal_url="http://other.example")).portal_url == "http://other.example"


async def test_a_change_in_the_demo_ends_up_as_a_letter_on_its_page(copy, policy, tmp_path, capsys):
    given = Settings(database_url=SecretStr(await copy()), sealing_key=SecretStr(SEALING_KEY), mail_folder=tmp_path)
    settings, log = with_mails(given), make_log()
    app = build_app(
        settings,
        log=log,
        policy=policy,
        pages=[mail_page(mail_folder(settings))],
        companion=lambda: at_work(settings, log, policy=policy),
    )
    gateway = app.state.gateway
    asked = {"id": gateway.seal.id("Collaboration", key("F-C5")), "level": "FULL", "message": "<i>Soon</i>?"}
    bearer = f"Bearer {gateway.tokens.issue(key('ada'), datetime.now(UTC)).text}"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://demo.example") as http,
    ):
        body = {"query": ASK, "variables": {"input": asked}}
        answer = await http.post("/graphql", json=body, headers={"Authorization": bearer})

        async def is_there():
            return "<pre>" in (await http.get("/mails")).text

        await until(is_there)
        page = (await http.get("/mails")).text
    said = capsys.readouterr().out

    assert "errors" not in answer.json()
    assert "Havlygte Revision bittet Sie um Zugriff" in page
    assert "To Frida Großmann <frida@uhren-gaenseblum.example>" in unescape(page)
    assert "&gt; &lt;i&gt;Soon&lt;/i&gt;?" in page
    assert re.findall(r'"event":"(at work|work done|stopped|bug)"', said) == ["at work", "work done", "stopped"]
    assert "frida" not in said.lower()


async def test_without_the_demo_there_is_no_such_page(policy, engine):
    app = build_app(Settings(sealing_key=SecretStr(SEALING_KEY)), policy=policy, engine=engine)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as http:
        assert (await http.get("/mails")).status_code == 404
