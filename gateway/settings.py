"""The settings. Only this module reads the environment."""

import os
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _words(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]  # separated by commas or spaces


class Settings(BaseSettings):
    """Every setting, its variable, its default and its meaning; docs/configuration.md is generated from them."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", extra="ignore", frozen=True)

    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="The PostgreSQL database, version 15 or newer, with the extension pg_trgm available. Required, except "
        "in the demo.",
    )
    port: int = Field(
        default=8000, ge=0, le=65535, validation_alias="PORT", description="The port that the gateway listens on."
    )
    host: str = Field(default="127.0.0.1", description="The address that the gateway listens on.")
    policies: Path | None = Field(
        default=None, description="A folder with another policy. Without it, the gateway uses the installed policy."
    )

    signing_key: SecretStr | None = Field(
        default=None,
        description="The Ed25519 private key that signs access tokens, as PEM: `openssl genpkey -algorithm ed25519`. "
        "Required by `gateway serve`.",
    )
    verification_keys: str | None = Field(
        default=None,
        description="Older Ed25519 public keys, as PEM, one after the other. They are accepted as long as tokens signed "
        "with them are valid.",
    )
    sealing_key: SecretStr | None = Field(
        default=None,
        description="64 to 128 hexadecimal digits, `openssl rand -hex 64`. Encrypts global ids and cursors (D48); a new "
        "key invalidates all of them. Required by `gateway serve` and `gateway worker`, with the same value.",
    )
    issuer: str = Field(default="partner-gateway", description="The `iss` claim of the gateway's tokens.")
    audience: str = Field(default="partner-gateway", description="The `aud` claim of the gateway's tokens.")
    access_minutes: int = Field(default=15, ge=1, le=60, description="Lifetime of an access token.")
    refresh_days: int = Field(default=30, ge=1, le=365, description="Lifetime of a refresh token.")
    token_memory_seconds: int = Field(
        default=60,
        ge=0,
        le=300,
        description="How long a process remembers that it has verified an access token. What the token's user may do is read "
        "for each request all the same. 0: it verifies the token for each request.",
    )
    sign_in_attempts: int = Field(
        default=5,
        ge=1,
        description="Failed sign-ins to one account from one network address, or from one known device, before the next "
        "one is delayed.",
    )
    sign_in_network_attempts: int = Field(
        default=50,
        ge=1,
        description="Failed sign-ins to all accounts from one network address before the next one is delayed. Known "
        "devices are not counted.",
    )
    sign_in_account_attempts: int = Field(
        default=100,
        ge=1,
        description="Failed sign-ins to one account from all network addresses before the next one is delayed. Known "
        "devices are not counted.",
    )
    sign_in_delay_seconds: int = Field(
        default=30, ge=1, description="The first delay after too many failed sign-ins. Each further failure doubles it."
    )
    sign_in_max_delay_seconds: int = Field(
        default=900, ge=1, le=86_400, description="The longest delay after failed sign-ins."
    )
    device_days: int = Field(
        default=180, ge=1, le=730, description="How long a device is known after the last sign-in on it."
    )

    oidc_issuer: str | None = Field(
        default=None,
        description="The OpenID Connect provider whose access tokens are accepted in addition to the gateway's own: "
        "docs/identity.md.",
    )
    oidc_audience: str | None = Field(
        default=None, description="The gateway's name at that provider: the `aud` claim of its tokens."
    )
    oidc_jwks_uri: str | None = Field(
        default=None, description="The address of the provider's keys. Without it, the gateway uses discovery."
    )
    oidc_algorithms: Words = Field(
        default=("RS256", "ES256", "EdDSA"),
        description="The signature algorithms that are accepted. RS384, RS512, PS256 to PS512, ES384, ES512 and Ed25519 "
        "are supported, too.",
    )
    oidc_leeway_seconds: int = Field(
        default=30, ge=0, le=300, description="The accepted difference between the provider's clock and the gateway's."
    )
    oidc_cache_seconds: int = Field(
        default=300, ge=60, description="How long the provider's keys are used before they are requested again."
    )
    oidc_outage_seconds: int = Field(
        default=3600, ge=60, description="How long known keys are used while the provider does not respond."
    )
    oidc_timeout_seconds: float = Field(
        default=3.0, gt=0, le=30, description="The longest wait for a response of the provider."
    )

    introspection: str = Field(
        default="signed-in",
        pattern="^(on|off|signed-in)$",
        description="Who may use introspection: `on` (all callers), `signed-in` or `off`.",
    )
    explorer: bool = Field(
        default=False,
        description="Serves the explorer at `/`, and the decision table of the policy at `/matrix`. The demo turns it on.",
    )
    max_body_bytes: int = Field(default=131_072, ge=1024, description="The largest request body.")
    max_report_bytes: int = Field(
        default=8_388_608,
        ge=1024,
        description="The largest request body of a machine whose token has the scope `kpis:write`, if the request "
        "declares its length.",
    )
    max_tokens: int = Field(default=5_000, ge=10, description="The most tokens of a document.")
    max_depth: int = Field(
        default=15, ge=1, description="The deepest nesting of a document, of `variables` and of `extensions`."
    )
    max_aliases: int = Field(default=50, ge=0, description="The most aliases of a document.")
    max_root_fields: int = Field(default=20, ge=1, description="The most root fields of a document.")
    max_mutations: int = Field(default=5, ge=1, description="The most mutations of one request.")
    max_cost: int = Field(
        default=200_000,
        ge=1,
        description='The most nodes that a document may request. A request with `"extensions": {"cost": true}` gets its '
        "cost in the response.",
    )
    document_cache_bytes: int = Field(
        default=262_144,
        ge=0,
        description="Cached documents of one process, measured by their text. A parsed document takes about 250 times as "
        "much memory as its text.",
    )
    request_seconds: float = Field(default=30.0, gt=0, description="The longest duration of a request.")
    max_response_bytes: int = Field(
        default=8_388_608,
        ge=1024,
        description="The largest response. A larger one is refused with COST_LIMIT_EXCEEDED.",
    )
    http_edition: Literal["audited", "2026"] = Field(
        default="audited",
        description="The status codes of responses as `application/graphql-response+json`. `audited`: 200 with data, 400 without, "
        "as the audits of the npm package graphql-http require. `2026`: those of the edition of GraphQL over HTTP of September "
        "2026: 294 for data with errors, 422 for a request that is not valid, 400 only for a document that cannot be parsed.",
    )
    compress_above_bytes: int = Field(
        default=1_024,
        ge=0,
        description="Responses to queries of callers with a bearer token are compressed if they have more bytes and the caller "
        "accepts zstd, br or gzip. 0: never, such as where a proxy does it.",
    )
    in_flight_person: int = Field(
        default=10,
        ge=1,
        description="Concurrent requests of one person or integration token in one process. Further ones are "
        "RATE_LIMITED.",
    )
    in_flight_organisation: int = Field(
        default=15,
        ge=1,
        description="Concurrent requests of one organisation in one process. Keep it below the number of database "
        "connections.",
    )
    in_flight_address: int = Field(
        default=20,
        ge=1,
        description="Concurrent requests of anonymous callers from one IPv4 address or IPv6 network (/64) in one process. "
        "Behind a proxy it needs GATEWAY_TRUSTED_PROXIES.",
    )
    lock_seconds: float = Field(
        default=4.0,
        gt=0,
        description="How long a mutation waits for a lock before it is refused with CONFLICT. At most half of "
        "GATEWAY_REQUEST_SECONDS is used.",
    )
    write_seconds: float = Field(
        default=60.0, gt=0, description="How long a client may take to read a response before it is disconnected."
    )

    smtp_url: SecretStr | None = Field(
        default=None,
        description="The mail server. `smtp://user:password@host:587` requires STARTTLS, `smtps://` uses TLS from the "
        "start, `smtp+plain://` uses no TLS. Required by `gateway worker` without GATEWAY_MAIL_FOLDER.",
    )
    smtp_seconds: float = Field(
        default=20.0,
        gt=0,
        le=120,
        description="The longest delivery of one mail to the mail server. The mails of a killed worker are retried after "
        "twice this time plus four seconds.",
    )
    mail_from: str | None = Field(
        default=None,
        description="The sender of mails: `Partner portal <portal@example.com>`. Required by `gateway worker`.",
    )
    mail_folder: Path | None = Field(
        default=None,
        description="A folder in which mails are written to files instead of being sent. The demo uses `.demo/mails`.",
    )
    portal_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s#]+$",
        description="The portal's address, to which the links in mails lead: docs/operations.md lists the pages. Required "
        "by `gateway worker`.",
    )

    mails_to_address: int = Field(
        default=10,
        ge=1,
        description="Mails a day that one organisation may cause to one address. Further ones are held back, and the last "
        "state is sent.",
    )
    invitations_to_address: int = Field(
        default=3, ge=1, description="Invitations a day of one organisation to one address, repeated ones included."
    )
    mails_of_unapproved_firm: int = Field(
        default=20, ge=1, description="Mails a day that a firm may cause while it is not an approved partner."
    )
    anonymous_mails: int = Field(
        default=500, ge=1, description="Sign-ups an hour, and password resets an hour, from all network addresses."
    )
    anonymous_mails_of_network: int = Field(
        default=10,
        ge=1,
        description="Sign-ups an hour, and password resets an hour, from one network address (IPv6: a /64).",
    )

    time_zone: ZoneInfo = Field(
        default=ZoneInfo("Europe/Copenhagen"), description="The time zone of dates in mails, by its IANA name."
    )

    product_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s#?]+$",
        description="The product, whose page `/enter` opens client accounts: docs/hand-off.md. Links of tasks must have "
        "its origin. Without it, no client account can be entered. The demo has a page of its own.",
    )
    session_minutes: int = Field(default=30, ge=1, le=480, description="The longest stay in a client's account.")

    pool_size: int = Field(default=10, ge=1, description="Database connections that one process keeps open.")
    pool_overflow: int = Field(default=10, ge=0, description="Further database connections of one process under load.")
    pool_timeout_seconds: float = Field(
        default=5.0, gt=0, description="The longest wait for a free database connection."
    )
    statement_seconds: float = Field(default=15.0, gt=0, description="The longest SQL statement.")

    trusted_documents: Words = Field(
        default=(),
        description="What happens to documents that are not published with `gateway documents`, by kind of viewer: `off`, `log` or "
        "`require`, such as `FirmViewer=require,ClientViewer=log`. `*` means all other kinds. Default: `off`.",
    )
    trusted_documents_seconds: float = Field(
        default=10.0,
        ge=0.1,
        le=3600,
        description="How long a process uses the published documents before it reads them again.",
    )
    compile_after: int = Field(
        default=2,
        ge=0,
        description="From this request of a query on, one process answers it by one compiled statement. 0: never.",
    )
    compiled_connections: int = Field(
        default=16,
        ge=1,
        description="Database connections that one process opens for compiled statements, in addition to the others. Keep it "
        "above GATEWAY_IN_FLIGHT_ORGANISATION, so that no caller can use all of them.",
    )
    compiled_statements: int = Field(
        default=50,
        ge=1,
        description="Compiled statements that each of these connections keeps prepared. One takes up to about 1 MB of the "
        "database's memory.",
    )
    compiled_sql_bytes: int = Field(
        default=65_536,
        ge=1024,
        description="The longest compiled statement. Larger queries are executed field by field.",
    )
    compiled_cache_bytes: int = Field(
        default=8_388_608, ge=0, description="Compiled queries of one process, measured by their statements."
    )

    worker_database_url: SecretStr | None = Field(
        default=None,
        description="The database for `gateway worker`, which must not connect through a pooler. Without it, "
        "DATABASE_URL.",
    )
    worker_jobs: int = Field(default=4, ge=2, le=64, description="Jobs that one worker runs at the same time.")
    worker_metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="The port of a worker's own `/metrics` and `/healthz`, on GATEWAY_HOST. It needs "
        "GATEWAY_METRICS_TOKEN.",
    )

    workers: int = Field(default=1, ge=1, le=64, description="Processes that serve the port.")
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        description="How long requests are still accepted after SIGTERM, while `/readyz` answers 503.",
    )
    shutdown_seconds: int = Field(
        default=30, ge=1, description="How long running requests may take to finish after that."
    )
    cors_origins: Words = Field(default=(), description="Exact origins of pages that may send requests from a browser.")
    trusted_hosts: Words = Field(
        default=(), description="Accepted Host headers; `*.portal.example` accepts all names below it. Empty: any."
    )
    trusted_proxies: Words = Field(
        default=(),
        description="Addresses or networks of proxies whose `X-Forwarded-*` headers are trusted. Set it behind a proxy: "
        "limits by network address depend on it.",
    )
    metrics_token: SecretStr | None = Field(
        default=None, min_length=16, description="The bearer token for `/metrics`. Without it, there is no such page."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="The address to which traces are sent, OTLP over HTTP.",
    )


def share_metrics(folder: Path) -> None:
    """The metrics' library looks nowhere else for the folder that several processes share."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
