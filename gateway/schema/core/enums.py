"""Enums that several packages share, and the helper that declares an enum value."""

from enum import Enum
from typing import Any, Final

import strawberry
from strawberry import enum_value

GROWS: Final = "More are added in later versions: a client must accept values that it does not know."


def word(name: str, description: str) -> Any:
    """Returns an enum value that is spelled in the schema as `name`."""
    return enum_value(name, description=description)


@strawberry.enum(description="The state of an invitation.")
class InvitationState(Enum):
    OPEN = word("OPEN", description="Sent, and not answered yet.")
    EXPIRED = word("EXPIRED", description="Not answered in time. It can be sent again.")
    ACCEPTED = word("ACCEPTED", description="Accepted.")
    VOID = word("VOID", description="Revoked.")


@strawberry.enum(description="A side that acts: a firm, a client or the platform.")
class Side(Enum):
    FIRM = word("FIRM", description="The firm.")
    CLIENT = word("CLIENT", description="The client.")
    PLATFORM = word("PLATFORM", description="The platform.")


@strawberry.enum(description=f"A currency in which the platform bills. {GROWS}")
class Currency(Enum):
    EUR = word("EUR", description="Euro.")
    DKK = word("DKK", description="Danish krone.")
    CHF = word("CHF", description="Swiss franc.")
    SEK = word("SEK", description="Swedish krona.")


@strawberry.enum(
    description="Why a field is hidden. If several reasons apply, the first one in this order is returned."
)
class FieldReason(Enum):
    ENDED = word("ENDED", description="The collaboration has ended.")
    ROLE = word("ROLE", description="The viewer's role never sees the field.")
    LEVEL = word("LEVEL", description="The granted access level does not include the field.")
    PLAN = word("PLAN", description="The client's plan does not include the field.")
    NOT_SHARED = word("NOT_SHARED", description="The client does not share the field.")


@strawberry.enum(description="A language.")
class Locale(Enum):
    EN = word("EN", description="English.")
    DE = word("DE", description="German.")
    DA = word("DA", description="Danish.")
    ES = word("ES", description="Spanish.")
    SV = word("SV", description="Swedish.")


@strawberry.enum(description=f"A country in which the platform works. {GROWS}")
class Country(Enum):
    DE = word("DE", description="Germany.")
    DK = word("DK", description="Denmark.")
    CH = word("CH", description="Switzerland.")
    ES = word("ES", description="Spain.")
    SE = word("SE", description="Sweden.")


@strawberry.enum(description="The direction in which a list is ordered.")
class OrderDirection(Enum):
    ASC = word("ASC", description="Ascending.")
    DESC = word("DESC", description="Descending.")
