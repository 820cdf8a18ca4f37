"""The 61 audits of graphql-http, each named."""

from collections import Counter

import pytest

from tests.outside_clients.conftest import laid_out, seen_by, serving

# Four audits ask for `__type` with a variable.
NEED_INTROSPECTION = {"2EA1", "28B9", "D6D5", "6A70"}


@pytest.fixture
def audited(npm):
    laid_out(npm, "audits.mjs")

    def audit(*words):
        seen = seen_by(npm, "audits.mjs", *words)
        assert len(seen) == 61
        return seen

    return audit


async def test_every_audit_passes_where_introspection_is_on(copy, policy, audited):
    with serving(await copy(), policy, introspection="on") as open_to_all:
        seen = audited(open_to_all.url)

    assert {name: result for name, result in seen.items() if result != "ok"} == {}
    assert Counter(name.split()[1] for name in seen) == {"MUST": 13, "SHOULD": 23, "MAY": 25}
    assert open_to_all.lines("bug") == []


def test_every_audit_passes_by_default_for_those_who_are_signed_in(gateway, audited):
    seen = audited(gateway.url, gateway.token("ada"))

    assert {name: result for name, result in seen.items() if result != "ok"} == {}


def test_by_default_nobody_differs_in_introspection_alone(gateway, audited):
    seen = audited(gateway.url)

    assert {name.split()[0] for name, result in seen.items() if result != "ok"} == NEED_INTROSPECTION
