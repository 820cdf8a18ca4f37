"""The settings. Only this module reads the environment."""

import os
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _words(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]  # separated by commas or spaces


class Settings(BaseSettings):
    """All settings with their environment variables and defaults. README describes each in one line."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    port: int = Field(default=8000, ge=0, le=65535, validation_alias="PORT")
    host: str = "127.0.0.1"
    policies: Path | None = None

    signing_key: SecretStr | None = None  # Ed25519 private key, PEM; without one, access tokens end with the process
    verification_keys: str | None = None  # older Ed25519 public keys, concatenated PEM; still accepted
    sealing_key: SecretStr | None = None  # 64 to 128 hexadecimal digits; encrypts ids and cursors (D48)
    issuer: str = "partner-gateway"
    audience: str = "partner-gateway"
    access_minutes: int = Field(default=15, ge=1, le=60)
    refresh_days: int = Field(default=30, ge=1, le=365)
    sign_in_attempts: int = Field(default=5, ge=1)
    sign_in_network_attempts: int = Field(default=50, ge=1)
    sign_in_account_attempts: int = Field(default=100, ge=1)
    sign_in_delay_seconds: int = Field(default=30, ge=1)
    sign_in_max_delay_seconds: int = Field(default=900, ge=1, le=86_400)
    device_days: int = Field(default=180, ge=1, le=730)

    oidc_issuer: str | None = None  # another issuer whose access tokens are accepted too
    oidc_audience: str | None = None
    oidc_jwks_uri: str | None = None  # without it, found by discovery
    oidc_algorithms: Words = ("RS256", "ES256", "EdDSA")
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    oidc_cache_seconds: int = Field(default=300, ge=60)
    oidc_outage_seconds: int = Field(default=3600, ge=60)
    oidc_timeout_seconds: float = Field(default=3.0, gt=0, le=30)

    introspection: str = Field(default="signed-in", pattern="^(on|off|signed-in)$")
    explorer: bool = False  # the page at /
    max_body_bytes: int = Field(default=131_072, ge=1024)
    max_report_bytes: int = Field(default=8_388_608, ge=1024)  # for a machine that reports pending work
    max_tokens: int = Field(default=5_000, ge=10)
    max_depth: int = Field(default=15, ge=1)
    max_aliases: int = Field(default=50, ge=0)
    max_root_fields: int = Field(default=20, ge=1)
    max_mutations: int = Field(default=5, ge=1)  # in one request
    max_cost: int = Field(default=200_000, ge=1)
    document_cache_bytes: int = Field(
        default=262_144, ge=0
    )  # of text; a parsed document uses about 250 times as much memory
    request_seconds: float = Field(default=30.0, gt=0)
    max_response_bytes: int = Field(default=8_388_608, ge=1024)
    in_flight_person: int = Field(default=10, ge=1)  # simultaneous requests of one person or token, in one process
    in_flight_organisation: int = Field(default=15, ge=1)  # keep it below the number of database connections
    in_flight_address: int = Field(default=20, ge=1)  # of anonymous callers at one network address
    lock_seconds: float = Field(default=4.0, gt=0)  # how long a mutation waits for a lock
    write_seconds: float = Field(default=60.0, gt=0)  # how long a client may take to read the response

    smtp_url: SecretStr | None = None  # smtp://user:password@host:587 (STARTTLS), smtps://…, smtp+plain://…
    smtp_seconds: float = Field(default=20.0, gt=0, le=120)
    mail_from: str | None = None  # Partner portal <portal@example.com>
    mail_folder: Path | None = None  # mails are written to files there instead of being sent
    portal_url: str | None = Field(default=None, pattern=r"^https?://[^\s#]+$")  # base of the links in mails

    mails_to_address: int = Field(default=10, ge=1)  # per day and organisation
    invitations_to_address: int = Field(default=3, ge=1)  # per day and organisation
    mails_of_unapproved_firm: int = Field(default=20, ge=1)  # per day
    anonymous_mails: int = Field(default=500, ge=1)  # per hour and kind of mail
    anonymous_mails_of_network: int = Field(default=10, ge=1)  # per hour, network and kind of mail

    time_zone: ZoneInfo = ZoneInfo("Europe/Copenhagen")  # of the times in mails

    product_url: str | None = Field(
        default=None, pattern=r"^https?://[^\s#?]+$"
    )  # the product, in which clients' accounts are entered
    session_minutes: int = Field(default=30, ge=1, le=480)  # the length of a session in a client's account

    pool_size: int = Field(default=10, ge=1)
    pool_overflow: int = Field(default=10, ge=0)
    pool_timeout_seconds: float = Field(default=5.0, gt=0)
    statement_seconds: float = Field(default=15.0, gt=0)

    worker_database_url: SecretStr | None = None  # for `gateway worker`, without a pooler; default: DATABASE_URL
    worker_jobs: int = Field(default=4, ge=2, le=64)  # simultaneous jobs of one worker
    worker_metrics_port: int | None = Field(
        default=None, ge=0, le=65535
    )  # for /metrics and /healthz of the worker itself

    workers: int = Field(default=1, ge=1, le=64)
    drain_seconds: float = Field(default=0.0, ge=0)
    shutdown_seconds: int = Field(default=30, ge=1)
    cors_origins: Words = ()
    trusted_hosts: Words = ()
    trusted_proxies: Words = ()
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")


def share_metrics(folder: Path) -> None:
    """Sets the folder that several processes share. The metrics library reads it only from this environment variable."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
