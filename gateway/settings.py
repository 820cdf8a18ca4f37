"""The only reader of the environment."""

import os
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _words(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]  # set off by commas or spaces


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
    sign_in_network_attempts: int = Field(default=50, ge=1)
    sign_in_account_attempts: int = Field(default=100, ge=1)
    sign_in_delay_seconds: int = Field(default=30, ge=1)
    sign_in_max_delay_seconds: int = Field(default=900, ge=1, le=86_400)
    device_days: int = Field(default=180, ge=1, le=730)

    oidc_issuer: str | None = None  # another issuer whose tokens are taken beside ours
    oidc_audience: str | None = None
    oidc_jwks_uri: str | None = None  # without one, by discovery
    oidc_algorithms: Words = ("RS256", "ES256", "EdDSA")
    oidc_leeway_seconds: int = Field(default=30, ge=0, le=300)
    oidc_cache_seconds: int = Field(default=300, ge=60)
    oidc_outage_seconds: int = Field(default=3600, ge=60)
    oidc_timeout_seconds: float = Field(default=3.0, gt=0, le=30)

    introspection: str = Field(default="signed-in", pattern="^(on|off|signed-in)$")
    explorer: bool = False  # the page at /
    max_body_bytes: int = Field(default=131_072, ge=1024)
    max_report_bytes: int = Field(default=8_388_608, ge=1024)  # of a machine that reports what clients have pending
    max_tokens: int = Field(default=5_000, ge=10)
    max_depth: int = Field(default=15, ge=1)
    max_aliases: int = Field(default=50, ge=0)
    max_root_fields: int = Field(default=20, ge=1)
    max_mutations: int = Field(default=5, ge=1)  # of one request
    max_cost: int = Field(default=200_000, ge=1)
    document_cache_bytes: int = Field(default=262_144, ge=0)  # of text; a parsed document takes some 250 times as much
    request_seconds: float = Field(default=30.0, gt=0)
    max_response_bytes: int = Field(default=8_388_608, ge=1024)
    in_flight_person: int = Field(default=10, ge=1)  # requests of one person or token at once, in one process
    in_flight_organisation: int = Field(default=15, ge=1)  # fewer than there are connections
    in_flight_address: int = Field(default=20, ge=1)  # of anonymous callers from one network address
    lock_seconds: float = Field(default=4.0, gt=0)  # that a change waits for another one
    write_seconds: float = Field(default=60.0, gt=0)  # that a client may take to read its answer

    smtp_url: SecretStr | None = None  # smtp://user:password@host:587 (STARTTLS), smtps://…, smtp+plain://…
    smtp_seconds: float = Field(default=20.0, gt=0, le=120)
    mail_from: str | None = None  # Partner portal <portal@example.com>
    mail_folder: Path | None = None  # letters become files there instead, to look at
    portal_url: str | None = Field(default=None, pattern=r"^https?://[^\s#]+$")  # where links in letters lead

    mails_to_address: int = Field(default=10, ge=1)  # a day, of one organisation
    invitations_to_address: int = Field(default=3, ge=1)  # a day, of one organisation
    mails_of_unapproved_firm: int = Field(default=20, ge=1)  # a day
    anonymous_mails: int = Field(default=500, ge=1)  # an hour, of each kind
    anonymous_mails_of_network: int = Field(default=10, ge=1)  # an hour, of each kind

    time_zone: ZoneInfo = ZoneInfo("Europe/Copenhagen")  # of the moments that mails print

    product_url: str | None = Field(default=None, pattern=r"^https?://[^\s#?]+$")  # where entered accounts are
    session_minutes: int = Field(default=30, ge=1, le=480)  # in a client's account

    pool_size: int = Field(default=10, ge=1)
    pool_overflow: int = Field(default=10, ge=0)
    pool_timeout_seconds: float = Field(default=5.0, gt=0)
    statement_seconds: float = Field(default=15.0, gt=0)

    worker_database_url: SecretStr | None = None  # for `gateway worker`, past a pooler; without one, DATABASE_URL
    worker_jobs: int = Field(default=4, ge=2, le=64)  # at the same time, in one worker
    worker_metrics_port: int | None = Field(default=None, ge=0, le=65535)  # of a worker's own page

    workers: int = Field(default=1, ge=1, le=64)
    drain_seconds: float = Field(default=0.0, ge=0)
    shutdown_seconds: int = Field(default=30, ge=1)
    cors_origins: Words = ()
    trusted_hosts: Words = ()
    trusted_proxies: Words = ()
    metrics_token: SecretStr | None = Field(default=None, min_length=16)
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")


def share_metrics(folder: Path) -> None:
    """The metrics' library looks nowhere else for the folder that several processes share."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
