# Clients: the companies that firms work for.

# Field groups: a field of a group is visible, hidden and grounded as the others of it.
company_data(field) if field in ["companyNumber", "address"];

fact(v: FirmViewer,   name,  c: Client, value) if name in ["collaboration_state", "origin", "order_name", "assigned", "approved", "level", "sections", "shared", "repeated"] and tie(v, name, c, value);
fact(v: FirmViewer,   "managed", c: Client, true) if a in c.assignments and a.ended_at = nil and a.member.firm_id = v.firm_id;
fact(v: ClientViewer, "is_own_org", c: Client, true)  if c.id = v.client_id;
fact(_: PlatformViewer, "verification", c: Client, c.state);
fact(_: ClientViewer,   "verification", c: Client, c.state);
fact(v: PlatformViewer, "insider", c: Client, true) if belongs_to(v, c);
fact(v: PlatformViewer, "insider", c: Client, true) if k in c.collaborations and k.state in ["pending", "active"] and works_in(v, k.firm);
fact(v: FirmToken,    name,  c: Client, value) if name in ["collaboration_state", "order_name", "assigned", "level", "sections"] and tie(v, name, c, value);
fact(v: ClientToken,  "is_own_org", c: Client, true)  if c.id = v.client_id;

# A firm reads its clients in active and pending collaborations (P36, P40, V14, D42). After the end they are not visible (H63).
read(f: ClientFacts) if serves_client(f) and f.collaboration_state in ["pending", "active"];
# A company is visible to its own members and tokens, and to the platform (V8, D5, D41).
read(f: ClientFacts) if f.is_own_org;
read(f: ClientFacts) if platform(f);
read(f: ClientFacts) if billing(f);
# A firm's token with clients:read reads the active clients of the member who created it (D41).
read(f: ClientFacts) if token_serves(f) and f.collaboration_state = "active";

# Every viewer who reads a client sees its identity (P36, P40).
see(f: ClientFacts, field) if read(f) and field in ["id", "name", "visibleFields", "viewerActions"];
see(f: ClientFacts, "country") if read(f) and f.side in ["firm", "client", "platform", "firm_token", "client_token"];

# The firm sees whether the client is verified (P33, P34), its account managers (H49, H52), and the firm's own collaboration and
# invoices (I21, I27).
see(f: ClientFacts, field) if read(f) and f.side = "firm" and field in ["verificationState", "accountManagers", "collaboration", "collaborations", "invoices"];
# The address that the firm itself typed is visible to its admins (P14).
see(f: ClientFacts, "contactEmail") if read(f) and f.side = "firm" and f.role = "admin";
# Plan and fee need FULL (P9, V9); LIMITED is a closed list (D24).
see(f: ClientFacts, "plan") if serves_client(f) and f.level = "full";
# Content belongs to sections, which the level and the plan open (H56, D44).
see(f: ClientFacts, field) if field_section(field, section) and can_open(f, section);
# Pending work is visible at every level except NONE (H38, H59, D45) …
see(f: ClientFacts, field) if serves_client(f) and f.level in ["limited", "full"] and field in ["kpis", "pendingTotal", "pendingActivities"];
# … and in one section if the client shares its kind (D45). At LIMITED the plan is not disclosed: a missing section is an empty list.
see(f: ClientFacts, field) if field_part(field, section, kind) and serves_client(f) and f.level = "full" and section in f.sections and kind in f.shared;
see(f: ClientFacts, field) if field_part(field, section, kind) and serves_client(f) and f.level = "limited" and limited(section) and kind in f.shared;

# Invitations into the company are visible to its owner and administrators and to the platform (D52).
see(f: ClientFacts, "memberInvitations") if is_client_admin(f);
see(f: ClientFacts, "memberInvitations") if platform(f);

# The client's owner and administrators see all of their company (V8), its own collaborations and its own invoices (I14).
see(f: ClientFacts, field) if is_client_admin(f) and field in ["verificationState", "contactEmail", "plan", "wallet", "members", "kpis", "pendingTotal", "pendingActivities", "accountManagers", "collaborations", "invoices"];
see(f: ClientFacts, field) if is_client_admin(f) and company_data(field);
see(f: ClientFacts, field) if is_client_admin(f) and field_part(field, _, _);
# A member sees themselves among the members, and the firms that work for the company (V8).
see(f: ClientFacts, field) if f.side = "client" and f.is_own_org and field in ["members", "collaborations"];
see(f: ClientFacts, "verificationReason") if is_client_admin(f);  # D67
see(f: ClientFacts, "verificationReason") if platform(f);
# The platform administers accounts and does not read their content (D5).
see(f: ClientFacts, field) if platform(f) and field in ["verificationState", "contactEmail", "plan", "members", "accountManagers", "collaborations", "invoices"];
see(f: ClientFacts, field) if platform(f) and company_data(field);
see(f: ClientFacts, "invoices") if billing(f);

