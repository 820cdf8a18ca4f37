"""What can be said of the container without an engine to build it."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def complaints(dockerfile):
    """What an operator would send back, instruction by instruction."""
    joined = re.sub(r"\\\n", " ", dockerfile)
    steps = [line.split(maxsplit=1) for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    words = [word for word, _ in steps]
    last = dict(steps[len(words) - words[::-1].index("FROM") :])
    if words.count("FROM") < 2:
        yield "one stage only"
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", last.get("USER", "")):
        yield "no numeric user other than root"
    if "HEALTHCHECK" not in last:
        yield "no health check"
    if "ADD" in words:
        yield "ADD"
    commands = [command for word, rest in steps if word == "RUN" for command in rest.split("&&")]
    if any(
        "pip install" in command and not re.search("--require-hashes|--no-deps /dist/", command) for command in commands
    ):
        yield "an installation without hashes"
    if not last.get("CMD", "").startswith("["):
        yield "a shell between the signals and the gateway"


def test_the_dockerfile_is_one_an_operator_would_take():
    assert list(complaints(DOCKERFILE)) == []


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("USER 10001:10001", "USER root", "no numeric user other than root"),
        ("USER 10001:10001", "USER 0:0", "no numeric user other than root"),
        ("HEALTHCHECK", "LABEL", "no health check"),
        ("COPY requirements.lock", "ADD requirements.lock", "ADD"),
        ("--require-hashes", "", "an installation without hashes"),
        ("--no-deps /dist/", "/dist/", "an installation without hashes"),
        (
            'CMD ["gateway", "serve", "--host", "0.0.0.0"]',
            "CMD gateway serve",
            "a shell between the signals and the gateway",
        ),
    ],
)
def test_the_lint_sees_what_it_is_for(good, bad, complaint):
    assert good in DOCKERFILE
    assert list(complaints(DOCKERFILE.replace(good, bad))) == [complaint]


def test_the_health_check_is_a_program_that_compiles():
    joined = re.sub(r"\\\n", " ", DOCKERFILE)
    command = json.loads(re.search(r"HEALTHCHECK.* CMD (\[.*\])", joined)[1])

    assert command[:2] == ["python", "-c"]
    compile(command[2], "HEALTHCHECK", "exec")


def test_everything_that_is_copied_passes_the_dockerignore():
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    wanted = {name for line in copied for name in shlex.split(line)}
    passed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    assert passed == wanted


def test_compose_migrates_a_healthy_database_before_it_serves_read_only():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    assert services["gateway"]["read_only"] is True
    assert services["gateway"]["tmpfs"] == ["/tmp"]
    assert services["gateway"]["depends_on"] == {
        "database": {"condition": "service_healthy"},
        "migrate": {"condition": "service_completed_successfully"},
    }
    assert services["migrate"]["command"] == ["gateway", "migrate"]
    assert services["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert re.fullmatch(r"postgres:18(@sha256:[0-9a-f]{64})?", services["database"]["image"])
    assert services["database"]["volumes"] == ["database:/var/lib/postgresql"]
    assert "healthcheck" in services["database"]
    assert "ports" not in services["database"]


def test_compose_runs_the_worker_where_mail_is_wanted_with_the_same_database_and_keys():
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    worker = services["worker"]

    assert worker["command"] == ["gateway", "worker"]
    assert worker["profiles"] == ["mail"]
    assert worker["read_only"] is True
    assert worker["depends_on"] == services["gateway"]["depends_on"]
    assert services["gateway"]["environment"].items() <= worker["environment"].items()
    assert worker["environment"].keys() - services["gateway"]["environment"].keys() == {
        "GATEWAY_SMTP_URL",
        "GATEWAY_MAIL_FROM",
        "GATEWAY_PORTAL_URL",
    }
