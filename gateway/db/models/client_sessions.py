"""Sessions in clients' accounts (M11)."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Uuid, text
from sqlalchemy.orm import mapped_column

from gateway.db.enums import SESSION_ENDS
from gateway.db.models.base import Base, Key, Mapped, Moment, edge, inside, of_client, one_of, references


class ClientSession(Base):
    """A session of a firm's member in a client's account, one at a time (P18, P28, P29).

    The policy decides whether it is still open.
    """

    __tablename__ = "client_session"
    __table_args__ = (
        one_of("ended_as", SESSION_ENDS),
        CheckConstraint("(closed_at IS NULL) = (ended_as IS NULL)", name="ended"),
        # One session at a time in all accounts: the mutation that opens one locks the member (P29).
        Index(
            "uq_client_session_open", "member_id", "client_id", unique=True, postgresql_where=text("closed_at IS NULL")
        ),
        inside("collaboration", "collaboration_id"),
        Index("ix_client_session_of_collaboration", "collaboration_id", postgresql_where=text("closed_at IS NULL")),
        of_client("client_session"),
        Index("ix_client_session_of_firm", "firm_id", "id"),
    )

    id: Mapped[Key]
    member_id: Mapped[UUID] = references("firm_member.id")
    firm_id: Mapped[UUID] = references("firm.id")
    client_id: Mapped[UUID] = references("client.id")
    collaboration_id: Mapped[UUID] = mapped_column(Uuid)
    opened_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    redeemed_at: Mapped[Moment | None]  # when its link was used; a link works once
    closed_at: Mapped[Moment | None]
    ended_as: Mapped[str | None]

    member = edge("FirmMember", by="ClientSession.member_id", to="FirmMember.id")
    client = edge("Client", by="ClientSession.client_id", to="Client.id")
    collaboration = edge("Collaboration", by="ClientSession.collaboration_id", to="Collaboration.id", same_client=True)
