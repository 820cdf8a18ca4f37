"""The enums that several nouns share, and how an enum value is declared."""

from enum import Enum
from typing import Any

import strawberry
from strawberry import enum_value


def word(name: str, description: str) -> Any:
    """A value of an enum: spelled as it is named."""
    return enum_value(name, description=description)


@strawberry.enum(description="Where an invitation is.")
class InvitationState(Enum):
    OPEN = word("OPEN", description="Sent, and not answered yet.")
    EXPIRED = word("EXPIRED", description="Not answered in time. It can be sent again.")
    ACCEPTED = word("ACCEPTED", description="Accepted.")
    VOID = word("VOID", description="Taken back.")


@strawberry.enum(description="One of the sides.")
class Side(Enum):
    FIRM = word("FIRM", description="The firm.")
    CLIENT = word("CLIENT", description="The client.")
    PLATFORM = word("PLATFORM", description="The platform.")


@strawberry.enum(description="A currency in which the platform bills.")
class Currency(Enum):
    EUR = word("EUR", description="Euro.")
    DKK = word("DKK", description="Danish krone.")
    CHF = word("CHF", description="Swiss franc.")
    SEK = word("SEK", description="Swedish krona.")


@strawberry.enum(description="Why a field is hidden: the first that applies, in this order.")
class FieldReason(Enum):
    ENDED = word("ENDED", description="The collaboration has ended.")
    ROLE = word("ROLE", description="The viewer's role never shows it.")
    LEVEL = word("LEVEL", description="The granted level does not reach it.")
    PLAN = word("PLAN", description="The client's plan does not have it.")
    NOT_SHARED = word("NOT_SHARED", description="The client does not share it.")


@strawberry.enum(description="A language.")
class Locale(Enum):
    EN = word("EN", description="English.")
    DE = word("DE", description="German.")
    DA = word("DA", description="Danish.")
    ES = word("ES", description="Spanish.")
    SV = word("SV", description="Swedish.")


@strawberry.enum(description="A country.")
class Country(Enum):
    DE = word("DE", description="Germany.")
    DK = word("DK", description="Denmark.")
    CH = word("CH", description="Switzerland.")
    ES = word("ES", description="Spain.")
    SE = word("SE", description="Sweden.")


@strawberry.enum(description="Which way a list runs.")
class OrderDirection(Enum):
    ASC = word("ASC", description="Ascending.")
    DESC = word("DESC", description="Descending.")
