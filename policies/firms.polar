# Firms: the organisations that work for clients, and their people.

fact(v: FirmViewer,   "is_own_org",     f: Firm, true) if f.id = v.firm_id;
fact(v: FirmToken,    "is_own_org",     f: Firm, true) if f.id = v.firm_id;
fact(v: ClientViewer, "engaged", f: Firm, true) if k in f.collaborations and k.client_id = v.client_id and k.state in ["invited", "pending", "active"];
fact(_, "account", f: Firm, f.account_state);
fact(_, "housed",  f: Firm, true) if f.own_client_id != nil;
fact(v: FirmViewer, "owned", f: Firm, true) if m in f.members and m.id = v.member_id and m.is_owner = true;
fact(_, "alive",   f: Firm, true) if k in f.collaborations and k.state in ["invited", "pending", "active"];

# A firm is visible to its own members and tokens (D41), to the clients with a collaboration, request or invitation (P14, I27), to
# the reviewer during its application (H15), and to the platform (D40).
read(f: FirmFacts) if f.is_own_org;
read(f: FirmFacts) if engaged(f);
read(f: FirmFacts) if f.side = "platform" and f.role = "reviewer" and applies(f);
read(f: FirmFacts) if platform(f);
read(f: FirmFacts) if billing(f);
applies(f) if is_running(f) and f.programme in ["submitted", "webinar_watched", "agreed"];
engaged(f) if f.side = "client" and f.role in ["owner", "admin"] and f.engaged;

see(f: FirmFacts, field) if read(f) and field in ["id", "name", "viewerActions"];
# The published profile is visible to all (H8, H16).
see(f: FirmFacts, "profile") if read(f) and f.side in ["firm", "client", "platform"];
# Its members see the state of its account (V19–V21).
see(f: FirmFacts, field) if f.side = "firm" and f.is_own_org and field in ["accountState", "trialEndsAt"];
# Staff: admins see all, bookkeepers their colleagues on the same clients, the others themselves (H24, H49, D8); a client sees the
# members assigned to it (X-P6).
see(f: FirmFacts, "staff") if f.side = "firm" and f.is_own_org;
see(f: FirmFacts, "staff") if engaged(f);
# The number of clients: those that the viewer may see (P36, P40). A client never learns of other clients.
see(f: FirmFacts, "clientCount") if f.side = "firm" and f.is_own_org and f.role in ["admin", "bookkeeper"];
# The firm's reseller terms are visible to its admins (I12, D8, D19).
see(f: FirmFacts, field) if f.side = "firm" and f.is_own_org and f.role = "admin" and field in ["resellerTier", "cashbackRate"];
see(f: FirmFacts, field) if platform(f) and field in ["accountState", "trialEndsAt", "staff", "staffInvitations", "clientCount", "resellerTier", "cashbackRate"];

hidden_because(f: FirmFacts, _, "ROLE") if f.side in ["firm", "client", "platform", "system", "firm_token"];
disclosed_fact(f: FirmFacts, fact) if read(f) and fact in ["is_own_org", "engaged"];

# The state of its account: the end of the trial follows from the clock (M1, D61).
account_state(f: FirmFacts, "TRIAL")       if f.account = "trial" and f.tried = false;
account_state(f: FirmFacts, "TRIAL_ENDED") if f.account = "trial" and f.tried;
account_state(f: FirmFacts, "ACTIVE")      if f.account = "active";
account_state(f: FirmFacts, "CLOSED")      if f.account = "closed";
is_running(f) if f.account in ["trial", "active"];

# Menus: all during the trial (V20); after it only the activation; once activated only the partner portal (V21, V22).
menu(f: FirmFacts, menu) if f.side = "firm" and f.is_own_org and f.account = "trial" and f.tried = false and menu in ["PARTNER_PORTAL", "EMPLOYEES", "PAYROLL", "RECEIPTS", "OUTLAYS", "REPORTS", "SETTINGS"];
menu(f: FirmFacts, "ACTIVATE")       if f.side = "firm" and f.is_own_org and f.account = "trial" and f.tried;
menu(f: FirmFacts, "PARTNER_PORTAL") if f.side = "firm" and f.is_own_org and f.account = "active";
# The offer of an own account as a client, while the firm has none (P22, P23, D21).
banner(f: FirmFacts, "CREATE_OWN_ACCOUNT") if acts(f) and f.housed = false;
may(f: FirmFacts, "CREATE_OWN_ACCOUNT")    if acts(f) and f.housed = false;
see(f: FirmFacts, "hasOwnAccount") if f.side = "firm" and f.is_own_org and f.role = "admin";
see(f: FirmFacts, "hasOwnAccount") if platform(f);

