"""The only reader of the environment."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, its variable and its default; README has one line for each."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    port: int = Field(default=8000, ge=0, le=65535, validation_alias="PORT")
    host: str = "127.0.0.1"
    policies: Path | None = None

    signing_key: SecretStr | None = None  # Ed25519 private key, PEM; without one, tokens die with the process
    verification_keys: str | None = None  # older Ed25519 public keys, PEM, one after the other; still believed
    sealing_key: SecretStr | None = None  # 64 hexadecimal digits or more; seals ids and cursors (D48)
    issuer: str = "partner-gateway"
    audience: str = "partner-gateway"
    access_minutes: int = Field(default=15, ge=1, le=60)
    refresh_days: int = Field(default=30, ge=1, le=365)
    sign_in_attempts: int = Field(default=5, ge=1)
    sign_in_window_seconds: int = Field(default=900, ge=1)

    introspection: str = Field(default="signed-in", pattern="^(on|off|signed-in)$")
    max_body_bytes: int = Field(default=131_072, ge=1024)
    max_tokens: int = Field(default=5_000, ge=10)
    max_depth: int = Field(default=15, ge=1)
    max_aliases: int = Field(default=50, ge=0)
    max_root_fields: int = Field(default=20, ge=1)
    max_cost: int = Field(default=200_000, ge=1)
    document_cache_bytes: int = Field(default=262_144, ge=0)  # of text; a parsed document takes some 250 times as much
    request_seconds: float = Field(default=30.0, gt=0)

    pool_size: int = Field(default=10, ge=1)
    pool_overflow: int = Field(default=10, ge=0)
    pool_timeout_seconds: float = Field(default=5.0, gt=0)
    statement_seconds: float = Field(default=15.0, gt=0)