# Sessions of firms' members in the account: the rules of the sessions decide what each side sees of them (M11).
see(f: ClientFacts, "sessions") if read(f) and f.side = "firm";
see(f: ClientFacts, "sessions") if is_client_admin(f);
see(f: ClientFacts, "sessions") if platform(f);

# A token reads what its scope names: the client and its collaboration with the firm, and no content (D26, D41). Fields that are
# content for a firm need the level and the plan, as for a person (H56).
see(f: ClientFacts, field) if token_serves(f) and read(f) and field in ["verificationState", "collaboration", "collaborations"];
see(f: ClientFacts, field) if token_serves(f) and field_section(field, "COMPANY") and within_access(f, "COMPANY");
see(f: ClientFacts, "plan") if token_serves(f) and f.level = "full";
see(f: ClientFacts, field) if f.side = "client_token" and f.role in ["owner", "admin"] and f.is_own_org and field in ["verificationState", "plan"];
see(f: ClientFacts, field) if f.side = "client_token" and f.role in ["owner", "admin"] and f.is_own_org and company_data(field);

# The section of a field (D44).
field_section(field, "COMPANY") if company_data(field);
field_section("wallet",        "WALLET");
field_section("members",       "MEMBERS");

# The parts of pendingActivities, one for each section that has a KPI.
field_part("pendingActivities(RECEIPTS)",       "RECEIPTS",       "MISSING_RECEIPTS");
field_part("pendingActivities(OUTLAYS)",        "OUTLAYS",        "EXPENSES_READY_FOR_EXPORT");
field_part("pendingActivities(PAYROLL_BASIS)",  "PAYROLL_BASIS",  "PAYROLL_BASIS_PENDING");
field_part("pendingActivities(WALLET)",         "WALLET",         "WALLET_BALANCE");
field_part("pendingActivities(JOURNAL)",        "JOURNAL",        "JOURNAL_PENDING");
field_part("pendingActivities(SALES)",          "SALES",          "SALES_TO_REVIEW");
field_part("pendingActivities(BANK)",           "BANK",           "BANK_TO_RECONCILE");
field_part("pendingActivities(INBOX)",          "INBOX",          "INBOX_DOCUMENTS");
field_part("pendingActivities(SUPPLIER_BILLS)", "SUPPLIER_BILLS", "BILLS_TO_PAY");

# Why a field is hidden: the first rule that applies (D39). A reason rests only on facts that the viewer may know.
hidden_because(f: ClientFacts, _, "ROLE") if f.side in ["client", "platform", "system", "client_token"];
hidden_because(f: ClientFacts, "contactEmail", "ROLE") if f.side = "firm";
hidden_because(f: ClientFacts, field, "ROLE") if f.side = "firm" and field in ["memberInvitations", "verificationReason"];
hidden_because(f: ClientFacts, _, "LEVEL") if f.side = "firm" and f.level = "none";
hidden_because(f: ClientFacts, field, "NOT_SHARED") if field_part(field, section, _) and f.side = "firm" and f.level = "limited" and limited(section);
hidden_because(f: ClientFacts, _, "LEVEL") if f.side = "firm" and f.level = "limited";
# If the plan has the section, sharing is the reason. Otherwise the plan is.
hidden_because(f: ClientFacts, field, "NOT_SHARED") if field_part(field, section, _) and f.side = "firm" and f.level = "full" and section in f.sections;
hidden_because(f: ClientFacts, _, "PLAN") if f.side = "firm" and f.level = "full";

# Fields that the token's scope does not name are hidden at every level.
hidden_because(f: ClientFacts, field, "LEVEL") if f.side = "firm_token" and f.level in ["none", "limited"] and company_data(field);
hidden_because(f: ClientFacts, "plan", "LEVEL") if f.side = "firm_token";
hidden_because(f: ClientFacts, field, "PLAN") if f.side = "firm_token" and company_data(field);
hidden_because(f: ClientFacts, _, "ROLE") if f.side = "firm_token";

# The sections to which a person can go in the account (H62).
opens(f: ClientFacts, section) if section in ["EMPLOYEES", "SALARIES", "PAYROLL_BASIS", "RECEIPTS", "OUTLAYS", "WALLET", "SUPPLIER_BILLS", "JOURNAL", "SALES", "BANK", "INBOX", "OVERVIEW", "PRODUCTS_ORDERS", "COMPANY", "MEMBERS", "INTEGRATIONS"] and can_open(f, section);

# A list can be filtered by a kind only where the viewer sees that kind (D28).
sees_kind(f: ClientFacts, kind) if shows(f, kind);

