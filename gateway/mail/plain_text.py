"""Text that no mail reader makes a link of."""

import re
from typing import Final

# What mail readers and browsers take for a dot, a colon, a slash or an at sign.
_ALIKE: Final = str.maketrans("．。｡․﹒：﹕︓／⁄∕＠﹫", ".....:::///@@")
_SCHEME: Final = re.compile(r"[\w+.-]*:?//+")
_COLON: Final = re.compile(r":(?=\S)")
_DOT: Final = re.compile(r"(?<=[^\s.])\.(?=[^\s.])")
_DECIMAL: Final = re.compile(r"(?<![\d.])\d+\.\d+(?![\d.])")


def plain_words(text: str) -> str:
    """`text` without addresses: no at sign and no scheme, and a space behind each dot and colon within a word.

    `https://win.example/x` becomes `win. example/x`. A decimal number stays as it is.
    """
    kept = _SCHEME.sub(" ", text.translate(_ALIKE).replace("@", " "))
    kept = _COLON.sub(": ", kept)
    decimals = {match.start() + match[0].index(".") for match in _DECIMAL.finditer(kept)}
    return _DOT.sub(lambda dot: "." if dot.start() in decimals else ". ", kept)