# The admins of a firm in the programme invite staff and companies (P14, P16, P65, H23, D25, D65). Admins see the invitations of
# staff (H27).
may(f: FirmFacts, action) if acts(f) and f.programme = "approved" and action in ["INVITE_STAFF", "INVITE_CLIENT"];
see(f: FirmFacts, "staffInvitations") if f.side = "firm" and f.is_own_org and f.role = "admin";

# Its admins can rename it (H23, D56).
may(f: FirmFacts, "RENAME_FIRM") if acts(f);

# Its admins create its tokens (D26, D41).
may(f: FirmFacts, "CREATE_TOKEN") if acts(f);

# The code that an approved firm gives to its clients, who can add the firm with it even if it is not listed (P15).
may(f: FirmFacts, "ROTATE_INVITATION_CODE") if invites(f, "CODE");
see(f: FirmFacts, "invitationCode") if runs(f);
invites(f: FirmFacts, "CODE") if acts(f) and admits(f, "CODE");
# A client with the code finds the firm, although it could not see the firm before.
admits(f: FirmFacts, "CODE") if is_running(f) and f.programme = "approved";

# The firm's owner can close the account when all collaborations have ended, and the platform at any time (M1, D61).
may(f: FirmFacts, "CLOSE_FIRM") if acts(f) and f.owned and f.alive = false;
may(f: FirmFacts, "CLOSE_FIRM") if platform(f) and f.insider = false and is_running(f);

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
see(f: FirmMemberFacts, field) if read(f) and field in ["id", "name", "firmName", "viewerActions"];
see(f: FirmMemberFacts, "firmRole")  if read(f) and f.side in ["firm", "platform"];
see(f: FirmMemberFacts, "email") if f.side = "firm" and f.role = "admin" and f.own_firm;     # H27
see(f: FirmMemberFacts, "email") if f.side = "firm" and f.self;
see(f: FirmMemberFacts, "email") if platform(f);
see(f: FirmMemberFacts, field) if manages(f) and field in ["membershipState", "isOwner"];
hidden_because(f: FirmMemberFacts, _, "ROLE") if f.side in ["firm", "client", "platform"];
disclosed_fact(f: FirmMemberFacts, fact) if read(f) and fact in ["own_firm", "self", "colleague", "serves"];

# The firm's admins manage its members (H23–H28, D25). They can remove a member who neither owns the firm (D52) nor is its last
# active admin (M4). The viewer is an active admin, so only the viewer can be the last one. An owner must transfer the ownership
# first (X-H5).
fact(v: PlatformViewer, "insider", m: FirmMember, true) if works_in(v, m.firm);
fact(_, "state", m: FirmMember, m.state);
fact(_, "member_role", m: FirmMember, m.role);
fact(_, "owner", m: FirmMember, m.is_owner);
fact(v: FirmViewer, "succeeded", m: FirmMember, true) if m.id = v.member_id and o in m.firm.members and o.role = "admin" and o.state = "active" and o.id != m.id;
fact(v: FirmViewer, "owned", m: FirmMember, true) if o in m.firm.members and o.id = v.member_id and o.is_owner = true;
manages(f) if f.side = "firm" and f.role = "admin" and f.own_firm;
dispensable(f) if f.owner = false and f.self = false;
dispensable(f) if f.owner = false and f.succeeded;
may(f: FirmMemberFacts, "CHANGE_STAFF_ROLE") if manages(f) and dispensable(f) and f.state in ["active", "suspended"];
may(f: FirmMemberFacts, "SUSPEND_STAFF")     if manages(f) and dispensable(f) and f.state = "active";
may(f: FirmMemberFacts, "REINSTATE_STAFF")   if manages(f) and f.state = "suspended";
may(f: FirmMemberFacts, "REMOVE_STAFF")      if manages(f) and dispensable(f);
may(f: FirmMemberFacts, "TRANSFER_OWNERSHIP") if manages(f) and f.owned and f.self = false and f.member_role = "admin" and f.state = "active";  # D52
# The platform erases a person, whichever firm they belong to (D52).
fact(_: PlatformViewer, "erased", m: FirmMember, true) if m.user.erased_at != nil;
# The last active admin of a firm stays (M4). No administrator of the platform erases themselves, so one is always left.
fact(v: PlatformViewer, "same_person", m: FirmMember, true) if m.user_id = v.user_id;
fact(_: PlatformViewer, "succeeded",   m: FirmMember, true) if o in m.firm.members and o.role = "admin" and o.state = "active" and o.id != m.id;
may(f: FirmMemberFacts, "ERASE_USER") if erases(f) and f.same_person = false and f.erased = false and f.owner = false and keeps_an_admin(f);
may(f: FirmMemberFacts, "ERASE_USER") if erases(f) and f.same_person = false and f.erased = false and f.state = "removed";
erases(f) if platform(f) and f.insider = false;
keeps_an_admin(f) if f.member_role in ["staff", "bookkeeper"];
keeps_an_admin(f) if f.state in ["removed", "invited", "suspended"];
keeps_an_admin(f) if f.succeeded;
# Clients are assigned to active members whose role allows it (H22, H24, X-P3).
fact(_: FirmViewer, "employed", m: FirmMember, true) if m.firm.programme_state = "approved" and k in m.firm.collaborations and k.state in ["pending", "active"];
may(f: FirmMemberFacts, "ASSIGN_MANAGERS") if manages(f) and f.state = "active" and f.member_role in ["admin", "bookkeeper"] and f.employed;

