"""Firm profiles: drafts, their review, and the lists of published profiles (M3, H8, H15–H21)."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from gateway.context import Info
from gateway.db.ids import uuid7
from gateway.db.models import FirmProfile
from gateway.db.queries.by_state import published_profile
from gateway.errors import Conflict
from gateway.messages import text
from gateway.resolvers.core.audit_trail import About
from gateway.resolvers.core.idempotency import Node
from gateway.resolvers.core.refusals import MOVED_ON
from gateway.resolvers.core.transaction import MutationContext, run_mutation
from gateway.schema.firms.enums import ProfileDecision
from gateway.schema.firms.inputs import (
    DecideProfileRevisionInput,
    SaveProfileDraftInput,
    SubmitProfileInput,
    WithdrawProfileInput,
)
from gateway.text.keys import sort_key, spelled_key

OPEN: Final = ("draft", "in_review", "changes_requested")
"""States of a revision before publication. A firm has at most one such revision."""


# ---- lists


async def save_profile_draft(info: Info, input: SaveProfileDraftInput) -> Any:
    """Changes the firm's open revision, or begins the next one if there is none (H17, H18, H21, D11).

    Raises Conflict while the open revision is in review, and where the newest revision has other lists than expected (D73).
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        type_name, firm_id = change.subject()
        # The firm is locked, so that two concurrent drafts create only one revision.
        await change.authorize(type_name, firm_id, "SAVE_PROFILE_DRAFT")
        await _require_newest(change, firm_id, input)
        key = (await change.connection.execute(_open_of(firm_id))).scalar_one_or_none()
        if key is not None:
            await change.authorize("FirmProfile", key, "SAVE_PROFILE_DRAFT")
            await _write(change, key, state="draft", **_columns(input))
        else:
            key = uuid7(info.context.viewer.now)
            row = {"id": key, "firm_id": firm_id, "revision": _next_of(firm_id), "state": "draft", **_columns(input)}
            await change.connection.execute(sa.insert(FirmProfile).values(row))
        return _shown(change, key, firm_id)

    return await run_mutation(info, work)


async def submit_profile(info: Info, input: SubmitProfileInput) -> Any:
    """Submits the revision for review (H19, H20)."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("FirmProfile", input.id, "SUBMIT_PROFILE")
        by, now = info.context.identity.user_id, info.context.viewer.now
        await _write(change, row.id, state="in_review", submitted_by=by, submitted_at=now)
        return _shown(change, row.id, row.row.firm_id)

    return await run_mutation(info, work)


async def decide_profile_revision(info: Info, input: DecideProfileRevisionInput) -> Any:
    """Publishes the revision in place of the previous one, or sends it back with a comment (H20, H21, D11).

    Raises Forbidden for a member of the firm.
    """

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("FirmProfile", input.id, "DECIDE_PROFILE_REVISION")
        if input.decision.value not in row.situation.words("decision"):
            raise Conflict(text("conflict", "PROFILE_UNAPPROVED"))
        written = {"comment": input.comment, "reviewed_by": info.context.identity.user_id}
        match input.decision:
            case ProfileDecision.PUBLISH:
                await change.connection.execute(published_profile(row.row.firm_id).values(state="unlisted"))
                await _write(change, row.id, state="published", **written)
                await change.notice("PROFILE_PUBLISHED", subject=("FirmProfile", row.id))
            case ProfileDecision.REQUEST_CHANGES:
                await _write(change, row.id, state="changes_requested", **written)
                await change.notice("PROFILE_CHANGES_REQUESTED", subject=("FirmProfile", row.id))
        return _shown(change, row.id, row.row.firm_id)

    return await run_mutation(info, work)


async def withdraw_profile(info: Info, input: WithdrawProfileInput) -> Any:
    """Removes the published profile from the lists at once (M3). An open revision is not changed."""

    async def work(change: MutationContext) -> dict[str, Any]:
        row = await change.authorize_id("FirmProfile", input.id, "WITHDRAW_PROFILE")
        await _write(change, row.id, state="unlisted")
        return _shown(change, row.id, row.row.firm_id)

    return await run_mutation(info, work)


def _shown(change: MutationContext, key: UUID, firm_id: UUID) -> dict[str, Any]:
    change.about = About("FirmProfile", key, firm_id=firm_id)
    return {"profile": Node("FirmProfile", key)}


# ---- columns


async def _write(change: MutationContext, key: UUID, **values: Any) -> None:
    await change.connection.execute(sa.update(FirmProfile).where(FirmProfile.id == key).values(**values))


def _open_of(firm_id: UUID) -> sa.Select[UUID]:
    return sa.select(FirmProfile.id).where(FirmProfile.firm_id == firm_id, FirmProfile.state.in_(OPEN))


async def _require_newest(change: MutationContext, firm_id: UUID, input: SaveProfileDraftInput) -> None:
    """Raises Conflict if the newest revision has other specialties or languages than the caller expects."""
    expected = (input.expected_specialties, input.expected_languages)
    if expected == (None, None):
        return
    newest = sa.select(FirmProfile.specialties, FirmProfile.languages).where(FirmProfile.firm_id == firm_id)
    found = (await change.connection.execute(newest.order_by(FirmProfile.revision.desc()).limit(1))).one_or_none()
    standing = ([], []) if found is None else (found.specialties, found.languages)
    if any(wanted is not None and set(wanted) != set(has) for wanted, has in zip(expected, standing, strict=True)):
        raise Conflict(MOVED_ON)


def _next_of(firm_id: UUID) -> sa.ScalarSelect[int]:
    following = sa.select(sa.func.coalesce(sa.func.max(FirmProfile.revision), 0) + 1)
    return following.where(FirmProfile.firm_id == firm_id).scalar_subquery()


def _columns(input: SaveProfileDraftInput) -> dict[str, Any]:
    return {
        "display_name": input.display_name,
        "name_key": sort_key(input.display_name),
        "spelled_key": spelled_key(input.display_name),
        "description": input.description,
        "specialties": list(dict.fromkeys(input.specialties)),
        "location": input.location,
        "languages": list(dict.fromkeys(input.languages)),
        "website": input.website,
    }
