"""Statements that count a company's wrong invitation codes."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from gateway.db.models import InvitationCodeGuess

MAX_COUNT: Final = 10
WITHIN: Final = timedelta(hours=1)


def counted(client_id: UUID, now: datetime) -> ReturningInsert[int, datetime]:
    """Counts one more guess. Returns the number within the hour, at most one more than allowed, and the end of the hour."""
    guess = InvitationCodeGuess
    first = insert(guess).values(client_id=client_id, guesses=1, window_ends_at=now + WITHIN)
    is_over = guess.window_ends_at <= now
    return first.on_conflict_do_update(
        index_elements=[guess.client_id],
        set_={
            "guesses": sa.case((is_over, 1), else_=sa.func.least(guess.guesses + 1, MAX_COUNT + 1)),
            "window_ends_at": sa.case((is_over, first.excluded.window_ends_at), else_=guess.window_ends_at),
        },
    ).returning(guess.guesses, guess.window_ends_at)


def forgiven(client_id: UUID) -> sa.Update:
    """Takes back the last guess because it was right."""
    guess = InvitationCodeGuess
    return sa.update(guess).where(guess.client_id == client_id, guess.guesses > 0).values(guesses=guess.guesses - 1)
