# Firms: the organisations that work for clients, their people, and what the directory says of them.

fact(v: FirmViewer,   "own",     f: Firm, true) if f.id = v.firm_id;
fact(v: FirmToken,    "own",     f: Firm, true) if f.id = v.firm_id;
fact(v: ClientViewer, "engaged", f: Firm, true) if k in f.collaborations and k.client_id = v.client_id and k.state in ["invited", "pending", "active"];
fact(_, "queued",  f: Firm, true) if f.programme_state in ["submitted", "webinar_watched", "agreed"];
fact(_, "account", f: Firm, f.account_state);
fact(_, "housed",  f: Firm, true) if f.own_client_id != nil;

# A firm is there for its own people and its tokens (D41), for the client it works for or asks (P14, I27), for the reviewer while it applies (H15), and for the platform (D40).
read(f: FirmFacts) if f.own;
read(f: FirmFacts) if engaged(f);
read(f: FirmFacts) if f.side = "platform" and f.role = "reviewer" and f.queued;
read(f: FirmFacts) if platform(f);
read(f: FirmFacts) if billing(f);
engaged(f) if f.side = "client" and f.role in ["owner", "admin"] and f.engaged;

see(f: FirmFacts, field) if read(f) and field in ["id", "name"];
# What is published is for all (H8, H16).
see(f: FirmFacts, "profile") if read(f) and f.side in ["firm", "client", "platform"];
# Its people see the state of its account (V19–V21).
see(f: FirmFacts, field) if f.side = "firm" and f.own and field in ["accountState", "trialEndsAt"];
# Staff: all for the admins, the colleagues on the same clients for bookkeepers, oneself for the rest (H24, H49, D8); for a client, who works for it (X-P6).
see(f: FirmFacts, "staff") if f.side = "firm" and f.own;
see(f: FirmFacts, "staff") if engaged(f);
# How many clients: as many as the viewer may know (P36, P40). A client never learns of other clients.
see(f: FirmFacts, "clientCount") if f.side = "firm" and f.own and f.role in ["admin", "bookkeeper"];
# What the firm earns as a reseller is for its admins (I12, D8, D19).
see(f: FirmFacts, field) if f.side = "firm" and f.own and f.role = "admin" and field in ["resellerTier", "cashbackRate"];
see(f: FirmFacts, field) if platform(f) and field in ["accountState", "trialEndsAt", "staff", "clientCount", "resellerTier", "cashbackRate"];

because(f: FirmFacts, _, "ROLE") if f.side in ["firm", "client", "platform", "system", "firm_token"];
knows(f: FirmFacts, fact) if read(f) and fact in ["own", "engaged", "queued"];

# Menus: all during the trial (V20); after it only the activation; once activated only the partner portal (V21, V22).
menu(f: FirmFacts, menu) if f.side = "firm" and f.own and f.account = "trial" and menu in ["PARTNER_PORTAL", "EMPLOYEES", "PAYROLL", "RECEIPTS", "OUTLAYS", "REPORTS", "SETTINGS"];
menu(f: FirmFacts, "ACTIVATE")       if f.side = "firm" and f.own and f.account = "trial_ended";
menu(f: FirmFacts, "PARTNER_PORTAL") if f.side = "firm" and f.own and f.account = "active";
# The offer of an own account, while there is none (P22, P23, D21).
banner(f: FirmFacts, "CREATE_OWN_ACCOUNT") if f.side = "firm" and f.own and f.role = "admin" and f.housed = false;

# Its admins make its tokens (D26, D41).
may(f: FirmFacts, "CREATE_TOKEN") if f.side = "firm" and f.own and f.role = "admin";

# The published profile of a firm is public, and nothing else of it (H8, H20, D40).
fact(_, "published", p: FirmProfile, true) if p.state = "published";
read(f: FirmProfileFacts) if f.published and f.side in ["firm", "client", "platform", "nobody"];
see(f: FirmProfileFacts, field) if read(f) and field in ["id", "displayName", "description", "specialties", "location", "languages", "website"];

