"""Queries for firms, for the public directory and for the reviewers of profiles."""

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from gateway.auth.viewers import FirmToken, FirmViewer, Viewer
from gateway.db.models import Firm, FirmProfile
from gateway.policy import Plan
from gateway.reads.roots import RootById, RootList, Rows, Selection
from gateway.resolvers.core.search import contains, search_terms
from gateway.schema.core.arguments import Search, SubscriptionLapsed


def own_firm(viewer: Viewer) -> tuple[str, UUID] | None:
    return ("Firm", viewer.firm_id) if isinstance(viewer, FirmViewer | FirmToken) else None


def _found(model: Any, search: str | None, *rules: str) -> Selection:
    """Selects the rows whose name contains `search` and for which all `rules` of the policy hold."""
    terms = search_terms(search)

    def conditions(rows: Rows) -> Sequence[Any]:
        found = [rows.predicate(rule) for rule in rules]
        return found if terms is None else [*found, contains(rows.own(model.name_key), rows.own(model.spelled_key))]

    return Selection(
        kind=(terms is not None, *rules),
        filter=(terms, *rules),
        conditions=conditions,
        parameters={} if terms is None else terms.parameters(),
    )


def _firms(plan: Plan, search: Search = None, subscription_lapsed: SubscriptionLapsed = False) -> Selection:
    return _found(Firm, search, *(("lapsed",) if subscription_lapsed else ()))


def _directory(plan: Plan, search: Search = None) -> Selection:
    return _found(FirmProfile, search, "listed")


def _marketplace(plan: Plan, search: Search = None) -> Selection:
    """Selects the published profiles for members of client companies, and nothing for other viewers (H8)."""
    return _found(FirmProfile, search, "listed", "marketed")


def _waiting(plan: Plan) -> Selection:
    """Selects the revisions that wait for a review (H20), and nothing for a viewer who is not a reviewer."""
    return Selection(conditions=lambda rows: (rows.predicate("waiting"),))


def _by_name(model: Any) -> Callable[[Rows], tuple[Any, Any]]:
    return lambda rows: (rows.own(model.name_key), rows.own(model.id))


FIRM: Final = RootById(target="Firm", or_own=own_firm)
FIRMS: Final = RootList(target="Firm", order=_by_name(Firm), select=_firms)
PUBLIC_DIRECTORY: Final = RootList(
    target="FirmProfile", order=_by_name(FirmProfile), select=_directory, backwards=False
)
MARKETPLACE: Final = RootList(target="FirmProfile", order=_by_name(FirmProfile), select=_marketplace, backwards=False)
REVIEW_QUEUE: Final = RootList(
    target="FirmProfile",
    order=lambda rows: (rows.own(FirmProfile.id),),
    select=_waiting,
    backwards=False,
)
