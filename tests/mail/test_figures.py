"""A worker's own port: what it counts, for the token, and that it lives."""

import httpx
import pytest
from pydantic import SecretStr
from structlog.testing import CapturingLogger

from gateway.db.engine import make_engine
from gateway.db.seeds.demo import key
from gateway.observability.metrics import JobMetrics
from gateway.server.metrics_page import metrics_served
from gateway.server.run import listening_at
from gateway.settings import Settings
from gateway.worker.loop import at_work
from tests.mail.conftest import SEALING_KEY, happened
from tests.operation.conftest import until

TOKEN = "token-of-the-worker"
WORKER = Settings(
    sealing_key=SecretStr(SEALING_KEY),
    mail_from="portal@portal.example",
    portal_url="https://portal.example",
    metrics_token=SecretStr(TOKEN),
)


def free_port():
    with listening_at("127.0.0.1", 0) as taken:
        return taken.getsockname()[1]


async def test_a_worker_serves_its_metrics_at_a_port_of_its_own(copy, policy, tmp_path):
    url, port = await copy(), free_port()
    engine = make_engine(url)
    await happened(engine, {"kind": "ACCESS_REQUEST", "collaboration_id": key("F-C1")})
    given = {"worker_metrics_port": port, "mail_folder": tmp_path, "worker_database_url": SecretStr(url)}
    settings = WORKER.model_copy(update=given)
    async with (
        at_work(settings, CapturingLogger(), policy=policy),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):

        async def page():
            return (await http.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})).text

        async def has_sent():
            return 'gateway_jobs_total{job="send",outcome="done"} 1.0' in await page()

        await until(has_sent)
        text, hidden, alive = await page(), await http.get("/metrics"), await http.get("/healthz")
    await engine.dispose()

    assert 'gateway_jobs_total{job="address",outcome="done"} 1.0' in text
    assert 'gateway_jobs_waiting{priority="bulk"} 0.0' in text
    assert 'gateway_jobs_oldest_seconds{priority="interactive"} 0.0' in text
    assert hidden.status_code == 404
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert len([*tmp_path.iterdir()]) == 1
    with pytest.raises(httpx.ConnectError):
        await httpx.AsyncClient().get(f"http://127.0.0.1:{port}/healthz")


async def nothing() -> None:
    pass


async def test_a_port_without_a_token_is_refused():
    settings = WORKER.model_copy(update={"metrics_token": None, "worker_metrics_port": 0})

    with pytest.raises(ValueError, match="GATEWAY_WORKER_METRICS_PORT needs GATEWAY_METRICS_TOKEN"):
        async with metrics_served(settings, JobMetrics(), nothing):
            pass


async def test_a_taken_port_is_an_error_and_without_a_port_there_is_no_server():
    with listening_at("127.0.0.1", 0) as taken:
        settings = WORKER.model_copy(update={"worker_metrics_port": taken.getsockname()[1]})
        with pytest.raises(OSError, match="in use"):
            async with metrics_served(settings, JobMetrics(), nothing):
                pass
    async with metrics_served(WORKER, JobMetrics(), nothing) as port:
        assert port is None
