"""Ids and cursors that say nothing: deterministic authenticated encryption, AES-SIV (D48)."""

import base64
import re
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import BadInput

KEY_BYTES = range(32, 65)
TAG_BYTES = 16
# With the tag and the key that makes 57 bytes, which base64 writes without a bit left over.
TYPE_BYTES = 25
ID_CHARACTERS = 76
# Cursors grow in steps, so that their length tells little of the value they stand at.
CURSOR_STEP = 48
POSITION_BYTES = 1024
CURSOR_CHARACTERS = 1536

_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


class Seal:
    """Seals ids and cursors under one key of 32 to 64 bytes; each kind has a key of its own (D48)."""

    def __init__(self, key: bytes) -> None:
        if len(key) not in KEY_BYTES:
            raise ValueError("a sealing key has 32 to 64 bytes")
        self._ids = AESSIV(_derived(key, b"partner-gateway ids"))
        self._cursors = AESSIV(_derived(key, b"partner-gateway cursors"))

    def id(self, type_name: str, key: UUID) -> str:
        """The global id of an object: as long for every type, the same each time (D48)."""
        name = type_name.encode("ascii")
        if not 0 < len(name) <= TYPE_BYTES:
            raise ValueError(f"a type name has 1 to {TYPE_BYTES} letters")
        return _written(self._ids.encrypt(name.ljust(TYPE_BYTES, b"\0") + key.bytes, None))

    def open_id(self, text: str) -> tuple[str, UUID]:
        """The type name and the key in an id of ours; raises BadInput for any other text (D36)."""
        try:
            if len(text) != ID_CHARACTERS:
                raise ValueError("length")
            opened = self._ids.decrypt(_read(text), None)
        except (ValueError, InvalidTag):
            raise BadInput("This is not an id that we made.") from None
        return opened[:TYPE_BYTES].rstrip(b"\0").decode("ascii"), UUID(bytes=opened[TYPE_BYTES:])

    def cursor(self, position: bytes, *, bound_to: bytes) -> str:
        """A position in one list; `bound_to` names the viewer, the order and the filter (D48)."""
        if len(position) > POSITION_BYTES:
            raise ValueError(f"a position has at most {POSITION_BYTES} bytes")
        counted = len(position).to_bytes(2, "big") + position
        padded = counted + bytes(-len(counted) % CURSOR_STEP)
        return _written(self._cursors.encrypt(padded, [bound_to]))

    def open_cursor(self, text: str, *, bound_to: bytes) -> bytes:
        """The position in a cursor of this list; raises BadInput for any other text (D36, L2)."""
        try:
            if len(text) > CURSOR_CHARACTERS:
                raise ValueError("length")
            opened = self._cursors.decrypt(_read(text), [bound_to])
        except (ValueError, InvalidTag):
            raise BadInput("This is not a cursor of this list, in this order and with this filter.") from None
        return opened[2 : 2 + int.from_bytes(opened[:2], "big")]


def _derived(key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=label).derive(key)


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def _read(text: str) -> bytes:
    """One text stands for each sealed value: any other spelling of it is a ValueError."""
    if _URL_SAFE.fullmatch(text) is None:
        raise ValueError("alphabet")
    sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(sealed) <= TAG_BYTES or _written(sealed) != text:
        raise ValueError("spelling")
    return sealed
