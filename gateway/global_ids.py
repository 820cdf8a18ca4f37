"""Opaque global ids and cursors: deterministic authenticated encryption with AES-SIV (D48)."""

import base64
import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.errors import BadInput

KEY_BYTES = range(32, 65)
TAG_BYTES = 16
TYPES: Final = (
    "User",
    "Firm",
    "FirmProfile",
    "FirmMember",
    "StaffInvitation",
    "Client",
    "ClientMember",
    "ClientMemberInvitation",
    "PendingActivity",
    "Collaboration",
    "ClientInvitation",
    "Conversation",
    "Message",
    "ClientSession",
    "Order",
    "Invoice",
    "IntegrationToken",
    "AuditEntry",
    "Platform",
)
"""The types with ids. An id contains the place of its type here: add new types at the end, and remove none."""
# A byte for the type, the key and the tag are 33 bytes, a multiple of three: base64 encodes them without padding bits.
ID_CHARACTERS = 44
# Cursors are padded to a multiple of this size, so that their length reveals little about the value in them.
CURSOR_STEP = 48
POSITION_BYTES = 1024
CURSOR_CHARACTERS = 1536

FIRST_CHARACTER: Final = 0x28
MAX_REMEMBERED: Final = 50_000
"""Ids of one process, about 10 MB."""

_CODES: Final = {name: bytes([code]) for code, name in enumerate(TYPES)}
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def character_of(type_name: str) -> str:
    """Returns the character of a type with ids: one that neither JSON nor SQL escapes."""
    return chr(FIRST_CHARACTER + TYPES.index(type_name))


class Seal:
    """Encrypts ids and cursors. Each of the two has its own key, derived from one key of 32 to 64 bytes (D48)."""

    def __init__(self, key: bytes) -> None:
        if len(key) not in KEY_BYTES:
            raise ValueError("a sealing key must have 32 to 64 bytes")
        self._ids = AESSIV(_derived(key, b"partner-gateway ids"))
        self._cursors = AESSIV(_derived(key, b"partner-gateway cursors"))
        self._remembered: dict[bytes, bytes] = {}

    def id(self, type_name: str, key: UUID) -> str:
        """Returns the global id of an object: of the same length for every type, and the same each time (D48)."""
        return _written(self._ids.encrypt(_CODES[type_name] + key.bytes, None))

    def ids(self, plain: Sequence[bytes]) -> list[bytes]:
        """Returns the global ids of many objects, each given as the character of its type and the text of its key.

        An id is always the same, so those of the last answers are remembered: encrypting one takes longer than all else that
        Python does for a row.
        """
        remembered = self._remembered
        found = [remembered.get(each) for each in plain]
        if None not in found:
            return found  # type: ignore[return-value] # none of them is None
        missing = list(dict.fromkeys(each for each, known in zip(plain, found, strict=True) if known is None))
        keys = bytes.fromhex(b"".join([each[1:] for each in missing]).replace(b"-", b"").decode())
        encrypt = self._ids.encrypt
        sealed = [
            encrypt(bytes([each[0] - FIRST_CHARACTER]) + keys[16 * index : 16 * index + 16], None)
            for index, each in enumerate(missing)
        ]
        text = base64.urlsafe_b64encode(b"".join(sealed))
        if len(remembered) + len(missing) > MAX_REMEMBERED:
            remembered.clear()
        begins = range(0, len(text), ID_CHARACTERS)
        new = {each: text[begin : begin + ID_CHARACTERS] for each, begin in zip(missing, begins, strict=True)}
        remembered.update(new)
        return [new[each] if known is None else known for each, known in zip(plain, found, strict=True)]

    def open_id(self, text: str) -> tuple[str, UUID]:
        """Returns the type name and the key of a global id. Raises BadInput for any other text (D36)."""
        try:
            if len(text) != ID_CHARACTERS:
                raise ValueError("length")
            opened = self._ids.decrypt(_read(text), None)
        except (ValueError, InvalidTag):
            raise BadInput("This is not a valid global id.") from None
        return TYPES[opened[0]], UUID(bytes=opened[1:])

    def is_id(self, text: str) -> bool:
        """Whether the gateway made this id."""
        try:
            self.open_id(text)
        except BadInput:
            return False
        return True

    def cursor(self, position: bytes, *, bound_to: bytes) -> str:
        """Returns the cursor of a position in one list. `bound_to` names the viewer, the list, the order and the filter (D48)."""
        if len(position) > POSITION_BYTES:
            raise ValueError(f"a position must have at most {POSITION_BYTES} bytes")
        counted = len(position).to_bytes(2, "big") + position
        padded = counted + bytes(-len(counted) % CURSOR_STEP)
        return _written(self._cursors.encrypt(padded, [bound_to]))

    def open_cursor(self, text: str, *, bound_to: bytes) -> bytes:
        """Returns the position in a cursor of this list. Raises BadInput for any other text (D36, L2)."""
        try:
            if len(text) > CURSOR_CHARACTERS:
                raise ValueError("length")
            opened = self._cursors.decrypt(_read(text), [bound_to])
        except (ValueError, InvalidTag):
            raise BadInput("This is not a cursor of this list with this order and filter.") from None
        return opened[2 : 2 + int.from_bytes(opened[:2], "big")]


def _derived(key: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=64, salt=None, info=label).derive(key)


def _written(sealed: bytes) -> str:
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode("ascii")


def _read(text: str) -> bytes:
    """Decodes base64. Each encrypted value has exactly one text: raises ValueError for any other spelling of it."""
    if _URL_SAFE.fullmatch(text) is None:
        raise ValueError("alphabet")
    sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if len(sealed) <= TAG_BYTES or _written(sealed) != text:
        raise ValueError("spelling")
    return sealed
