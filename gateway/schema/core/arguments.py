"""Arguments of fields. With its modules the one door from `resolvers/` up: nothing here imports more than strawberry and words."""

from typing import Annotated

import strawberry
from strawberry import argument

from gateway.schema.clients.enums import ClientOrderField, ClientTab
from gateway.schema.collaborations.enums import ClientInvitationState, CollaborationState
from gateway.schema.core.enums import OrderDirection
from gateway.schema.invoices.enums import InvoiceState
from gateway.schema.kpis.enums import PendingSection

Id = Annotated[strawberry.ID, argument(description="A global id, as the graph gave it.")]
OptionalId = Annotated[strawberry.ID | None, argument(description="A global id, as the graph gave it.")]
Ids = Annotated[list[strawberry.ID], argument(description="Global ids, 100 at most.")]
First = Annotated[
    int | None, argument(description="So many from the start, 500 at most. Exactly one of `first` and `last`.")
]
Last = Annotated[
    int | None, argument(description="So many from the end, 500 at most. Exactly one of `first` and `last`.")
]
After = Annotated[
    str | None, argument(description="Only what comes after this cursor of the same list, order and filter.")
]
Before = Annotated[
    str | None, argument(description="Only what comes before this cursor of the same list, order and filter.")
]
Search = Annotated[
    str | None, argument(description="Part of the name. Case and accents do not matter, and `ue` finds `ü`.")
]
SubscriptionLapsed = Annotated[
    bool,
    argument(description="Only firms whose subscription has lapsed, of those whose subscription the viewer may see."),
]
Tab = Annotated[
    ClientTab | None, argument(description="The tab to list; without it, the one that opens first for this role.")
]
MissingReceipts = Annotated[
    bool | None,
    argument(
        description="Only clients with missing receipts, of those that share them; any other counts as having none."
    ),
]
CollaborationStates = Annotated[
    list[CollaborationState] | None, argument(description="Only collaborations in one of these states.")
]
ClientInvitationStates = Annotated[
    list[ClientInvitationState] | None, argument(description="Only invitations in one of these states.")
]
InvoiceStates = Annotated[list[InvoiceState] | None, argument(description="Only invoices in one of these states.")]
AboutClient = Annotated[
    strawberry.ID | None,
    argument(description="Only invoices about this client, also after the end of the collaboration with it."),
]
OfCollaboration = Annotated[
    strawberry.ID | None,
    argument(description="Only invoices of this collaboration, which has an id after its end, too."),
]
Answered = Annotated[
    bool | None, argument(description="Only those that the firm has answered, or only those that it has not.")
]
OneSection = Annotated[PendingSection | None, argument(description="Only activities of this section.")]
Since = Annotated[
    str | None, argument(description="Only what was done at this moment or later: ISO 8601, with its offset.")
]
Until = Annotated[str | None, argument(description="Only what was done before this moment: ISO 8601, with its offset.")]
Actor = Annotated[
    strawberry.ID | None,
    argument(
        description="Only what this person did: a `FirmMember`, a `ClientMember` or oneself, as the graph gave its id."
    ),
]
ActionName = Annotated[str | None, argument(description="Only acts of this name, such as `GRANT_ACCESS`.")]
FieldName = Annotated[
    str, argument(description="The name of a field of that object, such as `wallet` or `pendingActivities(JOURNAL)`.")
]


@strawberry.input(description="The order of a list of clients.")
class ClientOrder:
    field: ClientOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(description="Which way.", default=OrderDirection.ASC)


OrderBy = Annotated[ClientOrder | None, argument(description="The order; by name, ascending, without it.")]
