"""The enums of tokens."""

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
    BILLING_WRITE = word("BILLING_WRITE", description="Record orders and invoices: for the platform's tokens only.")


@strawberry.enum(description="What may be done with an integration token.")
class TokenAction(Enum):
    REVOKE_TOKEN = word("REVOKE_TOKEN", description="Revoke it.")
