# The audit trail: performed and refused actions. Each side can read its own part of it (L21).

# Entries about a copy of an invitation belong to the company: the firm must not learn which companies may answer (D30, D42, L18).
fact(v: FirmViewer,   "is_own_org",      e: AuditEntry, true) if k = e.collaboration and k.firm_id = v.firm_id and k.copy_of = nil;
fact(v: ClientViewer, "is_own_org",      e: AuditEntry, true) if e.client_id = v.client_id;
fact(v: FirmViewer,   "internal", e: AuditEntry, true) if e.firm_id = v.firm_id and e.collaboration_id = nil and e.client_id = nil;
fact(v: FirmViewer,   "by_own_org",     e: AuditEntry, true) if e.acting_id = v.firm_id;
fact(v: ClientViewer, "by_own_org",     e: AuditEntry, true) if e.acting_id = v.client_id;
fact(v: FirmViewer,   "by_viewer",     e: AuditEntry, true) if e.actor_id = v.user_id and e.acting_id = v.firm_id;
fact(v: FirmViewer,   "assigned", e: AuditEntry, true) if tie(v, "assigned", e.collaboration.client, true);
fact(_: FirmViewer,   "not_revoked",   e: AuditEntry, true) if e.collaboration.state = "active";
fact(_: FirmViewer,   "in_time",  e: AuditEntry, true) if k = e.collaboration and k.state in ["active", "ended"] and e.at <= k.ended_at;
# Entries about a client with which no collaboration has begun: requested, declined, withdrawn, or only a conversation. After a
# collaboration has begun, its entries are `in_time`.
fact(v: FirmViewer,   "early",    e: AuditEntry, true) if k = e.collaboration and k.firm_id = v.firm_id and k.copy_of = nil and k.state in ["invited", "pending", "declined", "withdrawn", "expired", "blocked"];
fact(v: FirmViewer,   "early",    e: AuditEntry, true) if e.firm_id = v.firm_id and e.collaboration_id = nil and e.subject_type = "Conversation";
# The terms that the client offered before its verification, and changes of them (D60).
fact(_: FirmViewer,   "offered",  e: AuditEntry, true) if e.is_offer = true;
fact(_, "refused", e: AuditEntry, true) if e.outcome = "refused";

# A refused action is disclosed to the side that tried it and to the platform (D56); an offer, to the side that made it.
disclosed(f) if f.refused = false and f.offered = false;
disclosed(f) if f.by_own_org;

# A firm's admins: the firm's collaborations up to their end, and the firm's own matters: staff, invitations, tokens.
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org and f.in_time and disclosed(f);
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "admin" and f.internal and disclosed(f);
# If a collaboration never began, the firm sees only its own actions, and not even whether there is another side (D30, D42, L18).
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "admin" and f.early and f.by_own_org;
# A bookkeeper: their own actions, for clients now assigned to them.
read(f: AuditEntryFacts) if f.side = "firm" and f.role = "bookkeeper" and f.is_own_org and f.by_viewer and f.assigned and f.not_revoked;
# The client: all entries about the company. The platform: all entries.
read(f: AuditEntryFacts) if is_client_admin(f) and disclosed(f);
read(f: AuditEntryFacts) if platform(f);
see(f: AuditEntryFacts, field) if read(f) and field in ["id", "at", "lastAt", "count", "action", "actingSide", "onBehalfOf", "outcome", "code"];
# A side sees the names of its own people. It sees that the other side acted, but not which person did (D50).
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
