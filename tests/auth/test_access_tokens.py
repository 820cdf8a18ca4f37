"""What an access token must be before anybody believes it."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey

from gateway.auth.access_tokens import LEEWAY, MAX_LENGTH, NOT_GOOD, Keys, TokenIssuer, ephemeral_keys, load_keys
from gateway.errors import Unauthenticated
from gateway.settings import Settings

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)
SOMEBODY = uuid4()
KEYS = ephemeral_keys()
STRANGER = Ed25519PrivateKey.generate()


def issuer(keys: Keys = KEYS, name: str = "gateway", audience: str = "portal") -> TokenIssuer:
    return TokenIssuer(keys, issuer=name, audience=audience, lifetime=LIFETIME)


def segment(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def header(**changes: object) -> dict[str, object]:
    told = {"alg": "EdDSA", "kid": KEYS.signing.thumbprint(), "typ": "at+jwt"} | changes
    return {name: value for name, value in told.items() if value is not None}


def claims(**changes: object) -> dict[str, object]:
    at = int(NOW.timestamp())
    told = {
        "iss": "gateway",
        "aud": "portal",
        "sub": str(SOMEBODY),
        "iat": at,
        "nbf": at,
        "exp": at + 900,
        "jti": "1",
    } | {"sv": 1}
    return {name: value for name, value in (told | changes).items() if value is not None}


def signed(head: object, body: object, key: Ed25519PrivateKey | None = None) -> str:
    """Any header and payload at all under a good signature, ours unless another key is given."""
    said = f"{segment(head)}.{segment(body)}"
    return f"{said}.{segment((key or KEYS.signing.private_key).sign(said.encode()))}"


def by_hmac(secret: bytes) -> str:
    said = f"{segment(header(alg='HS256'))}.{segment(claims())}"
    return f"{said}.{segment(hmac.digest(secret, said.encode(), 'sha256'))}"


def with_public_key_as_secret(how: str) -> str:
    public = KEYS.believed[KEYS.signing.thumbprint()]
    return by_hmac({"pem": public.as_pem(), "der": public.as_der(), "raw": public.public_key.public_bytes_raw()}[how])


def nested(depth: int) -> bytes:
    return b'{"alg":' + b"[" * depth + b"]" * depth + b"}"


GOOD = issuer().issue(SOMEBODY, NOW).text
HEAD, BODY, SIGNATURE = GOOD.split(".")
AT = int(NOW.timestamp())
OTHERS = OKPKey.import_key(STRANGER)

ATTACKS = {
    "nothing": "",
    "a word": "token",
    "two dots and nothing": "..",
    "two segments": f"{HEAD}.{BODY}",
    "four segments": f"{GOOD}.{SIGNATURE}",
    "five segments, as if encrypted": f"{GOOD}.{BODY}.{SIGNATURE}",
    "no signature": f"{HEAD}.{BODY}.",
    "no payload": f"{HEAD}..{SIGNATURE}",
    "white space around": f" {GOOD} ",
    "padding": f"{GOOD}=",
    "a letter that is none of ASCII": GOOD[:-1] + "é",
    "half a character": GOOD + "\ud800",
    "NUL": GOOD + "\0",
    "too long": GOOD + "A" * MAX_LENGTH,
    "too long by its claims": signed(header(), claims(more="x" * MAX_LENGTH)),
    "alg none, unsigned": f"{segment(header(alg='none'))}.{BODY}.",
    "alg none, our signature": f"{segment(header(alg='none'))}.{BODY}.{SIGNATURE}",
    "alg None": f"{segment(header(alg='None'))}.{BODY}.",
    "alg NONE, signed": signed(header(alg="NONE"), claims()),
    "alg missing": signed(header(alg=None), claims()),
    "alg null": signed({**header(), "alg": None}, claims()),
    "alg a list": signed(header(alg=["EdDSA"]), claims()),
    "alg in lower case": signed(header(alg="eddsa"), claims()),
    "alg Ed25519": signed(header(alg="Ed25519"), claims()),
    "alg ES256": signed(header(alg="ES256"), claims()),
    "HS256 with the public key as PEM": with_public_key_as_secret("pem"),
    "HS256 with the public key as DER": with_public_key_as_secret("der"),
    "HS256 with the public key, raw": with_public_key_as_secret("raw"),
    "HS256 with nothing": by_hmac(b""),
    "HS256 with the key's name": by_hmac(KEYS.signing.thumbprint().encode()),
    "a stranger's signature under our key's name": signed(header(), claims(), STRANGER),
    "a stranger's key and its name": signed(header(kid=OTHERS.thumbprint()), claims(), STRANGER),
    "a stranger's key brought along": signed(header(jwk=OTHERS.as_dict(private=False)), claims(), STRANGER),
    "a key's address brought along": signed(header(jku="https://example.org/keys"), claims(), STRANGER),
    "kid missing": signed(header(kid=None), claims()),
    "kid empty": signed(header(kid=""), claims()),
    "kid a path": signed(header(kid="../../dev/null"), claims()),
    "kid a number": signed(header(kid=1), claims()),
    "typ missing": signed(header(typ=None), claims()),
    "typ JWT": signed(header(typ="JWT"), claims()),
    "typ of a refresh token": signed(header(typ="rt+jwt"), claims()),
    "crit": signed(header(crit=["exp"]), claims()),
    "payload not encoded": signed(header(b64=False, crit=["b64"]), claims()),
    "an unknown word in the header": signed(header(zip="DEF"), claims()),
    "header a list": signed(["alg"], claims()),
    "header a list that names b64": signed(["alg", "b64"], claims()),
    "header a list of all its words": signed(["alg", "kid", "typ"], claims()),
    "header a list of pairs": signed([["alg", "EdDSA"], "alg", "kid", "typ"], claims()),
    "header a string of all its words": signed("alg kid typ", claims()),
    "header a string": signed("alg", claims()),
    "header null": signed(None, claims()),
    "header a number": signed(1, claims()),
    "header no JSON": signed(b"{", claims()),
    "header no UTF-8": signed(b"\xff\xfe", claims()),
    "header deep": signed(nested(180), claims()),
    "header very deep": signed(nested(1400), claims()),
    "payload a list": signed(header(), [claims()]),
    "payload null": signed(header(), None),
    "payload no JSON": signed(header(), b"exp"),
    "payload no UTF-8": signed(header(), b"\xff\xfe"),
    "claims changed": f"{HEAD}.{segment(claims(sub=str(uuid4())))}.{SIGNATURE}",
    "header changed": f"{segment({**header(), 'typ': 'at+jwt '})}.{BODY}.{SIGNATURE}",
    "signature cut": GOOD[:-4],
    "expired": signed(header(), claims(exp=AT - 6)),
    "expired at the end of the leeway": signed(header(), claims(exp=AT - 5)),
    "exp missing": signed(header(), claims(exp=None)),
    "exp a string": signed(header(), claims(exp=str(AT + 900))),
    "exp true": signed(header(), claims(exp=True)),
    "exp NaN": signed(header(), json.dumps(claims(exp=float("nan"))).encode()),
    "exp infinite": signed(header(), json.dumps(claims(exp=float("inf"))).encode()),
    "not yet valid": signed(header(), claims(nbf=AT + 6)),
    "nbf missing": signed(header(), claims(nbf=None)),
    "issued in the future": signed(header(), claims(iat=AT + 6)),
    "iat missing": signed(header(), claims(iat=None)),
    "jti missing": signed(header(), claims(jti=None)),
    "another audience": signed(header(), claims(aud="billing")),
    "other audiences": signed(header(), claims(aud=["billing", "payroll"])),
    "aud missing": signed(header(), claims(aud=None)),
    "aud empty": signed(header(), claims(aud="")),
    "aud an object": signed(header(), claims(aud={"portal": True})),
    "another issuer": signed(header(), claims(iss="somebody")),
    "issuers": signed(header(), claims(iss=["gateway"])),
    "iss missing": signed(header(), claims(iss=None)),
    "sub missing": signed(header(), claims(sub=None)),
    "sub no id": signed(header(), claims(sub="ada")),
    "sub a number": signed(header(), claims(sub=1)),
    "session version missing": signed(header(), claims(sv=None)),
    "session version a text": signed(header(), claims(sv="1")),
    "session version true": signed(header(), claims(sv=True)),
    "session version no whole number": signed(header(), claims(sv=1.0)),
    "session version below the first": signed(header(), claims(sv=0)),
    "session version that no row can have": signed(header(), claims(sv=2**31)),
    "a token of another kind of key": jwt.encode(
        {"alg": "ES256", "kid": KEYS.signing.thumbprint()}, claims(), ECKey.generate_key("P-256")
    ),
}


def test_a_token_names_its_person_until_it_ends() -> None:
    token = issuer().issue(SOMEBODY, NOW)

    assert token.expires_at == NOW + LIFETIME
    assert issuer().verify(token.text, NOW) == SOMEBODY
    assert issuer().verify(token.text, NOW + LIFETIME - timedelta(seconds=1)) == SOMEBODY


def test_a_token_says_what_it_must_and_nothing_of_roles() -> None:
    token = issuer().issue(SOMEBODY, NOW).text
    head, body = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    public = KEYS.signing.as_dict(private=False)
    canonical = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": public["x"]}, separators=(",", ":"))

    assert head == {"alg": "EdDSA", "kid": segment(hashlib.sha256(canonical.encode()).digest()), "typ": "at+jwt"}
    assert set(body) == {"iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sv"}
    assert (body["iat"], body["nbf"], body["exp"]) == (AT, AT, AT + 900)


def test_no_two_tokens_are_the_same() -> None:
    assert issuer().issue(SOMEBODY, NOW).text != issuer().issue(SOMEBODY, NOW).text


def test_what_the_attacks_are_made_with_would_pass() -> None:
    assert issuer().verify(signed(header(), claims()), NOW) == SOMEBODY


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_token_that_is_not_good_is_refused_with_one_text(attack: str) -> None:
    with pytest.raises(Unauthenticated) as refusal:
        issuer().verify(ATTACKS[attack], NOW)

    assert refusal.value.message == NOT_GOOD
    assert refusal.value.extensions == {"code": "UNAUTHENTICATED"}
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


@pytest.mark.parametrize(
    ("at", "is_good"),
    [
        (NOW - LEEWAY - timedelta(seconds=1), False),
        (NOW - LEEWAY, True),
        (NOW + LIFETIME, True),
        (NOW + LIFETIME + LEEWAY - timedelta(seconds=1), True),
        (NOW + LIFETIME + LEEWAY, False),
        (NOW + timedelta(days=1), False),
    ],
)
def test_clocks_may_differ_by_the_leeway_and_no_more(at: datetime, is_good: bool) -> None:
    try:
        seen = issuer().verify(GOOD, at) == SOMEBODY
    except Unauthenticated:
        seen = False

    assert seen == is_good


def test_after_a_rotation_the_older_key_is_believed_and_no_longer_signs() -> None:
    old, new = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed25519")
    public = OKPKey.import_key(old.public_key)
    before, after = issuer(Keys.of(old)), issuer(Keys.of(new, public))

    assert after.verify(before.issue(SOMEBODY, NOW).text, NOW) == SOMEBODY
    with pytest.raises(Unauthenticated):
        before.verify(after.issue(SOMEBODY, NOW).text, NOW)
    with pytest.raises(Unauthenticated):
        issuer(Keys.of(new)).verify(before.issue(SOMEBODY, NOW).text, NOW)


def pem(key: OKPKey, *, private: bool) -> str:
    return key.as_pem(private=private).decode()


def test_keys_are_read_from_the_settings() -> None:
    signing, first, second = (OKPKey.generate_key("Ed25519") for _ in range(3))
    older = pem(first, private=False) + pem(second, private=False)

    keys = load_keys(Settings(signing_key=pem(signing, private=True), verification_keys=older))

    assert keys.signing.thumbprint() == signing.thumbprint()
    assert set(keys.believed) == {key.thumbprint() for key in (signing, first, second)}
    assert not any(key.is_private for key in keys.believed.values())


def test_without_a_signing_key_the_keys_are_made_anew_each_time() -> None:
    assert set(load_keys(Settings()).believed) != set(load_keys(Settings()).believed)


ED25519, ED448, P256 = OKPKey.generate_key("Ed25519"), OKPKey.generate_key("Ed448"), ECKey.generate_key("P-256")


@pytest.mark.parametrize(
    "wrong",
    [
        {"signing_key": "secret"},
        {"signing_key": ""},
        {"signing_key": pem(ED25519, private=False)},
        {"signing_key": pem(ED448, private=True)},
        {"signing_key": P256.as_pem(private=True).decode()},
        {"verification_keys": "secret"},
        {"verification_keys": pem(ED25519, private=True)},
        {"verification_keys": pem(ED25519, private=False) + pem(ED448, private=False)},
        {"verification_keys": P256.as_pem(private=False).decode()},
    ],
)
def test_a_wrong_key_is_told_without_being_shown(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="key") as error:
        load_keys(Settings(**wrong))

    assert not any(value and value in str(error.value) for value in wrong.values() if value != "secret")
    assert "BEGIN" not in str(error.value)
