# Invoices of the platform. Each has the billing mode that was stamped on it when it was ordered or issued (D17, D34), and that mode
# alone determines its holder. On purpose, no rule reads the present mode (D1).

# In PARTNER mode only the partner firm holds the invoice: the client has no access (I21, I22).
fact(v: FirmViewer, "holder", i: Invoice, true) if i.billing_mode = "partner" and i.firm_id = v.firm_id;

# In CLIENT mode only the client holds it: the partner firm has no access, even with FULL (I14, I15, D2).
fact(v: ClientViewer, "holder", i: Invoice, true) if i.billing_mode = "client" and i.client_id = v.client_id;

# The other facts that the rules below read: the stamped mode, the state, the kind, whether it is overdue, and the firm's present
# relation to the client.
fact(_, "mode",  i: Invoice, i.billing_mode);
fact(_, "state", i: Invoice, i.state);
fact(_, "kind",  i: Invoice, i.kind);
fact(v, "late",  i: Invoice, true) if i.due_at != nil and i.due_at < v.now;
fact(v: FirmViewer, "assigned", i: Invoice, true)  if tie(v, "assigned", i.client, true);
fact(v: FirmViewer, "collaboration_state", i: Invoice, value) if tie(v, "collaboration_state", i.client, value);
fact(_: FirmViewer, "approved", i: Invoice, true)  if i.firm.programme_state = "approved";

# Only the platform and its billing system read drafts (D47).
issued(f) if f.state in ["open", "paid", "credited", "void"];

# The firm's admins read the invoices that the firm holds, also after the end and while the firm is suspended (I21, H63, D46).
read(f: InvoiceFacts) if f.side = "firm" and f.role = "admin" and f.holder and issued(f);
# Its bookkeepers read those of clients now assigned to them, while the firm works for the client (D8, H63).
read(f: InvoiceFacts) if f.side = "firm" and f.role = "bookkeeper" and f.holder and f.assigned and f.approved and f.collaboration_state = "active" and issued(f);
# The client's owner and administrators read the invoices that the client holds (I14). Members do not (D5).
read(f: InvoiceFacts) if f.side = "client" and f.role in ["owner", "admin"] and f.holder and issued(f);
# The platform issues them (D5, D26).
read(f: InvoiceFacts) if platform(f);
read(f: InvoiceFacts) if billing(f);

# A viewer sees all fields of an invoice or none (I15, I22) …
see(f: InvoiceFacts, field) if read(f) and field in ["id", "invoiceKind", "credits", "number", "issuedTo", "billingMode", "clientName", "lines", "net", "tax", "total", "currency", "invoiceState", "issuedAt", "dueAt", "paidAt", "viewerActions"];
# … except the link to the client, which ends with the collaboration; the name stays visible (H63, D40).
see(f: InvoiceFacts, "client") if read(f) and f.side in ["client", "platform", "system"];
see(f: InvoiceFacts, "client") if read(f) and f.side = "firm" and f.collaboration_state in ["pending", "active"];

hidden_because(f: InvoiceFacts, "client", "ENDED") if f.side = "firm";
disclosed_fact(f: InvoiceFacts, fact) if read(f) and fact in ["holder", "mode", "state", "kind", "late", "assigned", "approved", "collaboration_state"];

# The actions allowed now (D57). Its holder pays it, overdue or not (I9, I18). A credit note cannot be paid.
may(f: InvoiceFacts, "PAY_INVOICE") if f.role in ["owner", "admin"] and f.holder and f.kind = "invoice" and f.state = "open";
# The billing system can credit an issued invoice once, paid or not (D47). A credit note cannot be credited.
may(f: InvoiceFacts, "CREDIT_INVOICE") if billing(f) and f.kind = "invoice" and f.state in ["open", "paid"];

# The organisation that it was issued to, from the same stamped mode (D34).
issued_to(f: InvoiceFacts, "FIRM")   if f.mode = "partner";
issued_to(f: InvoiceFacts, "CLIENT") if f.mode = "client";

# OVERDUE is derived from the due date and the clock (D47).
status(f: InvoiceFacts, "DRAFT")    if f.state = "draft";
status(f: InvoiceFacts, "OVERDUE")  if f.state = "open" and f.late;
status(f: InvoiceFacts, "OPEN")     if f.state = "open" and f.late = false;
status(f: InvoiceFacts, "PAID")     if f.state = "paid";
status(f: InvoiceFacts, "CREDITED") if f.state = "credited";
status(f: InvoiceFacts, "VOID")     if f.state = "void";

grounds("Invoice", "id",          ["I14", "I15", "I21", "I22", "D1", "D34"]);
grounds("Invoice", "invoiceKind", ["I14", "I21", "D47"]);
grounds("Invoice", "credits",     ["I14", "I21", "D47"]);
grounds("Invoice", "number",      ["I14", "I21", "D18"]);
grounds("Invoice", "issuedTo",    ["I14", "I21", "D34"]);
grounds("Invoice", "billingMode", ["I3", "D34"]);
grounds("Invoice", "client",      ["I21", "H63", "D40"]);
grounds("Invoice", "clientName",  ["I21", "H63"]);
grounds("Invoice", "lines",       ["I14", "I21"]);
grounds("Invoice", "net",         ["I14", "I21"]);
grounds("Invoice", "tax",         ["I14", "I21"]);
grounds("Invoice", "total",       ["I14", "I21"]);
grounds("Invoice", "currency",    ["I14", "I21", "D38"]);
grounds("Invoice", "invoiceState", ["I14", "I21", "D47"]);
grounds("Invoice", "issuedAt",    ["I14", "I21", "D47"]);
grounds("Invoice", "dueAt",       ["I14", "I21", "D47"]);
grounds("Invoice", "paidAt",      ["I14", "I21", "D47"]);
grounds("Invoice", "viewerActions", ["I9", "I18", "D57"]);
