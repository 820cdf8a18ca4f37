# The audit trail: what was done, and what was refused. Each side has its own slice of it (L21).

# What concerns a copy of an invitation is the company's: a firm does not learn who may answer (D30, D42, L18).
fact(v: FirmViewer,   "is_own_org",      e: AuditEntry, true) if k = e.collaboration and k.firm_id = v.firm_id and k.copy_of = nil;
fact(v: ClientViewer, "is_own_org",      e: AuditEntry, true) if e.client_id = v.client_id;
fact(v: FirmViewer,   "internal", e: AuditEntry, true) if e.firm_id = v.firm_id and e.collaboration_id = nil and e.client_id = nil;
fact(v: FirmViewer,   "by_own_org",     e: AuditEntry, true) if e.acting_id = v.firm_id;
fact(v: ClientViewer, "by_own_org",     e: AuditEntry, true) if e.acting_id = v.client_id;
fact(v: FirmViewer,   "by_viewer",     e: AuditEntry, true) if e.actor_id = v.user_id and e.acting_id = v.firm_id;
fact(v: FirmViewer,   "assigned", e: AuditEntry, true) if tie(v, "assigned", e.collaboration.client, true);
fact(_: FirmViewer,   "not_revoked",   e: AuditEntry, true) if e.collaboration.state = "active";
fact(_: FirmViewer,   "in_time",  e: AuditEntry, true) if k = e.collaboration and k.state in ["active", "ended"] and e.at <= k.ended_at;
# With whom nothing has begun yet, or never did: asked, refused, taken back, or only written to. What begins later is `in_time`.
fact(v: FirmViewer,   "early",    e: AuditEntry, true) if k = e.collaboration and k.firm_id = v.firm_id and k.copy_of = nil and k.state in ["invited", "pending", "declined", "withdrawn", "expired", "blocked"];
fact(v: FirmViewer,   "early",    e: AuditEntry, true) if e.firm_id = v.firm_id and e.collaboration_id = nil and e.subject_type = "Conversation";
# What the client offered before its verification, and what it changed of that (D60).
fact(_: FirmViewer,   "offered",  e: AuditEntry, true) if e.is_offer = true;
fact(_, "refused", e: AuditEntry, true) if e.outcome = "refused";

# What was refused is told to the side that tried, and to the platform (D56); what was offered, to the side that offered.
disclosed(f) if f.refused = false and f.offered = false;
disclosed(f) if f.by_own_org;

# A firm's admins: their collaborations, up to the end, and their own house: staff, invitations, tokens.
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org and f.in_time and disclosed(f);
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "admin" and f.internal and disclosed(f);
# Of what never began, what the firm did itself, and nothing of the other side: not whether there is one (D30, D42, L18).
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "admin" and f.early and f.by_own_org;
# A bookkeeper: what they did themselves, for clients that are theirs now.
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "bookkeeper" and f.is_own_org and f.by_viewer and f.assigned and f.not_revoked;
# The client: all that concerns the company. The platform: everything.
read(f: AuditEntryFacts) if is_client_admin(f) and disclosed(f);
read(f: AuditEntryFacts) if platform(f);
see(f: AuditEntryFacts, field) if read(f) and field in ["id", "at", "lastAt", "count", "action", "actingSide", "onBehalfOf", "outcome", "code"];
# A side knows its own people by name; of the other side it is told that it acted, not who did (D50).
see(f: AuditEntryFacts, field) if read(f) and f.by_own_org and field in ["actorName", "requestId"];
see(f: AuditEntryFacts, field) if platform(f) and field in ["actorName", "requestId"];
hidden_because(_: AuditEntryFacts, _, "ROLE");

grounds("AuditEntry", "id",         ["L21"]);
grounds("AuditEntry", "at",         ["L21"]);
grounds("AuditEntry", "lastAt",     ["L21", "L4"]);
grounds("AuditEntry", "count",      ["L21", "L4"]);
grounds("AuditEntry", "action",     ["L21"]);
grounds("AuditEntry", "outcome",    ["L21", "D56"]);
grounds("AuditEntry", "code",       ["L21", "D56"]);
grounds("AuditEntry", "actorName",  ["L21", "D50"]);
grounds("AuditEntry", "requestId",  ["L21", "D56"]);
grounds("AuditEntry", "actingSide", ["L21"]);
grounds("AuditEntry", "onBehalfOf", ["L21", "D3"]);
