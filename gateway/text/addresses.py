"""E-mail addresses: their validation, their stored form, and their key for comparisons."""

import unicodedata
from typing import Final

import idna
from email_validator import EmailNotValidError, validate_email

from gateway.errors import InvalidInput
from gateway.text.header_text import require_header_text

MAX_ADDRESS_LENGTH: Final = 254  # characters, as SMTP carries them


def checked_address(text: str) -> str:
    """The stored form of an address, with the domain in ASCII, which every mail server accepts. InvalidInput for any other text.

    `.test` and `.example` are accepted for tests and demos. `.invalid` is refused with the other names that cannot receive
    mail: erased people have addresses there.
    """
    require_header_text(text)
    try:
        found = validate_email(text.strip(" "), check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        raise InvalidInput.of("EMAIL") from None
    # The library accepts `name@test`.
    if found.ascii_domain is None or "." not in found.ascii_domain:
        raise InvalidInput.of("EMAIL")
    return f"{found.local_part}@{found.ascii_domain}"


def address_key(email: str) -> str:
    """The key for comparing addresses, of any text: NFC, lower case, the domain in ASCII.

    It uses lower case instead of Unicode's case folding, because `straße@` and `strasse@` are two mailboxes.
    """
    local, at, domain = email.strip().rpartition("@")
    return _lower(local) + at + _ascii(domain)


def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:  # not a domain
        return _lower(domain)


def _lower(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
