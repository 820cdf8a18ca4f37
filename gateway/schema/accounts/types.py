"""Who is asking."""

import strawberry

from gateway.resolvers.accounts import viewer
from gateway.resolvers.client_sessions import queries as client_sessions_queries
from gateway.resolvers.core.formats import word
from gateway.resolvers.tokens import mutations as tokens_mutations
from gateway.schema.accounts.enums import Banner, MembershipKind, MembershipRole, Menu
from gateway.schema.client_sessions.types import ClientSession
from gateway.schema.core.enums import Locale
from gateway.schema.core.fields import column, leaf, via
from gateway.schema.core.node import Carrier, Node
from gateway.schema.tokens.enums import TokenScope


@strawberry.type(description="A person, seen by themselves.")
class User(Node):
    name: str = leaf("The name.")
    email: str = leaf("The address.")
    locale: Locale = leaf("The language of mails.", column("locale", word))


@strawberry.type(description="An organisation that the viewer may act for.")
class Membership(Carrier):
    id: strawberry.ID = leaf("The organisation's id, for the header X-Acting-As.")
    name: str = leaf("The organisation's name.")
    kind: MembershipKind = leaf("Which kind it is.")
    role: MembershipRole = leaf("The viewer's role there.")


@strawberry.type(description="Whoever asks, in the one acting context of this request.")
class Viewer(Carrier):
    user: User | None = via(viewer.user, "The person; null for a machine.")
    acting_as: Membership | None = via(viewer.acting_as, "The organisation that this request acts for.")
    memberships: list[Membership] | None = via(viewer.memberships, "All organisations that the person may act for.")
    menus: list[Menu] | None = via(viewer.menus, "The menus that the acting firm has open.")
    token_scopes: list[TokenScope] | None = via(
        tokens_mutations.token_scopes,
        "The scopes that integration tokens made here may have; none where none may be made.",
    )
    client_session: ClientSession | None = via(
        client_sessions_queries.own, "The session in a client's account that the person is in now."
    )
    banners: list[Banner] | None = via(viewer.banners, "What to offer on the Clients page.")