# A member of a firm's staff.
fact(v: FirmViewer,   "own_firm",  m: FirmMember, true) if m.firm_id = v.firm_id and m.state in ["invited", "active", "suspended"];
fact(v: FirmViewer,   "self",      m: FirmMember, true) if m.id = v.member_id;
fact(v: FirmViewer,   "colleague", m: FirmMember, true) if m.firm_id = v.firm_id and m.state = "active" and a in m.assignments and a.ended_at = nil and b in a.client.assignments and b.member_id = v.member_id and b.ended_at = nil;
fact(v: ClientViewer, "serves",    m: FirmMember, true) if m.state = "active" and a in m.assignments and a.ended_at = nil and a.client_id = v.client_id;
read(f: FirmMemberFacts) if f.side = "firm" and f.role = "admin" and f.own_firm;
read(f: FirmMemberFacts) if f.side = "firm" and f.role = "bookkeeper" and f.colleague;      # D8
read(f: FirmMemberFacts) if f.side = "firm" and f.self;
read(f: FirmMemberFacts) if f.side = "client" and f.role in ["owner", "admin"] and f.serves;  # X-P6, D50
read(f: FirmMemberFacts) if platform(f);
see(f: FirmMemberFacts, field) if read(f) and field in ["id", "name", "firmName"];
see(f: FirmMemberFacts, "role")  if read(f) and f.side in ["firm", "platform"];
see(f: FirmMemberFacts, "email") if f.side = "firm" and f.role = "admin" and f.own_firm;     # H27
see(f: FirmMemberFacts, "email") if f.side = "firm" and f.self;
see(f: FirmMemberFacts, "email") if platform(f);
because(f: FirmMemberFacts, _, "ROLE") if f.side in ["firm", "client", "platform"];
knows(f: FirmMemberFacts, fact) if read(f) and fact in ["own_firm", "self", "colleague", "serves"];

# A person sees itself.
fact(v: FirmViewer,     "self", u: User, true) if u.id = v.user_id;
fact(v: ClientViewer,   "self", u: User, true) if u.id = v.user_id;
fact(v: PlatformViewer, "self", u: User, true) if u.id = v.user_id;
fact(v: Memberless,     "self", u: User, true) if u.id = v.user_id;
read(f: UserFacts) if f.self;
# The platform has no row of its own: its administrators make its tokens in their own name (D26, D41).
may(f: UserFacts, "CREATE_TOKEN") if platform(f) and f.self;
see(f: UserFacts, field) if read(f) and field in ["id", "name", "email", "locale"];

grounds("Firm", "id",           ["P14", "I27", "H15", "D40"]);
grounds("Firm", "name",         ["P14", "I27", "H15", "D40"]);
grounds("Firm", "profile",      ["H8", "H16", "H20"]);
grounds("Firm", "staff",        ["H24", "H49", "X-P6", "D8"]);
grounds("Firm", "clientCount",  ["P36", "P40"]);
grounds("Firm", "accountState", ["V19", "V20", "V21"]);
grounds("Firm", "trialEndsAt",  ["V19"]);
grounds("Firm", "resellerTier", ["I12", "D8", "D19"]);
grounds("Firm", "cashbackRate", ["I12", "D8", "D19"]);

grounds("FirmProfile", "id",          ["H8", "H16", "H20"]);
grounds("FirmProfile", "displayName", ["H8", "H16", "H20"]);
grounds("FirmProfile", "description", ["H16", "H18"]);
grounds("FirmProfile", "specialties", ["H16", "H18"]);
grounds("FirmProfile", "location",    ["H16", "H18"]);
grounds("FirmProfile", "languages",   ["H16", "H18"]);
grounds("FirmProfile", "website",     ["H16", "H18"]);

grounds("FirmMember", "id",       ["H24", "H49", "D8"]);
grounds("FirmMember", "name",     ["H24", "H49", "X-P6", "D50"]);
grounds("FirmMember", "firmName", ["X-P6", "D50"]);
grounds("FirmMember", "role",     ["H24", "D50"]);
grounds("FirmMember", "email",    ["H27"]);

grounds("User", "id",     ["V30", "D49"]);
grounds("User", "name",   ["V29", "D49"]);
grounds("User", "email",  ["V30", "D49"]);
grounds("User", "locale", ["D52"]);
