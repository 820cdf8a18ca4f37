"""What a constraint cannot say, said by triggers. A refusal names the rule as if it were a constraint."""

from typing import Final

from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"

PERIODS_DO_NOT_OVERLAP: Final = (
    """
    CREATE FUNCTION billing_mode_period_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        -- An older snapshot than the lock would not see what the transaction before us wrote.
        IF current_setting('transaction_isolation') = 'repeatable read' THEN
            RAISE 'billing mode periods are not written under repeatable read'
                USING ERRCODE = 'object_not_in_prerequisite_state';
        END IF;
        PERFORM FROM client WHERE id = NEW.client_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT FROM billing_mode_period AS other
            WHERE other.client_id = NEW.client_id AND other.id <> NEW.id
              AND (other.collaboration_id = NEW.collaboration_id OR (other.mode = 'partner' AND NEW.mode = 'partner'))
              AND other.from_at < NEW.to_at AND NEW.from_at < other.to_at
        ) THEN
            RAISE 'this billing mode period overlaps another'
                USING ERRCODE = 'exclusion_violation', CONSTRAINT = 'ex_billing_mode_period_overlap';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER no_overlap BEFORE INSERT OR UPDATE ON billing_mode_period
    FOR EACH ROW EXECUTE FUNCTION billing_mode_period_guard()
    """,
)

CLIENT_IS_THE_COLLABORATIONS: Final = (
    """
    CREATE FUNCTION same_client_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF NEW.client_id IS DISTINCT FROM (SELECT client_id FROM collaboration WHERE id = NEW.collaboration_id) THEN
            RAISE 'the client is not that of the collaboration'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_' || TG_TABLE_NAME || '_same_client';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER same_client BEFORE INSERT OR UPDATE OF client_id, collaboration_id ON billing_mode_period
    FOR EACH ROW EXECUTE FUNCTION same_client_guard()
    """,
    """
    CREATE TRIGGER same_client BEFORE INSERT OR UPDATE OF client_id, collaboration_id ON access_grant
    FOR EACH ROW EXECUTE FUNCTION same_client_guard()
    """,
)

ISSUED_INVOICES_STAY: Final = (
    """
    CREATE FUNCTION invoice_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.state <> 'draft' THEN
            IF TG_OP = 'DELETE' OR NEW.state = 'draft' OR
                (OLD.id, OLD.kind, OLD.credits_id, OLD.number, OLD.billing_mode, OLD.client_id, OLD.firm_id,
                 OLD.collaboration_id, OLD.client_name, OLD.firm_name, OLD.net, OLD.tax, OLD.total, OLD.currency,
                 OLD.ordered_at, OLD.issued_at, OLD.due_at)
                IS DISTINCT FROM
                (NEW.id, NEW.kind, NEW.credits_id, NEW.number, NEW.billing_mode, NEW.client_id, NEW.firm_id,
                 NEW.collaboration_id, NEW.client_name, NEW.firm_name, NEW.net, NEW.tax, NEW.total, NEW.currency,
                 NEW.ordered_at, NEW.issued_at, NEW.due_at)
            THEN
                RAISE 'an issued invoice does not change'
                    USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_invoice_immutable';
            END IF;
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        IF NEW.credits_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM invoice AS original
            WHERE original.id = NEW.credits_id AND original.kind = 'invoice' AND original.state <> 'draft'
              AND (original.billing_mode, original.client_id, original.firm_id)
                  IS NOT DISTINCT FROM (NEW.billing_mode, NEW.client_id, NEW.firm_id)
        ) THEN
            RAISE 'a credit note goes to whom its original was issued'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_invoice_credit_note_holder';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER immutable BEFORE INSERT OR UPDATE OR DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_guard()
    """,
    """
    CREATE FUNCTION invoice_line_guard() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        IF EXISTS (SELECT FROM invoice WHERE id IN (OLD.invoice_id, NEW.invoice_id) AND state <> 'draft') THEN
            RAISE 'an issued invoice does not change'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_invoice_line_immutable';
        END IF;
        RETURN coalesce(NEW, OLD);
    END $$
    """,
    """
    CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_guard()
    """,
)

AUDIT_IS_APPEND_ONLY: Final = (
    """
    CREATE FUNCTION audit_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE 'the audit trail is append-only'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_audit_entry_append_only';
    END $$
    """,
    """
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_guard()
    """,
)

# An invited client's name is what the firm typed: it must not tell that such a company exists (D42).
NAMES_STAY_TRUE: Final = (
    """
    CREATE FUNCTION client_renamed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        UPDATE collaboration SET client_name = NEW.name, client_name_key = NEW.name_key
        WHERE client_id = NEW.id AND state IN ('pending', 'active');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER renamed AFTER UPDATE OF name, name_key ON client
    FOR EACH ROW WHEN ((OLD.name, OLD.name_key) IS DISTINCT FROM (NEW.name, NEW.name_key))
    EXECUTE FUNCTION client_renamed()
    """,
    """
    CREATE FUNCTION firm_renamed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
    BEGIN
        UPDATE collaboration SET firm_name = NEW.name
        WHERE firm_id = NEW.id AND state IN ('invited', 'pending', 'active');
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER renamed AFTER UPDATE OF name ON firm
    FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name)
    EXECUTE FUNCTION firm_renamed()
    """,
)

ENDS_ARE_FINAL: Final = (
    """
    CREATE FUNCTION collaboration_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE 'a collaboration that is over is not reopened'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_collaboration_final';
    END $$
    """,
    """
    CREATE TRIGGER final BEFORE UPDATE OF state ON collaboration
    FOR EACH ROW WHEN (OLD.state IN ('ended', 'declined', 'withdrawn', 'expired') AND OLD.state <> NEW.state)
    EXECUTE FUNCTION collaboration_guard()
    """,
)


def upgrade() -> None:
    for rule in (
        PERIODS_DO_NOT_OVERLAP,
        CLIENT_IS_THE_COLLABORATIONS,
        ISSUED_INVOICES_STAY,
        AUDIT_IS_APPEND_ONLY,
        NAMES_STAY_TRUE,
        ENDS_ARE_FINAL,
    ):
        for statement in rule:
            op.execute(statement)
