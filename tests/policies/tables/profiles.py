"""FirmProfile, typed from table A of §4.6 (published profile, unpublished revision) and D11, D41, D49."""

from typing import Final

from tests.policies.tables.grid import MACHINES, Facts, Table, fields

CELLS: Final = fields("""
fields                                                                 | anyone | grounds
id displayName description specialties location languages website | ●      | H8 H16 H20
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    """Published: directory and marketplace, everyone but a token (D41). Who belongs nowhere reads what anybody may read.

    An unpublished revision is for its firm's admins, PR and PA; as long as there is no review, it is nobody's (D56).
    """
    return "anyone" if facts["published"] and viewer not in MACHINES else None


TABLES: Final = [Table("FirmProfile", CELLS, column_of)]
