"""Arguments of fields. Resolvers, a lower layer, import this module: it imports only strawberry and modules of enums."""

from typing import Annotated

import strawberry
from strawberry import argument

from gateway.reads.roots import MAX_FIELDS
from gateway.schema.clients.enums import ClientOrderField, ClientTab
from gateway.schema.collaborations.enums import ClientInvitationState, CollaborationState
from gateway.schema.core.enums import OrderDirection
from gateway.schema.core.late_enums import AuditAction, FieldName
from gateway.schema.core.scalars import DateTime
from gateway.schema.invoices.enums import InvoiceState
from gateway.schema.kpis.enums import PendingSection

Id = Annotated[strawberry.ID, argument(description="A global id, as returned by the API.")]
OptionalId = Annotated[strawberry.ID | None, argument(description="A global id, as returned by the API.")]
Ids = Annotated[list[strawberry.ID], argument(description="Global ids, at most 100.")]
First = Annotated[
    int | None,
    argument(
        description="The number of items from the start of the list, 0 to 500. Without `first` and `last`, it is 50."
    ),
]
Last = Annotated[
    int | None,
    argument(description="The number of items from the end of the list, 0 to 500. Not accepted together with `first`."),
]
After = Annotated[
    str | None,
    argument(
        description="Only items after this cursor. The cursor must come from the same list, with the same order and filter."
    ),
]
Before = Annotated[
    str | None,
    argument(
        description="Only items before this cursor. The cursor must come from the same list, with the same order and filter."
    ),
]
Search = Annotated[
    str | None,
    argument(description="Part of the name, at most 100 characters. Case and accents are ignored, and `ue` finds `ü`."),
]
SubscriptionLapsed = Annotated[
    bool,
    argument(description="Only firms whose subscription has lapsed, of those whose subscription the viewer may see."),
]
Tab = Annotated[
    ClientTab | None, argument(description="The tab to list. Default: the tab that opens first for the viewer's role.")
]
MissingReceipts = Annotated[
    bool | None,
    argument(
        description="Only clients with missing receipts. A client that does not "
        "share this kind of pending work counts as having none."
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
    argument(
        description="Only invoices about this client. This also works after the end of the collaboration with it."
    ),
]
OfCollaboration = Annotated[
    strawberry.ID | None,
    argument(description="Only invoices of this collaboration, including one that has ended."),
]
Answered = Annotated[
    bool | None,
    argument(
        description="If true, only conversations that the firm has answered; if false, only those that it has not answered."
    ),
]
OneSection = Annotated[PendingSection | None, argument(description="Only activities of this section.")]
Since = Annotated[DateTime | None, argument(description="Only entries at this time or later.")]
Until = Annotated[DateTime | None, argument(description="Only entries before this time.")]
Actor = Annotated[
    strawberry.ID | None,
    argument(
        description="Only actions of this person: the global id of a `FirmMember`, "
        "of a `ClientMember` or of the viewer's own `User`."
    ),
]
OneAction = Annotated[AuditAction | None, argument(description="Only entries about this action.")]
Fields = Annotated[list[FieldName], argument(description=f"Names of fields of the object, at most {MAX_FIELDS}.")]


@strawberry.input(description="The order of a list of clients.")
class ClientOrder:
    field: ClientOrderField = strawberry.field(description="The field to order by.")
    direction: OrderDirection = strawberry.field(description="The direction of the order.", default=OrderDirection.ASC)


OrderBy = Annotated[ClientOrder | None, argument(description="The order. Default: by name, ascending.")]
