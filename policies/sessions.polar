# Sessions in clients' accounts (M11): a person of a firm inside the account of a client, one at a time (P18, P28, P29).

fact(v: FirmViewer,   "mine", s: ClientSession, true) if s.member_id = v.member_id;
fact(v: FirmViewer,   "own",  s: ClientSession, true) if s.firm_id = v.firm_id;
fact(v: ClientViewer, "own",  s: ClientSession, true) if s.client_id = v.client_id;
fact(_, "ended",    s: ClientSession, s.ended_as);
fact(v, "current",  s: ClientSession, true) if s.expires_at > v.now;
fact(_, "holds",    s: ClientSession, s.member.role);
fact(_, "seated",   s: ClientSession, true) if s.member.state = "active";
fact(_, "charged",  s: ClientSession, true) if s.member.state = "active" and a in s.member.assignments and a.client_id = s.client_id and a.ended_at = nil;
fact(v, "level",    s: ClientSession, g.level) if k = s.collaboration and counts(v, k, g);
fact(_, "sections", s: ClientSession, s.client.plan.sections);

# Whose session it is, as long as their role enters accounts at all; the firm's admins; the client: who is in the account; the platform.
read(f: ClientSessionFacts) if f.side = "firm" and f.role in ["admin", "bookkeeper"] and f.mine;
read(f: ClientSessionFacts) if f.side = "firm" and f.role = "admin" and f.own;
read(f: ClientSessionFacts) if governs(f);
read(f: ClientSessionFacts) if platform(f);

see(f: ClientSessionFacts, field) if read(f) and field in ["id", "client", "firmName", "openedAt", "expiresAt", "closedAt", "state", "viewerActions"];
# A client is told the names of those who are in charge of it, and of the others that they were there (X-P6, D50).
see(f: ClientSessionFacts, "memberName") if read(f) and f.side in ["firm", "platform"];
see(f: ClientSessionFacts, "memberName") if governs(f) and f.charged;
because(f: ClientSessionFacts, _, "ROLE") if f.side = "client";
knows(f: ClientSessionFacts, fact) if read(f) and fact in ["mine", "own", "ended", "current"];

# It is open as long as whoever entered might enter anew: what takes that from them ends it at once, whoever wrote it (H63, L23, L28).
enters(f) if inside(f, "ACCOUNT_LOGIN") and f.seated and f.holds = "admin";
enters(f) if inside(f, "ACCOUNT_LOGIN") and f.holds = "bookkeeper" and f.charged;
is_open(f) if f.ended = "none" and f.current and enters(f);
status(f: ClientSessionFacts, "OPEN")    if is_open(f);
status(f: ClientSessionFacts, "CLOSED")  if f.ended = "left";
status(f: ClientSessionFacts, "EXPIRED") if f.ended = "expired";
status(f: ClientSessionFacts, "EXPIRED") if f.ended = "none" and f.current = false;
status(f: ClientSessionFacts, "REVOKED") if f.ended in ["none", "revoked"];

# Only who is inside leaves (P29).
may(f: ClientSessionFacts, "LEAVE_CLIENT_ACCOUNT") if read(f) and f.mine and is_open(f);

grounds("ClientSession", "id",            ["M11", "P18"]);
grounds("ClientSession", "client",        ["M11", "P18", "P28"]);
grounds("ClientSession", "firmName",      ["M11", "D50"]);
grounds("ClientSession", "memberName",    ["X-P6", "D50"]);
grounds("ClientSession", "openedAt",      ["M11"]);
grounds("ClientSession", "expiresAt",     ["M11"]);
grounds("ClientSession", "closedAt",      ["M11", "P29"]);
grounds("ClientSession", "state",         ["M11", "L23"]);
grounds("ClientSession", "viewerActions", ["P29", "D57"]);
