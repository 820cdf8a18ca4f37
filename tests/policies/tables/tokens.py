"""IntegrationToken, typed from D26 and D41: FA, CO and PA, each for their own organisation."""

from typing import Final

from tests.policies.tables.grid import Facts, Table, fields, first_words

CELLS: Final = fields("""
fields                                  | own FA | own CO | own PA | grounds
id name scopes createdBy createdAt      | ●      | ●      | ●      | D26 D41
expiresAt lastUsedAt revokedAt          | ●      | ●      | ●      | D26 D41
viewerActions                           | ●      | ●      | ●      | D26 D57
""")


def column_of(viewer: str, facts: Facts) -> str | None:
    return f"own {viewer}" if viewer in ("FA", "CO", "PA") and facts["is_own_org"] else None


def may(viewer: str, facts: Facts) -> list[str]:
    """What was revoked stays so."""
    return ["REVOKE_TOKEN"] if column_of(viewer, facts) and facts["not_revoked"] else []


def knows(viewer: str, facts: Facts) -> list[str]:
    return ["is_own_org", "not_revoked"] if column_of(viewer, facts) else []


REFUSES: Final = first_words([("REVOKE_TOKEN", "REVOKED", lambda v, f: not f["not_revoked"])])
TABLES: Final = [
    Table("IntegrationToken", CELLS, column_of, words={"may": may, "disclosed_fact": knows}, whys={"refuses": REFUSES})
]
