"""The policy as it ships, read once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy.orm import configure_mappers

from gateway.db.models import Base
from gateway.policy.policy import Policy
from gateway.policy.rows import Row, describe

POLICIES: Final = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def rows() -> Mapping[str, Row]:
    configure_mappers()
    return describe(Base.registry.mappers)


@pytest.fixture(scope="session")
def policy(rows: Mapping[str, Row]) -> Policy:
    return Policy.load(POLICIES, rows)