# The facts that the viewer may know: its own always, sharing once it is active, the plan where it is visible (D24, D39).
disclosed_fact(f: ClientFacts, fact) if read(f) and fact in ["is_own_org", "collaboration_state", "origin", "assigned", "level"];
disclosed_fact(f: ClientFacts, "shared") if serves_client(f) and f.collaboration_state = "active";
disclosed_fact(f: ClientFacts, "sections") if read(f) and f.level = "full";

# The tabs of the clients page (P31–P40, D43).
tab(f: ClientFacts, "INVITES")    if f.side = "firm" and f.role = "admin" and f.collaboration_state = "pending" and f.origin = "client_added_firm";
tab(f: ClientFacts, "ONBOARDING") if serves_client(f) and f.collaboration_state = "pending" and f.origin = "firm_invitation";
tab(f: ClientFacts, "MINE")       if f.side = "firm" and f.role in ["admin", "bookkeeper"] and f.collaboration_state = "active" and f.assigned;
tab(f: ClientFacts, "ALL")        if f.side = "firm" and f.role = "admin" and f.collaboration_state = "active";
# The tab that opens first (D43), and the tabs that are hidden when they are empty (P37, P39).
first_tab(f: ClientFacts, "ALL")  if f.side = "firm" and f.role = "admin";
first_tab(f: ClientFacts, "MINE") if f.side = "firm" and f.role = "bookkeeper";
vanishing_tab(_: ClientFacts, tab) if tab in ["INVITES", "ONBOARDING"];

# The actions allowed now (P27, D57, D63): each is a mutation by that name that would change something.
may(f: ClientFacts, "ENTER_CLIENT_ACCOUNT")    if can_open(f, "ACCOUNT_LOGIN");                                                # P28, V15
may(f: ClientFacts, "REQUEST_ACCESS")          if serves_client(f) and f.collaboration_state = "active" and f.approved and requests(f);             # H39, V5, D64
may(f: ClientFacts, "ASSIGN_MANAGERS")         if read(f) and f.role = "admin" and f.approved;                              # H49, H50, P39
may(f: ClientFacts, "UNASSIGN_MANAGER")        if unassigns(f, _);
may(f: ClientFacts, "HAND_BACK_ACCESS")        if serves_client(f) and f.role = "admin" and f.level in ["limited", "full"];     # D13
may(f: ClientFacts, "TERMINATE_COLLABORATION") if serves_client(f) and f.role = "admin" and f.collaboration_state = "active";              # H65
may(f: ClientFacts, action) if is_client_admin(f) and action in ["CREATE_TOKEN", "INVITE_MEMBER", "RENAME_COMPANY"];                # D26, D41, D52, V8, D56
may(f: ClientFacts, action) if is_client_admin(f) and f.verification in ["verifying", "verified"] and begins(action);               # P15, H31, H32
may(f: ClientFacts, "REQUEST_VERIFICATION")    if is_client_admin(f) and f.verification = "rejected";                               # D67
may(f: ClientFacts, "DECIDE_VERIFICATION")     if platform(f) and f.verification = "verifying" and f.insider = false;       # P34
may(f: ClientFacts, action) if billing(f) and action in ["RECORD_ORDER", "ISSUE_INVOICE"];                                  # I9, I14, I18, I21, D26

# Actions that begin something new. A rejected company has none of them (D67).
begins(action) if action in ["ADD_FIRM_AS_BOOKKEEPER", "REQUEST_COLLABORATION", "SEND_MESSAGE"];

# The assignments that a viewer may end: their own, and for the firm's admins those of its members (X-P8, H49).
unassigns(f: ClientFacts, "SELF")  if read(f) and f.side = "firm" and f.assigned;
unassigns(f: ClientFacts, "OTHER") if read(f) and f.role = "admin" and f.approved and f.managed;


# Its owner and administrators get a mail about the platform's decision (P34, D67).
notify(f: ClientFacts, "CLIENT_VERIFIED") if is_client_admin(f) and f.verification = "verified";
notify(f: ClientFacts, "CLIENT_REJECTED") if is_client_admin(f) and f.verification = "rejected";

# Members of the company: its owner, its administrators and the platform see all, a member only themselves; for a firm they are
# content (V8, H56).
fact(v: FirmViewer,   name,   m: ClientMember, value) if name in ["assigned", "level", "sections"] and tie(v, name, m.client, value);
fact(v: ClientViewer, "is_own_org",  m: ClientMember, true)  if m.client_id = v.client_id;
fact(_, "current", m: ClientMember, true) if m.state = "active";
fact(v: ClientViewer, "self", m: ClientMember, true)  if m.id = v.member_id;
read(f: ClientMemberFacts) if is_client_admin(f) and f.current;
read(f: ClientMemberFacts) if f.side = "client" and f.self and f.current;
read(f: ClientMemberFacts) if can_open(f, "MEMBERS") and f.current;
read(f: ClientMemberFacts) if platform(f) and f.current;
see(f: ClientMemberFacts, field) if read(f) and field in ["id", "name", "email", "clientRole", "viewerActions"];
hidden_because(f: ClientMemberFacts, _, "ROLE") if f.side in ["firm", "client", "platform"];
disclosed_fact(f: ClientMemberFacts, fact) if read(f) and fact in ["is_own_org", "self"];

