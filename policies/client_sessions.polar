# Sessions in clients' accounts (M11): a member of a firm works in the account of a client, one at a time (P18, P28, P29).

fact(v: FirmViewer,   "by_viewer", s: ClientSession, true) if s.member_id = v.member_id;
fact(v: FirmViewer,   "is_own_org",  s: ClientSession, true) if s.firm_id = v.firm_id;
fact(v: ClientViewer, "is_own_org",  s: ClientSession, true) if s.client_id = v.client_id;
fact(_, "ended",    s: ClientSession, s.ended_as);
fact(v, "current",  s: ClientSession, true) if s.expires_at > v.now;
fact(_, "member_role",    s: ClientSession, s.member.role);
fact(_, "member_active",   s: ClientSession, true) if s.member.state = "active";
fact(_, "member_assigned",  s: ClientSession, true) if s.member.state = "active" and a in s.member.assignments and a.client_id = s.client_id and a.ended_at = nil;
fact(v, "level",    s: ClientSession, g.level) if k = s.collaboration and counts(v, k, g);
fact(_, "sections", s: ClientSession, s.client.plan.sections);

# Readers: the member whose session it is, while their role may enter accounts; the firm's admins; the client; the platform.
read(f: ClientSessionFacts) if f.side = "firm" and f.role in ["admin", "bookkeeper"] and f.by_viewer;
read(f: ClientSessionFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org;
read(f: ClientSessionFacts) if is_client_admin(f);
read(f: ClientSessionFacts) if platform(f);

see(f: ClientSessionFacts, field) if read(f) and field in ["id", "client", "firmName", "openedAt", "expiresAt", "closedAt", "sessionState", "viewerActions"];
# A client sees the names of the members assigned to it, and of the others only their sessions (X-P6, D50).
see(f: ClientSessionFacts, "memberName") if read(f) and f.side in ["firm", "platform"];
see(f: ClientSessionFacts, "memberName") if is_client_admin(f) and f.member_assigned;
hidden_because(f: ClientSessionFacts, _, "ROLE") if f.side = "client";
disclosed_fact(f: ClientSessionFacts, fact) if read(f) and fact in ["by_viewer", "is_own_org", "ended", "current"];

# A session is open while its member could enter again. Any change that takes this away ends it at once (H63, L23, L28).
enters(f) if within_access(f, "ACCOUNT_LOGIN") and f.member_active and f.member_role = "admin";
enters(f) if within_access(f, "ACCOUNT_LOGIN") and f.member_role = "bookkeeper" and f.member_assigned;
is_open(f) if f.ended = "none" and f.current and enters(f);
status(f: ClientSessionFacts, "OPEN")    if is_open(f);
status(f: ClientSessionFacts, "CLOSED")  if f.ended = "left";
status(f: ClientSessionFacts, "EXPIRED") if f.ended = "expired";
status(f: ClientSessionFacts, "EXPIRED") if f.ended = "none" and f.current = false;
status(f: ClientSessionFacts, "REVOKED") if f.ended in ["none", "revoked"];

# Only the member in the account can leave it (P29).
may(f: ClientSessionFacts, "LEAVE_CLIENT_ACCOUNT") if read(f) and f.by_viewer and is_open(f);

grounds("ClientSession", "id",            ["M11", "P18"]);
grounds("ClientSession", "client",        ["M11", "P18", "P28"]);
grounds("ClientSession", "firmName",      ["M11", "D50"]);
grounds("ClientSession", "memberName",    ["X-P6", "D50"]);
grounds("ClientSession", "openedAt",      ["M11"]);
grounds("ClientSession", "expiresAt",     ["M11"]);
grounds("ClientSession", "closedAt",      ["M11", "P29"]);
grounds("ClientSession", "sessionState",  ["M11", "L23"]);
grounds("ClientSession", "viewerActions", ["P29", "D57"]);
