"""Hand-off tokens: signed links with which a person enters a client's account in the product.

The product verifies them with the gateway's public keys. docs/hand-off.md describes the claims and the verification.
"""

from collections.abc import Mapping
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
TTL: Final = timedelta(seconds=60)  # from issuing the link until the product redeems it
UNSAFE: Final = "GATEWAY_PRODUCT_URL must be an https address without a query; http is for this machine only."


@dataclass(frozen=True, slots=True)
class HandoffTokens:
    """Creates the links and reads the tokens that the product sends back. `stay` is the maximum length of a client session."""

    stamp: Stamp
    issuer: str
    product: str
    stay: timedelta

    @classmethod
    def of(cls, settings: Settings, keys: Keys) -> Self | None:
        """Returns None if no product is configured. Raises ValueError if the product's address would expose the token."""
        if settings.product_url is None:
            return None
        if not is_safe_address(settings.product_url) or urlsplit(settings.product_url).query:
            raise ValueError(UNSAFE)
        stay = timedelta(minutes=settings.session_minutes)
        return cls(Stamp(keys, TYPE), settings.issuer, settings.product_url.rstrip("/"), stay)

    @property
    def audience(self) -> str:
        """The origin of the product."""
        parts = urlsplit(self.product)
        return f"{parts.scheme}://{parts.netloc}"

    def leads_there(self, address: SplitResult) -> bool:
        """Whether an address has the product's origin."""
        return origin_of(address) == origin_of(urlsplit(self.product))

    def link(
        self,
        now: datetime,
        *,
        person: str,
        session: str,
        firm: str,
        collaboration: str,
        client: str,
        target: Mapping[str, str] | None = None,
    ) -> str:
        """Returns a link with the token in the fragment: browsers do not send it, so no log or Referer contains it.

        `target` is where to go in the account: the `section`, and perhaps the `address` of an activity. All other
        arguments after `now` are global ids.
        """
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
            **({} if target is None else {"target": dict(target)}),
        }
        return f"{self.product}/enter#{self.stamp.write(claims)}"

    def session(self, token: str, now: datetime, *, used: bool = False) -> str:
        """Returns the global id of a token's session.

        Raises Unauthenticated for any other token and for an expired one. With `used`, the token is accepted for as long
        as its session may last.
        """
        lag = LEEWAY + self.stay if used else LEEWAY
        claims = self.stamp.read(token, now, issuer=self.issuer, audience=self.audience, lag=lag)
        return str(claims["sid"])
