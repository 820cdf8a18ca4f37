"""The visibility matrix, typed by hand from the specification (§4.6, §4.7 and the decision register), never from the rules."""

from typing import Final

from tests.policies.tables import (
    audit,
    client,
    collaboration,
    conversation,
    firm,
    invitations,
    invoice,
    kpi,
    members,
    periods,
    profiles,
    sessions,
    staff,
    tokens,
)
from tests.policies.tables.grid import Table

MODULES: Final = (
    client,
    collaboration,
    invitations,
    conversation,
    kpi,
    invoice,
    firm,
    staff,
    members,
    periods,
    audit,
    profiles,
    sessions,
    tokens,
)
TABLES: Final[dict[str, Table]] = {table.type_name: table for module in MODULES for table in module.TABLES}
