"""E-mail addresses: which are accepted, the form in which they are stored, and the key by which they are compared."""

import unicodedata
from typing import Final

import idna
from email_validator import EmailNotValidError, validate_email

from gateway.errors import BadInput
from gateway.text.header_text import require_header_text

MAX_ADDRESS_LENGTH: Final = 254  # characters, as SMTP carries them


def checked_address(text: str, argument: str = "email") -> str:
    """An address as it is stored: its domain in ASCII, which every mail server takes. BadInput for any other text.

    `.test` and `.example` are accepted for tests and demos. `.invalid` is refused with the other names that cannot receive
    mail: erased people have addresses there.
    """
    require_header_text(text, argument)
    try:
        found = validate_email(text.strip(" "), check_deliverability=False, test_environment=True, strict=True)
    except EmailNotValidError:
        raise BadInput(_form(argument)) from None
    # The library would take `name@test`.
    if found.ascii_domain is None or "." not in found.ascii_domain:
        raise BadInput(_form(argument))
    return f"{found.local_part}@{found.ascii_domain}"


def address_key(email: str) -> str:
    """The key by which addresses are compared, of any text: NFC, lower case, the domain in ASCII.

    Lower case and not Unicode's case folding: `straße@` and `strasse@` are two mailboxes.
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


def _form(argument: str) -> str:
    return f"`{argument}` must be an e-mail address such as name@firm.example."
