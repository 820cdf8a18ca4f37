"""Conversations of firms and clients (H31, H35). A conversation can exist before any request (D58)."""

from uuid import UUID

from sqlalchemy import FetchedValue, Index, UniqueConstraint, Uuid
from sqlalchemy.orm import mapped_column

from gateway.db.enums import SIDES
from gateway.db.models.base import Base, Key, Mapped, Moment, edge, edges, inside, of_client, one_of, references


class Conversation(Base):
    """The conversation of a firm and a client: one for each pair, independent of their collaborations."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("firm_id", "client_id"),
        Index("ix_conversation_of_firm", "firm_id", "last_at", "id"),
        Index("ix_conversation_of_client", "client_id", "last_at", "id"),
        of_client("conversation"),
    )

    id: Mapped[Key]
    firm_id: Mapped[UUID] = references("firm.id")
    client_id: Mapped[UUID] = references("client.id")
    opened_by: Mapped[UUID] = references("user_account.id")
    opened_at: Mapped[Moment]
    last_at: Mapped[Moment] = mapped_column(server_default=FetchedValue())  # of the last message, by a trigger
    blocked_at: Mapped[Moment | None]  # by the firm (X-H2)

    firm = edge("Firm", by="Conversation.firm_id", to="Firm.id")
    client = edge("Client", by="Conversation.client_id", to="Client.id")
    messages = edges("Message", by="Conversation.id", to="Message.conversation_id", same_client=True)


class ConversationRead(Base):
    """The last message of a conversation that a person has read."""

    __tablename__ = "conversation_read"
    __table_args__ = (inside("conversation", "conversation_id"),)

    client_id: Mapped[UUID] = references("client.id", primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[UUID] = references("user_account.id", primary_key=True)
    message_id: Mapped[UUID] = mapped_column(Uuid)


class Message(Base):
    """A message that one person of one side wrote."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("side", SIDES),
        Index("ix_message_of_conversation", "conversation_id", "id"),
        Index("ix_message_of_client", "client_id", "id"),
        inside("conversation", "conversation_id"),
    )

    id: Mapped[Key]
    client_id: Mapped[UUID] = references("client.id")
    conversation_id: Mapped[UUID] = mapped_column(Uuid)
    side: Mapped[str]
    author_id: Mapped[UUID] = references("user_account.id")
    body: Mapped[str]
    sent_at: Mapped[Moment]

    conversation = edge("Conversation", by="Message.conversation_id", to="Conversation.id", same_client=True)
    author = edge("User", by="Message.author_id", to="User.id")
