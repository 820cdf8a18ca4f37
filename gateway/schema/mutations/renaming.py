"""Companies and firms change their names."""

import strawberry

from gateway.resolvers import renaming as how
from gateway.schema.clients import Client
from gateway.schema.fields import leaf, via
from gateway.schema.firms import Firm


@strawberry.type(description="A company with a new name.")
class RenameCompanyPayload:
    client: Client | None = leaf("The company.")


@strawberry.type(description="A firm with a new name.")
class RenameFirmPayload:
    firm: Firm | None = leaf("The firm.")


@strawberry.type
class Renaming:
    rename_company: RenameCompanyPayload | None = via(
        how.rename_company,
        "Change the name of the acting company. Its pending and active collaborations show the new name. Invitations that"
        " it has not accepted, ended collaborations and invoices keep theirs.",
    )
    rename_firm: RenameFirmPayload | None = via(
        how.rename_firm,
        "Change the name of the acting firm. Collaborations that have not ended show the new name. Ended ones, invoices and"
        " the published profile keep theirs.",
    )
