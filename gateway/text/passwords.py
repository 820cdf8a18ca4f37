"""The form in which passwords are hashed and compared."""

import unicodedata


def prepared(password: str) -> str:
    """RFC 8265, OpaqueString: every space is U+0020, then NFC. So it does not matter whose keyboard composed an accent.

    The profile also refuses characters that its version of Unicode does not know or that are not displayed. This does not:
    the refusal would depend on the Unicode version of the interpreter and lock people out, and no other system compares
    these passwords. That is why the two lines are here rather than a PRECIS library, which cannot leave the refusal out.
    """
    spaced = "".join(" " if unicodedata.category(each) == "Zs" else each for each in password)
    return unicodedata.normalize("NFC", spaced)
