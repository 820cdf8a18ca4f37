"""Statements about trusted documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gateway.db.models import TrustedDocument


def in_force() -> sa.Select[str, str]:
    """The id and the text of each document that is not retired."""
    return sa.select(TrustedDocument.id, TrustedDocument.text).where(TrustedDocument.retired_at.is_(None))


def all_of(application: str | None) -> sa.Select[Any]:
    found = sa.select(TrustedDocument.__table__).order_by(TrustedDocument.application, TrustedDocument.id)
    return found if application is None else found.where(TrustedDocument.application == application)


def published(rows: Sequence[dict[str, Any]]) -> sa.Insert:
    """Inserts documents, or puts retired ones in force again. The caller has checked that no id has another text."""
    new = insert(TrustedDocument).values(rows)
    changed = {name: new.excluded[name] for name in ("application", "cost", "published_at")}
    return new.on_conflict_do_update(index_elements=["id"], set_={**changed, "retired_at": None})


def texts_of(ids: Sequence[str]) -> sa.Select[str, str]:
    return sa.select(TrustedDocument.id, TrustedDocument.text).where(TrustedDocument.id.in_(ids))


def retired(ids: Sequence[str], at: datetime) -> sa.Update:
    """Retires those of these documents that are in force, and returns their ids."""
    wanted = sa.update(TrustedDocument).where(TrustedDocument.id.in_(ids), TrustedDocument.retired_at.is_(None))
    return wanted.values(retired_at=at).returning(TrustedDocument.id)