# Invitations of staff: the firm's admins and the platform read them (H27); the former resend and revoke them (H26–H29).
fact(v: FirmViewer, "is_own_org",     i: StaffInvitation, true) if i.firm_id = v.firm_id;
fact(_,             "state",   i: StaffInvitation, i.state);
fact(v,             "current", i: StaffInvitation, true) if i.expires_at > v.now;
fact(_,             "approved", i: StaffInvitation, true) if i.firm.programme_state = "approved" and i.firm.account_state in ["trial", "active"];
read(f: StaffInvitationFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org;
read(f: StaffInvitationFacts) if platform(f);
see(f: StaffInvitationFacts, field) if read(f) and field in ["id", "email", "firmRole", "invitationState", "invitedAt", "expiresAt", "viewerActions"];
status(f: StaffInvitationFacts, word) if answers(f, word);
waiting(f: StaffInvitationFacts) if f.state = "open";
may(f: StaffInvitationFacts, "RESEND_STAFF_INVITATION") if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state = "open" and f.approved;  # D65
may(f: StaffInvitationFacts, "REVOKE_STAFF_INVITATION") if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state = "open";

# The status of an invitation into a firm or a company: an open one that has expired cannot be accepted any more (M4).
answers(f, "OPEN")    if f.state = "open" and f.current;
answers(f, "EXPIRED") if f.state = "open" and f.current = false;
answers(f, word)      if answered(f, word);
answered(f, "ACCEPTED") if f.state = "accepted";
answered(f, "VOID")     if f.state = "void";

grounds("Firm", "id",           ["P14", "I27", "H15", "D40"]);
grounds("Firm", "name",         ["P14", "I27", "H15", "D40"]);
grounds("Firm", "profile",      ["H8", "H16", "H20"]);
grounds("Firm", "staff",        ["H24", "H49", "X-P6", "D8"]);
grounds("Firm", "staffInvitations", ["H26", "H27"]);
grounds("Firm", "clientCount",  ["P36", "P40"]);
grounds("Firm", "accountState", ["V19", "V20", "V21", "D61"]);
grounds("Firm", "subscription", ["H13", "D10"]);
grounds("Firm", "invitationCode", ["P15", "D68"]);
grounds("Firm", "trialEndsAt",  ["V19"]);
grounds("Firm", "hasOwnAccount", ["P19", "P20", "D21"]);
grounds("Firm", "resellerTier", ["I12", "D8", "D19"]);
grounds("Firm", "cashbackRate", ["I12", "D8", "D19"]);

grounds("FirmMember", "id",       ["H24", "H49", "D8"]);
grounds("FirmMember", "name",     ["H24", "H49", "X-P6", "D50"]);
grounds("FirmMember", "firmName", ["X-P6", "D50"]);
grounds("FirmMember", "firmRole", ["H24", "D50"]);
grounds("FirmMember", "email",    ["H27"]);
grounds("FirmMember", "membershipState", ["H25", "D56"]);
grounds("FirmMember", "isOwner",       ["D52"]);
grounds("FirmMember", "viewerActions", ["H23", "D57"]);

grounds("StaffInvitation", "id",            ["H26", "H27"]);
grounds("StaffInvitation", "email",         ["H27"]);
grounds("StaffInvitation", "firmRole",      ["H28"]);
grounds("StaffInvitation", "invitationState", ["P16", "H29"]);
grounds("StaffInvitation", "invitedAt",     ["H29"]);
grounds("StaffInvitation", "expiresAt",     ["P16"]);
grounds("StaffInvitation", "viewerActions", ["P16", "D57"]);
