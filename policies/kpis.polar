# Pending work: KPIs and the activities that they count. The client shares each kind separately (H44, H59, D53).

fact(v: FirmViewer,   name,  s: KpiSnapshot, value) if name in ["assigned", "level", "sections", "shared"] and tie(v, name, s.client, value);
fact(v: ClientViewer, "is_own_org", s: KpiSnapshot, true)  if s.client_id = v.client_id;
fact(_, "kind", s: KpiSnapshot, s.kind);

fact(v: FirmViewer,   name,  p: PendingActivity, value) if name in ["assigned", "level", "sections", "shared"] and tie(v, name, p.client, value);
fact(v: ClientViewer, "is_own_org", p: PendingActivity, true)  if p.client_id = v.client_id;
fact(_, "kind", p: PendingActivity, p.kind);
fact(_, "open", p: PendingActivity, true) if p.done_at = nil;

# The section of each kind: without the section there is no KPI (D24, D44).
needs("MISSING_RECEIPTS",          "RECEIPTS");
needs("EXPENSES_READY_FOR_EXPORT", "OUTLAYS");
needs("PAYROLL_BASIS_PENDING",     "PAYROLL_BASIS");
needs("WALLET_BALANCE",            "WALLET");
needs("JOURNAL_PENDING",           "JOURNAL");
needs("SALES_TO_REVIEW",           "SALES");
needs("BANK_TO_RECONCILE",         "BANK");
needs("INBOX_DOCUMENTS",           "INBOX");
needs("BILLS_TO_PAY",              "SUPPLIER_BILLS");

# The firm sees a kind if the client shares it and if the firm's level and the client's plan open its section (H59, H56, V10–V13).
shows(f, kind) if needs(kind, section) and can_open(f, section) and kind in f.shared;
# The client sees all its own kinds (P48–P50). The platform sees none (D41).
shows(f, kind) if is_client_admin(f) and needs(kind, _);

read(f: KpiSnapshotFacts) if shows(f, kind) and f.kind = kind;
see(f: KpiSnapshotFacts, field) if read(f) and field in ["kind", "count", "amount", "asOf", "section"];

# The section of a kind, for viewers who see the kind (H61).
section(f: KpiSnapshotFacts, section) if needs(kind, section) and f.kind = kind;

# An activity is visible like the KPI of its kind (H59, H60, H61), until it is done (H62).
read(f: PendingActivityFacts) if shows(f, kind) and f.kind = kind and f.open;
see(f: PendingActivityFacts, field) if read(f) and field in ["id", "section", "kpiKind", "title", "dueAt"];
# The link leads into the account: a viewer who may not enter it gets none (H62, V15).
see(f: PendingActivityFacts, "deepLink") if read(f) and f.side = "firm" and f.level = "full";
see(f: PendingActivityFacts, "deepLink") if read(f) and is_client_admin(f);
hidden_because(f: PendingActivityFacts, _, "LEVEL") if f.side = "firm" and f.level = "limited";
disclosed_fact(f: PendingActivityFacts, "level") if read(f);

# Machines report a client's pending work and write it without reading. So this rule is not a `may`, which needs a visible row.
# The platform's integration reports for every client, a company's own for the company, and a firm's for none (H44, D26, D41).
fact(v: ClientReporter, "reporting", c: Client, true) if c.id = v.client_id;
reports(f: ClientFacts, what) if f.side = "platform_reporter" and f.role = "admin" and what in ["KPIS", "PENDING_ACTIVITIES"];
reports(f: ClientFacts, what) if f.side = "client_reporter" and f.role in ["owner", "admin"] and f.reporting and what in ["KPIS", "PENDING_ACTIVITIES"];

grounds("KpiSnapshot", "kind",    ["H44", "H59", "D45"]);
grounds("KpiSnapshot", "count",   ["H44", "P49", "P50"]);
grounds("KpiSnapshot", "amount",  ["P48", "D38"]);
grounds("KpiSnapshot", "asOf",    ["H44"]);
grounds("KpiSnapshot", "section", ["H61", "D44"]);

grounds("PendingActivity", "id",       ["H59", "H61"]);
grounds("PendingActivity", "section",  ["H61"]);
grounds("PendingActivity", "kpiKind",  ["H44", "H59"]);
grounds("PendingActivity", "title",    ["H61"]);
grounds("PendingActivity", "dueAt",    ["H61"]);
grounds("PendingActivity", "deepLink", ["H62", "V15"]);