# The company's owner and administrators manage its members (D52). A firm never does, at any level (D3). The owner's membership
# cannot change until the owner transfers the ownership (X-H5). So there is always an owner, and all others can change or leave.
fact(_, "member_role", m: ClientMember, m.role);
may(f: ClientMemberFacts, action) if is_client_admin(f) and f.current and f.member_role in ["admin", "member"] and action in ["CHANGE_MEMBER_ROLE", "REMOVE_MEMBER"];
may(f: ClientMemberFacts, "TRANSFER_OWNERSHIP") if is_client_admin(f) and f.role = "owner" and f.current and f.self = false and f.member_role = "admin";

# The platform erases a person, whichever company they belong to (D52).
fact(v: PlatformViewer, "insider", m: ClientMember, true) if belongs_to(v, m.client);
may(f: ClientMemberFacts, "ERASE_USER") if erases(f) and f.current and f.member_role in ["admin", "member"];

# Invitations into the company: its owner, its administrators and the platform read them; the former resend and revoke them (D52).
fact(v: ClientViewer, "is_own_org",     i: ClientMemberInvitation, true) if i.client_id = v.client_id;
fact(_,               "state",   i: ClientMemberInvitation, i.state);
fact(v,               "current", i: ClientMemberInvitation, true) if i.expires_at > v.now;
read(f: ClientMemberInvitationFacts) if is_client_admin(f);
read(f: ClientMemberInvitationFacts) if platform(f);
see(f: ClientMemberInvitationFacts, field) if read(f) and field in ["id", "email", "clientRole", "invitationState", "invitedAt", "expiresAt", "viewerActions"];
status(f: ClientMemberInvitationFacts, word) if answers(f, word);
waiting(f: ClientMemberInvitationFacts) if f.state = "open";
may(f: ClientMemberInvitationFacts, action) if is_client_admin(f) and f.state = "open" and action in ["RESEND_MEMBER_INVITATION", "REVOKE_MEMBER_INVITATION"];

grounds("Client", "id",              ["P36", "P40", "V14", "H63"]);
grounds("Client", "name",            ["P36", "P40", "V14", "H63"]);
grounds("Client", "visibleFields",   ["D35"]);
grounds("Client", "country",         ["P36", "P40", "V14"]);
grounds("Client", "verificationState", ["P33", "P34"]);
grounds("Client", "verificationReason", ["D67"]);
grounds("Client", field,             ["V9", "V13", "D44"]) if company_data(field);
grounds("Client", "contactEmail",    ["P14"]);
grounds("Client", "plan",            ["H56", "P9", "V9", "D24", "D50"]);
grounds("Client", "wallet",          ["P48", "V9", "V13", "D24", "D44"]);
grounds("Client", "members",         ["V8", "D44"]);
grounds("Client", "memberInvitations", ["D52"]);
grounds("Client", "kpis",            ["H44", "H59", "D45"]);
grounds("Client", "pendingTotal",    ["H44", "D45"]);
grounds("Client", "pendingActivities", ["H59", "H60", "H61", "D45"]);
grounds("Client", "accountManagers", ["H49", "H52", "X-P6", "D50"]);
grounds("Client", "viewerActions",   ["P27", "D57"]);
grounds("Client", "collaboration",   ["I27", "D23"]);
grounds("Client", "collaborations",  ["I26", "I27", "D23"]);
grounds("Client", "sessions",        ["M11", "X-P6"]);
grounds("Client", "invoices",        ["I14", "I15", "I21", "I22"]);
grounds("Client", field,             ["H59", "H61", "D45"]) if field_part(field, _, _);

grounds("ClientMember", "id",    ["V8", "D44"]);
grounds("ClientMember", "name",  ["V8", "D44"]);
grounds("ClientMember", "email", ["V8", "D44"]);
grounds("ClientMember", "clientRole", ["V8", "D44"]);
grounds("ClientMember", "viewerActions", ["D52", "D57"]);

grounds("ClientMemberInvitation", "id",            ["D52"]);
grounds("ClientMemberInvitation", "email",         ["D52"]);
grounds("ClientMemberInvitation", "clientRole",    ["D52"]);
grounds("ClientMemberInvitation", "invitationState", ["D52"]);
grounds("ClientMemberInvitation", "invitedAt",     ["D52"]);
grounds("ClientMemberInvitation", "expiresAt",     ["D52"]);
grounds("ClientMemberInvitation", "viewerActions", ["D52", "D57"]);
