"""All tables of the first version."""

from functools import partial
from typing import Any, Final

from alembic import op
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

revision: Final = "0001"
down_revision: Final = None

MOMENT: Final = DateTime(timezone=True)
KEY_TEXT: Final = Text(collation="C")
named: Final = op.f  # the names are whole already
needed: Final = partial(Column[Any], nullable=False)

COUNTRIES: Final = ("DE", "DK", "CH", "ES", "SE")
LEVELS: Final = ("limited", "full")
SECTIONS: Final = (
    "EMPLOYEES",
    "SALARIES",
    "PAYROLL_BASIS",
    "RECEIPTS",
    "OUTLAYS",
    "WALLET",
    "SUPPLIER_BILLS",
    "JOURNAL",
    "SALES",
    "BANK",
    "INBOX",
    "OVERVIEW",
    "PRODUCTS_ORDERS",
    "COMPANY",
    "MEMBERS",
    "INTEGRATIONS",
    "ACCOUNT_LOGIN",
)
KPI_KINDS: Final = (
    "MISSING_RECEIPTS",
    "EXPENSES_READY_FOR_EXPORT",
    "PAYROLL_BASIS_PENDING",
    "WALLET_BALANCE",
    "JOURNAL_PENDING",
    "SALES_TO_REVIEW",
    "BANK_TO_RECONCILE",
    "INBOX_DOCUMENTS",
    "BILLS_TO_PAY",
)


def one_of(table: str, column: str, *words: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=named(f"ck_{table}_{column}"))


