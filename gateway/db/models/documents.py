"""The documents of shipped clients, which the platform has published."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import mapped_column

from gateway.db.models.base import Base, Mapped, Moment


class TrustedDocument(Base):
    """A document by the id that clients send in its place. A retired one is not accepted any more."""

    __tablename__ = "trusted_document"
    __table_args__ = (CheckConstraint("length(id) BETWEEN 1 AND 128", name="id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    application: Mapped[str]  # the client that ships it
    cost: Mapped[int]
    published_at: Mapped[Moment]
    retired_at: Mapped[Moment | None]
