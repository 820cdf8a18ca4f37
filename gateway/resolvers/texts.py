"""What people write to each other."""

from typing import Final

from gateway.errors import BadInput

LONGEST: Final = 1000  # characters


def written(text: str | None, name: str) -> str | None:
    """A message or a reason, or None where nothing is said. BadInput for what is too long or has control characters."""
    said = (text or "").replace("\r\n", "\n").strip()
    if len(said) > LONGEST or not all(line.isprintable() for line in said.split("\n")):
        raise BadInput(f"`{name}` has at most {LONGEST} printable characters, in any number of lines.")
    return said or None
