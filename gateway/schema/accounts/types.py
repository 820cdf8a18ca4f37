"""Object types of accounts: the viewer, the person and their memberships."""

import strawberry

from gateway.auth.viewers import FirmViewer
from gateway.db import models
from gateway.reads import values
from gateway.reads.edges import OneOf
from gateway.reads.roots import Memberships
from gateway.resolvers.accounts import viewer
from gateway.resolvers.tokens import mutations as tokens
from gateway.schema.accounts.enums import Banner, MembershipKind, MembershipRole, Menu, Page
from gateway.schema.client_sessions.types import ClientSession
from gateway.schema.core.enums import Locale
from gateway.schema.core.fields import begun_at, leaf, one_at, own, words_of_own
from gateway.schema.core.node import Carrier, Node
from gateway.schema.core.scalars import EmailAddress
from gateway.schema.tokens.enums import TokenScope


@strawberry.type(description="A person, as visible to themselves.")
class User(Node, row=models.User):
    name: str = leaf("The person's name.", values.text(models.User.name))
    email: EmailAddress | None = leaf("The person's mail address.", values.text(models.User.email))
    locale: Locale = leaf("The language of mails to the person.", values.word(models.User.locale))


@strawberry.type(description="An organisation that the viewer may act for.")
class Membership(Carrier):
    id: strawberry.ID = leaf("The organisation's global id, for the header X-Acting-As.")
    name: str = leaf("The organisation's name.")
    kind: MembershipKind = leaf("The kind of the organisation.")
    role: MembershipRole = leaf("The viewer's role there.")
    is_default: bool = leaf("Whether a request without the header X-Acting-As acts for it.")


@strawberry.type(description="The caller of this request, and the organisation that the request acts for.")
class Viewer(Carrier):
    user: User | None = own("The person; null for a machine.", viewer.USER)
    acting_as: Membership | None = begun_at(
        "The organisation that this request acts for; null if it acts for none.",
        Memberships(acting=True),
        viewer.acting_as,
    )
    membership: Node | None = own(
        "The viewer's own membership of the acting organisation: a `FirmMember` or a `ClientMember`; null for all others.",
        viewer.MEMBERSHIP,
    )
    memberships: list[Membership] | None = begun_at(
        "All organisations that the viewer may act for.", Memberships(acting=False), viewer.memberships
    )
    pages: list[Page] | None = words_of_own(
        "The pages of the portal that the viewer's role has now in the acting organisation.", viewer.PAGES
    )
    menus: list[Menu] | None = words_of_own(
        "The menus that are open to the acting firm; empty for all other viewers.", viewer.MENUS
    )
    token_scopes: list[TokenScope] | None = words_of_own(
        "The scopes that the viewer can give to integration tokens of the "
        "acting organisation; empty if the viewer cannot create any.",
        tokens.TOKEN_SCOPES,
    )
    client_session: ClientSession | None = one_at(
        "The session in a client's account that the person has open; null if there is none.",
        lambda acting: acting.member_id if isinstance(acting, FirmViewer) else None,
        OneOf(
            of=models.ClientSession.member_id,
            where=(models.ClientSession.closed_at.is_(None),),
            rules=(("status", "OPEN"),),
        ),
    )
    banners: list[Banner] | None = words_of_own("The offers to show on the Clients page.", viewer.BANNERS)
