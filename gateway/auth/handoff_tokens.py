"""Links into the product: a signed word that says who enters which account, for the product to verify with our public keys.

What it says and how it is verified stands in docs/hand-off.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit
from uuid import uuid4

from gateway.auth.access_tokens import LEEWAY, Keys, Stamp
from gateway.auth.http_client import is_safe_address
from gateway.auth.web_addresses import origin_of
from gateway.settings import Settings

TYPE: Final = "handoff+jwt"
TTL: Final = timedelta(seconds=60)  # from the answer to the product's own question
UNSAFE: Final = "GATEWAY_PRODUCT_URL is an https address without a query, or one of this machine."


@dataclass(frozen=True, slots=True)
class HandoffTokens:
    """Makes the links and reads what the product shows of them. `stay` is how long a session in an account may last."""

    stamp: Stamp
    issuer: str
    product: str
    stay: timedelta

    @classmethod
    def of(cls, settings: Settings, keys: Keys) -> Self | None:
        """None where nobody has said where the product is. ValueError where its address would give the word away."""
        if settings.product_url is None:
            return None
        if not is_safe_address(settings.product_url) or urlsplit(settings.product_url).query:
            raise ValueError(UNSAFE)
        stay = timedelta(minutes=settings.session_minutes)
        return cls(Stamp(keys, TYPE), settings.issuer, settings.product_url.rstrip("/"), stay)

    @property
    def audience(self) -> str:
        """The product's origin."""
        parts = urlsplit(self.product)
        return f"{parts.scheme}://{parts.netloc}"

    def leads_there(self, address: SplitResult) -> bool:
        """Whether an address is of the product's own origin."""
        return origin_of(address) == origin_of(urlsplit(self.product))

    def link(self, now: datetime, *, person: str, session: str, firm: str, collaboration: str, client: str) -> str:
        """Behind a `#`: what stands there no browser sends, so that no log and no Referer keeps it. All are global ids."""
        issued = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": person,
            "jti": str(uuid4()),
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(TTL.total_seconds()),
            "sid": session,
            "session_exp": issued + int(self.stay.total_seconds()),
            "act": {"firm": firm, "collaboration": collaboration, "onBehalfOf": client},
        }
        return f"{self.product}/enter#{self.stamp.write(claims)}"

    def session(self, token: str, now: datetime, *, used: bool = False) -> str:
        """The global id of a token's session. Unauthenticated for any other token, and for an old one, unless it is `used`:
        then it names its session for as long as that may last."""
        lag = LEEWAY + self.stay if used else LEEWAY
        claims = self.stamp.read(token, now, issuer=self.issuer, audience=self.audience, lag=lag)
        return str(claims["sid"])