def index(name: str, table: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    op.create_index(named(name), table, columns, unique=unique, postgresql_where=where and text(where))


def trigrams(name: str, table: str, column: str, *, where: str | None = None) -> None:
    op.create_index(
        named(name),
        table,
        [column],
        postgresql_using="gin",
        postgresql_ops={column: "gin_trgm_ops"},
        postgresql_where=where and text(where),
    )


def references(table: str, column: str, target: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint([column], [target], name=named(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "plan",
        needed("id", Uuid),
        needed("tier", Text),
        needed("sections", Integer),
        needed("fee_amount", BigInteger),
        needed("fee_currency", Text),
        one_of("plan", "tier", "basic", "plus", "pro"),
        PrimaryKeyConstraint("id", name=named("pk_plan")),
    )
    op.create_table(
        "sign_in_throttle",
        needed("email_hash", LargeBinary),
        needed("failures", Integer),
        needed("window_ends_at", MOMENT),
        PrimaryKeyConstraint("email_hash", name=named("pk_sign_in_throttle")),
    )
    op.create_table(
        "user_account",
        needed("id", Uuid),
        needed("email", Text),
        needed("email_key", Text),
        needed("name", Text),
        Column("phone", Text),
        needed("locale", Text, server_default="en"),
        Column("password_hash", Text),
        needed("created_at", MOMENT, server_default=text("now()")),
        Column("last_seen_at", MOMENT),
        one_of("user_account", "locale", "en", "de", "da", "es", "sv"),
        PrimaryKeyConstraint("id", name=named("pk_user_account")),
        UniqueConstraint("email_key", name=named("uq_user_account_email_key")),
    )
    op.create_table(
        "client",
        needed("id", Uuid),
        needed("name", Text),
        needed("name_key", KEY_TEXT),
        needed("country", Text),
        needed("state", Text),
        Column("company_number", Text),
        Column("address", Text),
        Column("contact_email", Text),
        needed("plan_id", Uuid),
        needed("created_at", MOMENT, server_default=text("now()")),
        one_of("client", "country", *COUNTRIES),
        one_of("client", "state", "verifying", "verified", "rejected"),
        references("client", "plan_id", "plan.id"),
        PrimaryKeyConstraint("id", name=named("pk_client")),
    )
    index("ix_client_by_name", "client", "name_key", "id")
    trigrams("ix_client_name_search", "client", "name_key")
    op.create_table(
        "platform_member",
        needed("user_id", Uuid),
        needed("role", Text),
        one_of("platform_member", "role", "admin", "reviewer"),
        references("platform_member", "user_id", "user_account.id"),
        PrimaryKeyConstraint("user_id", name=named("pk_platform_member")),
    )
    op.create_table(
        "refresh_token",
        needed("id", Uuid),
        needed("family_id", Uuid),
        needed("user_id", Uuid),
        needed("token_hash", LargeBinary),
        needed("expires_at", MOMENT),
        Column("used_at", MOMENT),
        Column("revoked_at", MOMENT),
        references("refresh_token", "user_id", "user_account.id"),
        PrimaryKeyConstraint("id", name=named("pk_refresh_token")),
        UniqueConstraint("token_hash", name=named("uq_refresh_token_token_hash")),
    )
    index("ix_refresh_token_family_id", "refresh_token", "family_id")
    index("ix_refresh_token_user_id", "refresh_token", "user_id")
    op.create_table(
        "client_member",
        needed("id", Uuid),
        needed("client_id", Uuid),
        needed("user_id", Uuid),
        needed("role", Text),
        needed("state", Text),
        needed("created_at", MOMENT, server_default=text("now()")),
        one_of("client_member", "role", "owner", "admin", "member"),
        one_of("client_member", "state", "active", "removed"),
        references("client_member", "client_id", "client.id"),
        references("client_member", "user_id", "user_account.id"),
        PrimaryKeyConstraint("id", name=named("pk_client_member")),
    )
    index("ix_client_member_of_client", "client_member", "client_id", "id")
    index("ix_client_member_user_id", "client_member", "user_id")
    index("uq_client_member_living", "client_member", "client_id", "user_id", unique=True, where="state <> 'removed'")
    op.create_table(
        "firm",
        needed("id", Uuid),
        needed("name", Text),
        needed("name_key", KEY_TEXT),
        needed("country", Text),
        needed("business_kind", Text),
        needed("contact_name", Text),
        needed("contact_email", Text),
        Column("contact_phone", Text),
        Column("payroll_program", Text),
        needed("account_state", Text),
        needed("trial_ends_at", MOMENT),
        needed("subscription_paid", Boolean),
        needed("programme_state", Text),
        Column("reseller_tier", Text),
        needed("cashback_rate", Integer, server_default="0"),
        Column("own_client_id", Uuid),
        needed("created_at", MOMENT, server_default=text("now()")),
        one_of("firm", "account_state", "trial", "trial_ended", "active", "closed"),
        one_of("firm", "business_kind", "agency", "advisory", "external_cfo"),
        one_of("firm", "country", *COUNTRIES),
        one_of(
            "firm",
            "programme_state",
            "draft",
            "submitted",
            "webinar_watched",
            "agreed",
            "approved",
            "rejected",
            "suspended",
        ),
        CheckConstraint("cashback_rate BETWEEN 0 AND 10000", name=named("ck_firm_cashback_rate")),
        references("firm", "own_client_id", "client.id"),
        PrimaryKeyConstraint("id", name=named("pk_firm")),
    )
    index("ix_firm_by_name", "firm", "name_key", "id")
    trigrams("ix_firm_name_search", "firm", "name_key")
    op.create_table(
        "kpi_snapshot",
        needed("client_id", Uuid),
        needed("kind", Text),
        Column("count", Integer),
        Column("amount", BigInteger),
        Column("currency", Text),
        needed("as_of", MOMENT),
        one_of("kpi_snapshot", "kind", *KPI_KINDS),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name=named("ck_kpi_snapshot_currency")),
        CheckConstraint("(count IS NULL) <> (amount IS NULL)", name=named("ck_kpi_snapshot_count_or_amount")),
        CheckConstraint("count >= 0", name=named("ck_kpi_snapshot_count")),
        references("kpi_snapshot", "client_id", "client.id"),
        PrimaryKeyConstraint("client_id", "kind", name=named("pk_kpi_snapshot")),
    )
    index("ix_kpi_snapshot_pending", "kpi_snapshot", "client_id", "kind", where="count > 0")
    op.create_table(
        "pending_activity",
        needed("id", Uuid),
        needed("client_id", Uuid),
        needed("reference", Text),
        needed("section", Text),
        needed("kind", Text),
        needed("title", Text),
        Column("due_at", MOMENT),
        needed("deep_link", Text),
        Column("done_at", MOMENT),
        one_of("pending_activity", "kind", *KPI_KINDS),
        one_of("pending_activity", "section", *SECTIONS),
        references("pending_activity", "client_id", "client.id"),
        PrimaryKeyConstraint("id", name=named("pk_pending_activity")),
        UniqueConstraint("client_id", "reference", name=named("uq_pending_activity_client_id_reference")),
    )
    index("ix_pending_activity_open", "pending_activity", "client_id", "id", where="done_at IS NULL")
    op.create_table(
        "wallet",
        needed("client_id", Uuid),
        needed("balance", BigInteger),
        needed("currency", Text),
        references("wallet", "client_id", "client.id"),
        PrimaryKeyConstraint("client_id", name=named("pk_wallet")),
    )
    op.create_table(
        "collaboration",
        needed("id", Uuid),
        needed("firm_id", Uuid),
        Column("client_id", Uuid),
        needed("origin", Text),
        needed("state", Text),
        Column("requested_by", Uuid),
        Column("requested_level", Text),
        Column("request_message", Text),
        Column("invited_email", Text),
        Column("invited_country", Text),
        needed("firm_name", Text),
        needed("client_name", Text),
        needed("client_name_key", KEY_TEXT),
        needed("created_at", MOMENT, server_default=text("now()")),
        Column("started_at", MOMENT),
        needed("ended_at", MOMENT, server_default=text("'infinity'")),
        Column("ended_by", Text),
        Column("end_reason", Text),
        needed("version", Integer, server_default="1"),
        CheckConstraint("(state = 'ended') = (ended_at < 'infinity')", name=named("ck_collaboration_ended_at")),
        CheckConstraint(
            "client_id IS NOT NULL OR state NOT IN ('pending', 'active', 'ended')",
            name=named("ck_collaboration_client_known"),
        ),
        one_of("collaboration", "ended_by", "firm", "client", "platform"),
        one_of("collaboration", "invited_country", *COUNTRIES),
        one_of("collaboration", "origin", "firm_invitation", "client_added_firm", "marketplace"),
        one_of("collaboration", "requested_level", *LEVELS),
        one_of(
            "collaboration",
            "state",
            "invited",
            "pending",
            "active",
            "ended",
            "declined",
            "withdrawn",
            "expired",
            "blocked",
        ),
        CheckConstraint(
            "state NOT IN ('active', 'ended') OR started_at IS NOT NULL", name=named("ck_collaboration_started_at")
        ),
        references("collaboration", "client_id", "client.id"),
        references("collaboration", "firm_id", "firm.id"),
        references("collaboration", "requested_by", "user_account.id"),
        PrimaryKeyConstraint("id", name=named("pk_collaboration")),
    )
    index(
        "ix_collaboration_by_client_name",
        "collaboration",
        "firm_id",
        "client_name_key",
        "client_id",
        where="state IN ('pending', 'active')",
    )
    trigrams(
        "ix_collaboration_name_search",
        "collaboration",
        "client_name_key",
        where="state IN ('pending', 'active')",
    )
    index(
        "ix_collaboration_pending",
        "collaboration",
        "firm_id",
        "origin",
        "client_name_key",
        "client_id",
        where="state = 'pending'",
    )
    index("ix_collaboration_of_client", "collaboration", "client_id", "id")
    index("ix_collaboration_of_firm", "collaboration", "firm_id", "id")
    index(
        "uq_collaboration_current",
        "collaboration",
        "client_id",
        "firm_id",
        unique=True,
        where="state IN ('pending', 'active')",
    )
    index(
        "uq_collaboration_living",
        "collaboration",
        "firm_id",
        "client_id",
        unique=True,
        where="state IN ('invited', 'pending', 'active')",
    )
    op.create_table(
        "firm_member",
        needed("id", Uuid),
        needed("firm_id", Uuid),
        needed("user_id", Uuid),
        needed("role", Text),
        needed("state", Text),
        needed("is_owner", Boolean, server_default=text("false")),
        needed("created_at", MOMENT, server_default=text("now()")),
        one_of("firm_member", "role", "admin", "bookkeeper", "staff"),
        one_of("firm_member", "state", "invited", "active", "suspended", "removed"),
        references("firm_member", "firm_id", "firm.id"),
        references("firm_member", "user_id", "user_account.id"),
        PrimaryKeyConstraint("id", name=named("pk_firm_member")),
    )
    index("ix_firm_member_user_id", "firm_member", "user_id")
    index("uq_firm_member_living", "firm_member", "firm_id", "user_id", unique=True, where="state <> 'removed'")
    op.create_table(
        "firm_profile",
        needed("id", Uuid),
        needed("firm_id", Uuid),
        needed("revision", Integer),
        needed("state", Text),
        needed("display_name", Text),
        needed("name_key", KEY_TEXT),
        needed("description", Text),
        needed("specialties", ARRAY(Text)),
        needed("location", Text),
        needed("languages", ARRAY(Text)),
        Column("website", Text),
        one_of("firm_profile", "state", "draft", "in_review", "changes_requested", "published", "unlisted"),
        references("firm_profile", "firm_id", "firm.id"),
        PrimaryKeyConstraint("id", name=named("pk_firm_profile")),
    )
    index("ix_firm_profile_by_name", "firm_profile", "name_key", "id", where="state = 'published'")
    trigrams("ix_firm_profile_name_search", "firm_profile", "name_key")
    index("uq_firm_profile_published", "firm_profile", "firm_id", unique=True, where="state = 'published'")
    index("uq_firm_profile_revision", "firm_profile", "firm_id", "revision", unique=True)
    op.create_table(
        "integration_token",
        needed("id", Uuid),
        needed("name", Text),
        needed("token_hash", LargeBinary),
        needed("scopes", Integer),
        Column("firm_id", Uuid),
        Column("client_id", Uuid),
        needed("created_by", Uuid),
        needed("expires_at", MOMENT, server_default=text("'infinity'")),
        Column("revoked_at", MOMENT),
        Column("last_used_at", MOMENT),
        references("integration_token", "client_id", "client.id"),
        references("integration_token", "created_by", "user_account.id"),
        references("integration_token", "firm_id", "firm.id"),
        PrimaryKeyConstraint("id", name=named("pk_integration_token")),
        UniqueConstraint("token_hash", name=named("uq_integration_token_token_hash")),
    )
    op.create_table(
        "access_grant",
        needed("id", Uuid),
        needed("collaboration_id", Uuid),
        needed("client_id", Uuid),
        needed("version", Integer),
        needed("level", Text),
        needed("shared_kpis", Integer),
        Column("granted_by", Uuid),
        needed("granted_at", MOMENT),
        Column("revoked_at", MOMENT),
        needed("expires_at", MOMENT, server_default=text("'infinity'")),
        one_of("access_grant", "level", *LEVELS),
        references("access_grant", "client_id", "client.id"),
        references("access_grant", "collaboration_id", "collaboration.id"),
        references("access_grant", "granted_by", "user_account.id"),
        PrimaryKeyConstraint("id", name=named("pk_access_grant")),
    )
    index("uq_access_grant_current", "access_grant", "collaboration_id", unique=True, where="revoked_at IS NULL")
    index("uq_access_grant_version", "access_grant", "collaboration_id", "version", unique=True)
    op.create_table(
        "assignment",
        needed("id", Uuid),
        needed("member_id", Uuid),
        needed("client_id", Uuid),
        Column("assigned_by", Uuid),
        needed("assigned_at", MOMENT, server_default=text("now()")),
        Column("ended_at", MOMENT),
        references("assignment", "assigned_by", "user_account.id"),
        references("assignment", "client_id", "client.id"),
        references("assignment", "member_id", "firm_member.id"),
        PrimaryKeyConstraint("id", name=named("pk_assignment")),
    )
    index("ix_assignment_of_client", "assignment", "client_id", "member_id", where="ended_at IS NULL")
    index("uq_assignment_current", "assignment", "member_id", "client_id", unique=True, where="ended_at IS NULL")
    op.create_table(
        "audit_entry",
        needed("id", Uuid),
        needed("at", MOMENT),
        Column("actor_id", Uuid),
        needed("actor_name", Text),
        needed("acting_side", Text),
        Column("acting_id", Uuid),
        Column("on_behalf_of_id", Uuid),
        needed("action", Text),
        needed("subject_type", Text),
        needed("subject_id", Uuid),
        Column("client_id", Uuid),
        Column("firm_id", Uuid),
        Column("collaboration_id", Uuid),
        one_of("audit_entry", "acting_side", "firm", "client", "platform"),
        references("audit_entry", "actor_id", "user_account.id"),
        references("audit_entry", "client_id", "client.id"),
        references("audit_entry", "collaboration_id", "collaboration.id"),
        references("audit_entry", "firm_id", "firm.id"),
        PrimaryKeyConstraint("id", name=named("pk_audit_entry")),
    )
    index("ix_audit_entry_of_client", "audit_entry", "client_id", "id")
    index("ix_audit_entry_of_collaboration", "audit_entry", "collaboration_id", "id")
    op.create_table(
        "billing_mode_period",
        needed("id", Uuid),
        needed("collaboration_id", Uuid),
        needed("client_id", Uuid),
        needed("mode", Text),
        needed("from_at", MOMENT),
        needed("to_at", MOMENT, server_default=text("'infinity'")),
        Column("changed_by", Uuid),
        one_of("billing_mode_period", "mode", "client", "partner"),
        CheckConstraint("from_at < to_at", name=named("ck_billing_mode_period_order")),
        references("billing_mode_period", "changed_by", "user_account.id"),
        references("billing_mode_period", "client_id", "client.id"),
        references("billing_mode_period", "collaboration_id", "collaboration.id"),
        PrimaryKeyConstraint("id", name=named("pk_billing_mode_period")),
    )
    index("ix_billing_mode_period_of_collaboration", "billing_mode_period", "collaboration_id", "from_at")
    index(
        "uq_billing_mode_period_open",
        "billing_mode_period",
        "collaboration_id",
        unique=True,
        where="to_at = 'infinity'",
    )
    index(
        "uq_billing_mode_period_payer",
        "billing_mode_period",
        "client_id",
        unique=True,
        where="mode = 'partner' AND to_at = 'infinity'",
    )
    op.create_table(
        "invoice",
        needed("id", Uuid),
        needed("kind", Text, server_default="invoice"),
        Column("credits_id", Uuid),
        Column("number", Text),
        needed("billing_mode", Text),
        needed("client_id", Uuid),
        Column("firm_id", Uuid),
        Column("collaboration_id", Uuid),
        Column(
            "holder_id",
            Uuid,
            Computed("CASE billing_mode WHEN 'partner' THEN firm_id ELSE client_id END", persisted=True),
            nullable=False,
        ),
        needed("client_name", Text),
        Column("firm_name", Text),
        needed("net", BigInteger),
        needed("tax", BigInteger),
        needed("total", BigInteger),
        needed("currency", Text),
        needed("state", Text),
        needed("ordered_at", MOMENT),
        Column("issued_at", MOMENT),
        Column("due_at", MOMENT),
        Column("paid_at", MOMENT),
        CheckConstraint("(kind = 'credit_note') = (credits_id IS NOT NULL)", name=named("ck_invoice_credits")),
        CheckConstraint("billing_mode = 'client' OR firm_id IS NOT NULL", name=named("ck_invoice_holder")),
        one_of("invoice", "billing_mode", "client", "partner"),
        one_of("invoice", "kind", "invoice", "credit_note"),
        CheckConstraint(
            "state = 'draft' OR (number IS NOT NULL AND issued_at IS NOT NULL)", name=named("ck_invoice_issued")
        ),
        one_of("invoice", "state", "draft", "open", "paid", "credited", "void"),
        CheckConstraint("total = net + tax", name=named("ck_invoice_total")),
        references("invoice", "client_id", "client.id"),
        references("invoice", "collaboration_id", "collaboration.id"),
        references("invoice", "credits_id", "invoice.id"),
        references("invoice", "firm_id", "firm.id"),
        PrimaryKeyConstraint("id", name=named("pk_invoice")),
    )
    index("ix_invoice_about_client", "invoice", "client_id", "id")
    index("ix_invoice_credits", "invoice", "credits_id", where="credits_id IS NOT NULL")
    index("ix_invoice_of_client", "invoice", "client_id", "id", where="billing_mode = 'client'")
    index("ix_invoice_of_firm", "invoice", "firm_id", "id", where="billing_mode = 'partner'")
    index("ix_invoice_of_firm_for_client", "invoice", "firm_id", "client_id", "id", where="billing_mode = 'partner'")
    index("ix_invoice_of_firm_in_state", "invoice", "firm_id", "state", "id", where="billing_mode = 'partner'")
    index("uq_invoice_number", "invoice", "holder_id", "number", unique=True)
    op.create_table(
        "invoice_line",
        needed("id", Uuid),
        needed("invoice_id", Uuid),
        needed("position", Integer),
        needed("description", Text),
        needed("quantity", Integer),
        needed("unit_amount", BigInteger),
        needed("amount", BigInteger),
        references("invoice_line", "invoice_id", "invoice.id"),
        PrimaryKeyConstraint("id", name=named("pk_invoice_line")),
    )
    index("uq_invoice_line_position", "invoice_line", "invoice_id", "position", unique=True)
