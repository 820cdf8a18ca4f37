"""The life of a collaboration: accepted, declined, withdrawn, ended (M6)."""

import strawberry

from gateway.resolvers import collaborating as how
from gateway.schema.collaborations import Collaboration
from gateway.schema.fields import leaf, via
from gateway.schema.mutations.access import CHANGED
from gateway.schema.words import RevokedKind

UNSEEN = "The collaboration, for whom may still see it."


@strawberry.type(description="A collaboration that was accepted.")
class AcceptCollaborationPayload:
    collaboration: Collaboration | None = leaf(CHANGED)


@strawberry.type(description="A collaboration that was declined.")
class DeclineCollaborationPayload:
    collaboration: Collaboration | None = leaf(UNSEEN)


@strawberry.type(description="A collaboration that was withdrawn.")
class WithdrawCollaborationPayload:
    collaboration: Collaboration | None = leaf(UNSEEN)


@strawberry.type(description="Something that ended with a collaboration.")
class Revoked:
    kind: RevokedKind = leaf("What it was.")
    count: int = leaf("How many of them.")


@strawberry.type(description="A collaboration that was ended.")
class TerminateCollaborationPayload:
    collaboration: Collaboration | None = leaf(CHANGED)
    revoked: list[Revoked] | None = via(how.revoked, "What ended with it.")


@strawberry.type
class Collaborating:
    accept_collaboration: AcceptCollaborationPayload | None = via(
        how.accept_collaboration,
        "Accept a client's request; as a client, accept a firm's invitation. The collaboration that begins by an invitation "
        "has an id of its own.",
    )
    decline_collaboration: DeclineCollaborationPayload | None = via(
        how.decline_collaboration, "Decline a client's request; as a client, decline a firm's invitation."
    )
    withdraw_collaboration: WithdrawCollaborationPayload | None = via(
        how.withdraw_collaboration, "Withdraw one's own request or invitation before it has led to a collaboration."
    )
    terminate_collaboration: TerminateCollaborationPayload | None = via(
        how.terminate_collaboration, "End a collaboration and every access with it, at once and for good."
    )
