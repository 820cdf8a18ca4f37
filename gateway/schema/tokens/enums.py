"""Enums of integration tokens."""

from enum import Enum

import strawberry

from gateway.schema.core.enums import word


@strawberry.enum(description="What an integration token may do.")
class TokenScope(Enum):
    CLIENTS_READ = word(
        "CLIENTS_READ", description="Read the clients that its creator works for, without their content."
    )
    KPIS_WRITE = word("KPIS_WRITE", description="Report pending work.")
    PAYROLL_READ = word("PAYROLL_READ", description="Read the payroll basis.")
    BILLING_WRITE = word(
        "BILLING_WRITE",
        description="Record orders and issue and credit invoices. Only tokens of the platform can have this scope.",
    )
