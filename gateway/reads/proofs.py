"""The proof of identity as a part of a compiled statement."""

from functools import cache

from gateway.auth.proofs import OF_PERSON, of_machine
from gateway.auth.viewers import Anonymous, Viewer
from gateway.reads.sql import written


def proof_for(viewer: Viewer) -> str:
    """SQL of the proof for this kind of viewer: of a person, of a machine, or NULL."""
    if isinstance(viewer, Anonymous):
        return "NULL::text"
    return OF_PERSON if hasattr(viewer, "user_id") else _of_machine()


@cache
def _of_machine() -> str:
    return f"({written(of_machine())})"
