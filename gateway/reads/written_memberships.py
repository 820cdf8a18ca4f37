"""The organisations of the caller in a compiled statement: as `identify` finds them, in the snapshot of the statement."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from graphql.execution.collect_fields import FieldDetailsList

from gateway.auth.memberships import TYPES as KINDS
from gateway.auth.memberships import places_of
from gateway.auth.proofs import DEFAULT
from gateway.auth.viewers import (
    PLATFORM_NAME,
    ClientReporter,
    ClientToken,
    ClientViewer,
    FirmToken,
    FirmViewer,
    PlatformReporter,
    PlatformViewer,
    SystemViewer,
)
from gateway.db.models import Client, Firm
from gateway.global_ids import character_of
from gateway.reads import marks
from gateway.reads.sql import Piece, Sql, case, concatenated, constant, written
from gateway.reads.writer import Slot, Writer, gathered


def memberships(writer: Writer, type_name: str, details: FieldDetailsList) -> Sequence[Piece]:
    """All organisations for which a person may act; a machine has none."""
    if not hasattr(writer.viewer, "user_id"):
        return ["[]"]
    name = writer.name()
    places = written(places_of(sa.bindparam("v_user_id", type_=sa.Uuid())))
    kinds = [(f"{name}.kind = '{kind}'", constant(character_of(type_))) for kind, type_ in KINDS.items()]
    texts: dict[str, Sequence[Piece]] = {
        "id": ['"' + marks.ID, case(kinds, None), Sql(f"{name}.organisation_id::text"), '"'],
        "name": [Sql(f"to_json({name}.organisation_name)::text")],
        "kind": [_word(f"{name}.kind")],
        "role": [_word(f"{name}.role")],
        "isDefault": [Sql(f"({name}.organisation_id = {_DEFAULT})::text")],
    }
    row = concatenated(writer.object(type_name, details, lambda field, _: texts[field]))
    order = f"{name}.rank, {name}.name_key, {name}.organisation_id"
    return [Sql(f"(SELECT {gathered(row, Slot(), order)} FROM ({places}) {name})")]


def acting_as(writer: Writer, type_name: str, details: FieldDetailsList) -> Sequence[Piece]:
    """The organisation for which the caller acts."""
    viewer = writer.viewer
    role: str = viewer.role
    is_person = hasattr(viewer, "user_id")
    match viewer:
        case FirmViewer() | FirmToken():
            kind, key, name = "firm", Sql("%(v_firm_id)s::uuid::text"), _name(Firm, "v_firm_id")
        case ClientViewer() | ClientToken() | ClientReporter():
            kind, key, name = "client", Sql("%(v_client_id)s::uuid::text"), _name(Client, "v_client_id")
        case PlatformViewer() | SystemViewer() | PlatformReporter():
            kind, key, name = "platform", Sql("%(v_acting_id)s::uuid::text"), constant(f'"{PLATFORM_NAME}"')
            role = {"SystemViewer": "billing", "PlatformReporter": "reporting"}.get(type(viewer).__name__, role)
        case _:
            return ["null"]
    is_default = Sql(f"({_DEFAULT}::text = {key})::text") if is_person else "true"
    texts: dict[str, Sequence[Piece]] = {
        "id": ['"' + marks.ID + character_of(KINDS[kind]), key, '"'],
        "name": [name],
        "kind": [f'"{kind.upper()}"'],
        "role": [f'"{role.upper()}"'],
        "isDefault": [is_default],
    }
    return writer.object(type_name, details, lambda field, _: texts[field])


_DEFAULT: Final = f"%({DEFAULT})s::uuid"


def _name(model: Any, key: str) -> Sql:
    organisation = sa.select(model.name).where(model.id == sa.bindparam(key, type_=sa.Uuid()))
    return Sql(f"to_json(({written(organisation)}))::text")


def _word(column: str) -> Sql:
    return concatenated(['"', Sql(f'upper({column} COLLATE "C")'), '"'])
