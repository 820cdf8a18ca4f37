"""Object types of conversations between a firm and a client."""

from typing import TYPE_CHECKING, Annotated, Any, Final

import sqlalchemy as sa
import strawberry

from gateway.db import models
from gateway.db.queries.same_client import in_conversation
from gateway.reads import values
from gateway.schema.core.actions import Action, UnavailableAction, unavailable_actions, viewer_actions
from gateway.schema.core.enums import Side
from gateway.schema.core.fields import leaf, newest_of, to_one
from gateway.schema.core.node import Connection, Node
from gateway.schema.core.scalars import DateTime
from gateway.schema.firms.types import Firm

if TYPE_CHECKING:
    from gateway.schema.clients.types import Client
    from gateway.schema.collaborations.types import Collaboration

OneClient = Annotated["Client", strawberry.lazy("gateway.schema.clients.types")]
OneCollaboration = Annotated["Collaboration", strawberry.lazy("gateway.schema.collaborations.types")]


def _of_the_two(column: Any) -> Any:
    """A column of a conversation's newest collaboration, without invitations: whom they reached is not known (D42)."""
    one, other = models.Collaboration, models.Conversation
    theirs = sa.select(column).where(one.firm_id == other.firm_id, one.client_id == other.client_id)
    known = theirs.where(one.state.in_(("pending", "active", "ended")))
    return known.order_by(one.id.desc()).limit(1).correlate(other).scalar_subquery()


def _at_the_end(then: Any, now: Any) -> Any:
    """After the end, the names are those of that time (D50)."""
    return sa.func.coalesce(_of_the_two(then), now).label(then.key)


MAX_UNREAD: Final = 100
_BEFORE_ALL: Final[Any] = sa.literal_column("'00000000-0000-0000-0000-000000000000'::uuid")
_LAST_SENT: Final = (
    sa.select(models.Message.sent_at)
    .where(in_conversation())
    .order_by(models.Message.id.desc())
    .limit(1)
    .correlate(models.Conversation)
    .scalar_subquery()
)


def _unread() -> Any:
    """The number of messages of others after the last one that the viewer has read."""
    me: Any = sa.bindparam("v_user_id", type_=sa.Uuid())
    message, known = models.Message, models.ConversationRead
    of_this = known.conversation_id == models.Conversation.id, known.client_id == models.Conversation.client_id
    mine = sa.select(known.message_id).where(*of_this, known.user_id == me)
    since: Any = sa.func.coalesce(mine.correlate(models.Conversation).scalar_subquery(), _BEFORE_ALL)
    later: Any = sa.select(sa.literal_column("1")).where(in_conversation(), message.author_id != me, message.id > since)
    found = later.limit(sa.literal_column(str(MAX_UNREAD))).correlate(models.Conversation).subquery()
    return sa.select(sa.func.count()).select_from(found).scalar_subquery()


_UNREAD: Final = _unread()


@strawberry.type(description="A message from one side of a conversation.")
class Message(Node, row=models.Message, joins=((models.User, models.User.id == models.Message.author_id),)):
    side: Side = leaf("The side that wrote it.", values.word(models.Message.side))
    author_name: str | None = leaf("The author's name.", values.text(models.User.name.label("author_name")))
    body: str = leaf(
        "The message as plain text. It is never to be interpreted as markup.", values.text(models.Message.body)
    )
    sent_at: DateTime = leaf("When it was sent.", values.moment(models.Message.sent_at))


@strawberry.type(
    description="The messages between a firm and a client. The client begins, before a request or with one."
)
class Conversation(
    Node,
    row=models.Conversation,
    joins=(
        (models.Firm, models.Firm.id == models.Conversation.firm_id),
        (models.Client, models.Client.id == models.Conversation.client_id),
    ),
):
    firm_name: str = leaf(
        "The firm's name; after the end of a collaboration, the name at that time.",
        values.text(_at_the_end(models.Collaboration.firm_name, models.Firm.name)),
    )
    client_name: str | None = leaf(
        "The client's name; after the end of a collaboration, the name at that time.",
        values.text(_at_the_end(models.Collaboration.client_name, models.Client.name)),
    )
    firm: Firm | None = to_one("The firm; null if the viewer may not see it.", models.Conversation.firm_id)
    client: OneClient | None = to_one("The client; null if the viewer may not see it.", models.Conversation.client_id)
    collaboration: OneCollaboration | None = to_one(
        "The collaboration or request of the two, or the last one that ended; null if there was none.",
        _of_the_two(models.Collaboration.id).label("collaboration_id"),
    )
    opened_at: DateTime = leaf("When the client began it.", values.moment(models.Conversation.opened_at))
    last_message_at: DateTime | None = leaf(
        "When the last message was sent; null if there is none.", values.moment(_LAST_SENT.label("last_message_at"))
    )
    unread_count: int | None = leaf(
        f"The number of messages of others that the viewer has not read, at most {MAX_UNREAD}: that means this many or more."
        " `markConversationRead` sets it to 0.",
        values.number(_UNREAD.label("unread_count")),
    )
    blocked_at: DateTime | None = leaf(
        "Since when the firm has blocked it; null if it is not blocked.",
        values.moment(models.Conversation.blocked_at),
    )
    viewer_actions: list[Action] = viewer_actions()
    unavailable_actions: list[UnavailableAction] = unavailable_actions()
    messages: Connection[Message] | None = newest_of(
        "The messages, newest first.", models.Message.conversation_id, models.Message.id
    )
