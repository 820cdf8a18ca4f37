"""Who is asking."""

import strawberry

from gateway.resolvers import people as how
from gateway.resolvers import sessions as sessions_how
from gateway.resolvers import tokens as tokens_how
from gateway.resolvers.values import word
from gateway.schema.fields import column, leaf, via
from gateway.schema.node import Node
from gateway.schema.sessions import ClientSession
from gateway.schema.words import Banner, Locale, MembershipKind, MembershipRole, Menu, TokenScope


@strawberry.type(description="A person, seen by themselves.")
class User(Node):
    name: str = leaf("The name.")
    email: str = leaf("The address.")
    locale: Locale = leaf("The language of mails.", column("locale", word))


@strawberry.type(description="An organisation that the viewer may act for.")
class Membership:
    id: strawberry.ID = leaf("The organisation's id, for the header X-Acting-As.")
    name: str = leaf("The organisation's name.")
    kind: MembershipKind = leaf("Which kind it is.")
    role: MembershipRole = leaf("The viewer's role there.")


@strawberry.type(description="Whoever asks, in the one acting context of this request.")
class Viewer:
    user: User | None = via(how.user, "The person; null for a machine.")
    acting_as: Membership | None = via(how.acting_as, "The organisation that this request acts for.")
    memberships: list[Membership] | None = via(how.memberships, "All organisations that the person may act for.")
    menus: list[Menu] | None = via(how.menus, "The menus that the acting firm has open.")
    token_scopes: list[TokenScope] | None = via(
        tokens_how.token_scopes, "The scopes that integration tokens made here may have; none where none may be made."
    )
    client_session: ClientSession | None = via(
        sessions_how.own, "The session in a client's account that the person is in now."
    )
    banners: list[Banner] | None = via(how.banners, "What to offer on the Clients page.")
