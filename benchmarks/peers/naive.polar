# The same rules as they are written first: over live objects, asked for every object and every field.

works_for(actor: Member, _) if actor.role = "admin";
works_for(actor: Member, client_id) if actor.role = "bookkeeper" and actor.is_in_charge_of(client_id);

# Grants are loaded while they are in force.
granted(actor: Member, client: Client, grant) if
    collaboration in client.collaborations and
    collaboration.firm_id = actor.firm_id and
    collaboration.state = "active" and
    actor.approved and
    grant in collaboration.grants;

allow(actor: Member, "read", client: Client) if
    collaboration in client.collaborations and
    collaboration.firm_id = actor.firm_id and
    collaboration.state in ["pending", "active"] and
    works_for(actor, client.id);
allow(actor: Member, "read", collaboration: Collaboration) if
    collaboration.firm_id = actor.firm_id and
    works_for(actor, collaboration.client_id);
allow(actor: Member, "read", kpi: KpiSnapshot) if
    works_for(actor, kpi.client_id) and
    granted(actor, kpi.client, grant) and
    needs(kpi.kind, section) and
    reaches(grant.level, section) and
    Words.has_section(kpi.client.plan, section) and
    Words.shares(grant, kpi.kind);
# PARTNER mode puts an invoice in the firm's organisation alone.
allow(actor: Member, "read", invoice: Invoice) if
    invoice.billing_mode = "partner" and
    invoice.firm_id = actor.firm_id and
    invoice.state in ["open", "paid", "credited", "void"] and
    works_for(actor, invoice.client_id);

allow_field(actor: Member, "read", client: Client, field) if
    field in ["id", "name", "collaboration", "invoices"] and
    allow(actor, "read", client);
allow_field(actor: Member, "read", client: Client, "kpis") if
    allow(actor, "read", client) and
    granted(actor, client, _);
allow_field(actor: Member, "read", collaboration: Collaboration, field) if
    field in ["level", "billing_mode", "collaboration_state"] and
    allow(actor, "read", collaboration);
allow_field(actor: Member, "read", kpi: KpiSnapshot, field) if
    field in ["kind", "count", "amount"] and
    allow(actor, "read", kpi);
allow_field(actor: Member, "read", invoice: Invoice, field) if
    field in ["id", "number", "invoice_state", "total", "issued_at", "due_at"] and
    allow(actor, "read", invoice);

reaches("full", _);
reaches("limited", section) if section in ["EMPLOYEES", "SALARIES", "PAYROLL_BASIS", "RECEIPTS", "OUTLAYS"];

needs("MISSING_RECEIPTS", "RECEIPTS");
needs("EXPENSES_READY_FOR_EXPORT", "OUTLAYS");
needs("PAYROLL_BASIS_PENDING", "PAYROLL_BASIS");
needs("WALLET_BALANCE", "WALLET");
needs("JOURNAL_PENDING", "JOURNAL");
needs("SALES_TO_REVIEW", "SALES");
needs("BANK_TO_RECONCILE", "BANK");
needs("INBOX_DOCUMENTS", "INBOX");
needs("BILLS_TO_PAY", "SUPPLIER_BILLS");
