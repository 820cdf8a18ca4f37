"""Short commands start without the modules that only the server and the policy engine need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc.jwk import OKPKey

ROOT = Path(__file__).parents[2]
HEAVY = {
    "alembic",
    "graphql",
    "httpx",
    "opentelemetry",
    "oso",
    "pgqueuer",
    "sqlalchemy",
    "starlette",
    "strawberry",
    "uvicorn",
}
OURS = {"gateway.app", "gateway.db.models", "gateway.policy", "gateway.schema"}
RUN = """
import sys
from gateway.cli.main import main
sys.argv = ["gateway", *sys.argv[1:]]
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""


def imported(*words):
    """The modules that `gateway …` imports, of those that are slow to import, and what it prints."""
    keys = {
        "GATEWAY_SIGNING_KEY": OKPKey.generate_key("Ed25519").as_pem(private=True).decode(),
        "GATEWAY_SEALING_KEY": "ab" * 64,
    }
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        cwd=ROOT,
        env={**os.environ, **keys},
        capture_output=True,
        text=True,
        check=True,
    )
    return (HEAVY | OURS) & set(done.stderr.split()), done.stdout


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("--help",), "fill its database"),
        (("policy", "--help"), "compare and explain"),
        (("token", "--as", "ada"), "eyJ"),
        (("token", "--as", "billing"), "gwt_demo_billing"),
    ],
)
def test_a_short_command_imports_nothing_heavy(words, printed):
    found, output = imported(*words)

    assert found == set()
    assert printed in output


def test_the_names_are_those_of_modules(tmp_path):
    found, _ = imported("schema", "--file", str(tmp_path / "schema.graphql"))

    assert {"graphql", "sqlalchemy", "strawberry", "gateway.db.models", "gateway.schema"} <= found
