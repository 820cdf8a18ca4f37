"""The folder of the demo, and its keys. `gateway token` needs no more than this module, so it imports little."""

import json
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

import gateway
from gateway.settings import Settings


def home() -> Path:
    """Returns the folder with the demo's data: in the checkout, or in the current directory if there is no checkout."""
    checkout = Path(gateway.__file__).parent.parent
    return (checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()) / ".demo"


def with_keys(settings: Settings) -> Settings:
    """Returns settings in which missing keys are replaced by the demo's own. They are created once and stored in its folder."""
    if settings.signing_key is not None and settings.sealing_key is not None:
        return settings
    path = home() / "keys.json"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"signing_key": pem, "sealing_key": secrets.token_hex(64)}, file)
        fresh.rename(path)
    kept = json.loads(path.read_text())
    return settings.model_copy(
        update={
            "signing_key": settings.signing_key or SecretStr(kept["signing_key"]),
            "sealing_key": settings.sealing_key or SecretStr(kept["sealing_key"]),
        }
    )
