"""Changes text so that no mail program turns a part of it into a link."""

import re
from typing import Final

# Characters that mail programs and browsers treat as a dot, a colon, a slash or an at sign.
_ALIKE: Final = str.maketrans("．。｡․﹒：﹕︓／⁄∕＠﹫", ".....:::///@@")
_SCHEME: Final = re.compile(r"[\w+.-]*:?//+")
_COLON: Final = re.compile(r":(?=\S)")
_DOT: Final = re.compile(r"(?<=[^\s.])\.(?=[^\s.])")
_DECIMAL: Final = re.compile(r"(?<![\d.])\d+\.\d+(?![\d.])")


def plain_words(text: str) -> str:
    """Returns `text` without addresses: no at sign and no scheme, and a space after each dot and colon inside a word.

    `https://win.example/x` becomes `win. example/x`. A decimal number is not changed.
    """
    kept = _SCHEME.sub(" ", text.translate(_ALIKE).replace("@", " "))
    kept = _COLON.sub(": ", kept)
    decimals = {match.start() + match[0].index(".") for match in _DECIMAL.finditer(kept)}
    return _DOT.sub(lambda dot: "." if dot.start() in decimals else ". ", kept)
