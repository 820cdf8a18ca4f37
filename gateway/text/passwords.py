"""The normal form in which passwords are hashed and compared."""

import unicodedata


def prepared(password: str) -> str:
    """The password as an OpaqueString of RFC 8265: every space becomes U+0020, then NFC.

    So a password does not depend on how a keyboard composes accents. The profile also refuses characters that its version of
    Unicode does not know or that are not displayed. This function does not: the refusal would depend on the Unicode version
    of the interpreter and lock people out, and no other system compares these passwords. That is why there are these two
    lines instead of a PRECIS library, which cannot leave the refusal out.
    """
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in password)
    return unicodedata.normalize("NFC", spaced)
