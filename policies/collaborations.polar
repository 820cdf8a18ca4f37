# Collaborations of firms and clients: their levels of access and their payers.

# A copy of an invitation is visible only to the company that may answer it. For the firm and the platform the invitation is one
# row, whichever company answers it (D30, D42, L18).
fact(v: FirmViewer,   "is_own_org", k: Collaboration, true) if k.firm_id = v.firm_id and k.copy_of = nil;
fact(v: ClientViewer, "is_own_org", k: Collaboration, true) if k.client_id = v.client_id;
fact(_: PlatformViewer, "is_own_org", k: Collaboration, true) if k.copy_of = nil;
fact(v: FirmViewer, "assigned", k: Collaboration, true) if tie(v, "assigned", k.client, true);
fact(v: FirmToken, "is_own_org",      k: Collaboration, true) if k.firm_id = v.firm_id and k.copy_of = nil;
fact(v: FirmToken, "assigned", k: Collaboration, true) if tie(v, "assigned", k.client, true);
fact(v: PlatformViewer, "insider", k: Collaboration, true) if works_in(v, k.firm);
fact(v: PlatformViewer, "insider", k: Collaboration, true) if belongs_to(v, k.client);
fact(_, "state",    k: Collaboration, k.state);
fact(_, "origin",   k: Collaboration, k.origin);
fact(_, "ended_by", k: Collaboration, k.ended_by);
fact(_, "approved", k: Collaboration, true) if k.firm.programme_state = "approved";
fact(_: FirmViewer, "verified", k: Collaboration, true) if k.client.state = "verified";
fact(v: FirmViewer, "rested", k: Collaboration, true) if i in k.invitations and i.invited_at <= v.day_ago;
fact(_, "granted",  k: Collaboration, true) if _ in k.grants;
fact(v, "lapsed",   k: Collaboration, true) if g in k.grants and g.revoked_at = nil and g.expires_at <= v.now;
fact(v, "level",    k: Collaboration, g.level)       if counts(v, k, g);
fact(v, "shared",   k: Collaboration, g.shared_kpis) if counts(v, k, g);
fact(v, "held",     k: Collaboration, true)          if k.state = "active" and g in k.grants and in_force(v, g);
# Before the client's verification its terms are only offered (M5, D60).
fact(v, "held",     k: Collaboration, true)          if k.state = "pending" and o in k.offered and o.expires_at > v.now;
fact(_, "requested", k: Collaboration, k.requested_level);
fact(v, "repeated",  k: Collaboration, true)         if repeats(v, k);
fact(_, "mode",     k: Collaboration, p.mode)        if p in k.periods and p.to_at = "infinity";
fact(v, "paused",   k: Collaboration, true)          if k.partner_paused = true and k.state = "active" and g in k.grants and in_force(v, g) and g.level = "full";

# The grant that is in effect, found from the collaboration (D46).
counts(v, k, g) if k.state = "active" and k.firm.programme_state = "approved" and g in k.grants and in_force(v, g);

# A firm's admin reads the firm's open invitations and all its collaborations that were not declined, withdrawn, expired or blocked.
# A bookkeeper reads those of assigned clients, until the end (P36, P40, H63).
read(f: CollaborationFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state in ["invited", "pending", "active", "ended"];
read(f: CollaborationFacts) if f.side = "firm" and f.role = "bookkeeper" and f.is_own_org and f.assigned and f.state in ["pending", "active"];
# The client reads all of its own, each with another firm (I27). A firm never reads those of another firm (D23).
read(f: CollaborationFacts) if f.side = "client" and f.is_own_org;
read(f: CollaborationFacts) if platform(f) and f.is_own_org;
# A firm's token reads the active ones of the clients that it can read (D41).
read(f: CollaborationFacts) if token_serves(f) and f.is_own_org and f.state = "active";

# The identity of the collaboration.
see(f: CollaborationFacts, field) if read(f) and field in ["id", "collaborationState", "firmName", "visibleFields", "viewerActions"];                            # P36, H63
see(f: CollaborationFacts, field) if read(f) and f.side = "firm" and field in ["origin", "stage", "firm", "clientName"];
# The firm reaches the client while the collaboration is pending or active, and not before the client has accepted (D42, H63).
see(f: CollaborationFacts, "client") if read(f) and f.side = "firm" and f.state in ["pending", "active"];
# The level that the firm requested and the data that it typed are visible to its admins (V5, P14, D42).
see(f: CollaborationFacts, field) if read(f) and f.side = "firm" and f.role = "admin" and f.state in ["invited", "pending", "active"] and field in ["requestedLevel", "requestMessage", "invitedEmail", "invitedCountry", "discountOffer"];
# The conversation is visible to the firm's admins (X-H2), also after the end (D22).
see(f: CollaborationFacts, "conversation") if read(f) and f.side = "firm" and f.role = "admin" and f.state in ["pending", "active", "ended"];
see(f: CollaborationFacts, "conversation") if is_client_admin(f);

# Access and payer, while it is active (P7, V6, H59, I3, I4).
see(f: CollaborationFacts, field) if read(f) and f.side = "firm" and f.state = "active" and field in ["startedAt", "level", "expiresAt", "sharedKpis", "billingMode", "effectiveAccess"];
see(f: CollaborationFacts, field) if read(f) and f.side = "firm" and f.role = "admin" and f.state in ["active", "ended"] and field in ["billingModePeriods"];  # I24, I30
see(f: CollaborationFacts, "auditEntries") if read(f) and f.side = "firm" and f.state in ["active", "ended"];
see(f: CollaborationFacts, field) if token_serves(f) and read(f) and field in ["origin", "stage", "firm", "client", "clientName"];
see(f: CollaborationFacts, field) if token_serves(f) and f.is_own_org and f.state = "active" and field in ["startedAt", "level", "expiresAt", "sharedKpis", "billingMode", "effectiveAccess"];
# The fields that stay visible after the end (H63).
see(f: CollaborationFacts, field) if read(f) and f.side = "firm" and f.state = "ended" and field in ["startedAt", "endedAt", "endedBy", "effectiveAccess"];
see(f: CollaborationFacts, field) if read(f) and f.side = "firm" and f.state = "active" and field in ["endedAt", "endedBy"];
# Each side sees only its own reason for the end (D22).
see(f: CollaborationFacts, "endReason") if read(f) and f.side = "firm" and f.role = "admin" and f.state = "active";
see(f: CollaborationFacts, "endReason") if read(f) and f.side = "firm" and f.state = "ended" and f.ended_by = "firm";
see(f: CollaborationFacts, "endReason") if is_client_admin(f) and f.ended_by in ["none", "client"];

# The client's owner and administrators see all of it (I26, H41), and so does the platform.
see(f: CollaborationFacts, field) if is_client_admin(f) and everything(field);
see(f: CollaborationFacts, field) if platform(f) and f.is_own_org and everything(field);
see(f: CollaborationFacts, "endReason") if platform(f) and f.is_own_org;
everything(field) if field in ["origin", "stage", "firm", "client", "clientName", "startedAt", "endedAt", "endedBy", "level", "expiresAt", "sharedKpis", "offeredTerms", "requestedLevel",
                               "requestMessage", "invitedEmail", "invitedCountry", "discountOffer", "billingMode", "pausedBillingMode", "billingModePeriods", "effectiveAccess", "auditEntries"];

hidden_because(f: CollaborationFacts, _, "ENDED") if f.side = "firm" and f.state = "ended" and f.role = "admin";
hidden_because(f: CollaborationFacts, "endReason", "ENDED") if f.side = "client" and f.role in ["owner", "admin"];
hidden_because(f: CollaborationFacts, _, "ROLE") if f.side in ["client", "platform"];
hidden_because(_: CollaborationFacts, field, "ROLE") if field in ["offeredTerms", "pausedBillingMode"];
hidden_because(f: CollaborationFacts, field, "ROLE") if f.side = "firm" and f.role = "bookkeeper" and field in ["requestedLevel", "requestMessage", "invitedEmail", "invitedCountry", "discountOffer", "billingModePeriods", "endReason", "conversation"];
hidden_because(f: CollaborationFacts, _, "LEVEL") if f.side = "firm";
hidden_because(f: CollaborationFacts, _, "ROLE") if f.side = "firm_token";
disclosed_fact(f: CollaborationFacts, fact) if read(f) and fact in ["is_own_org", "state", "assigned"];
disclosed_fact(f: CollaborationFacts, "origin") if see(f, "origin");
disclosed_fact(f: CollaborationFacts, "ended_by") if see(f, "endedBy");
disclosed_fact(f: CollaborationFacts, fact) if see(f, "effectiveAccess") and fact in ["approved", "granted", "lapsed", "level"];
disclosed_fact(f: CollaborationFacts, "shared") if see(f, "sharedKpis");
disclosed_fact(f: CollaborationFacts, "mode") if see(f, "billingMode");
disclosed_fact(f: CollaborationFacts, "paused") if see(f, "pausedBillingMode");

# The state in the API. An invitation that is not accepted yet is a stage of PENDING (D42).
status(f: CollaborationFacts, "PENDING")   if f.state in ["invited", "pending"];
status(f: CollaborationFacts, "ACTIVE")    if f.state = "active";
status(f: CollaborationFacts, "ENDED")     if f.state = "ended";
status(f: CollaborationFacts, "DECLINED")  if f.state = "declined";
status(f: CollaborationFacts, "WITHDRAWN") if f.state = "withdrawn";
status(f: CollaborationFacts, "EXPIRED")   if f.state = "expired";
status(f: CollaborationFacts, "BLOCKED")   if f.state = "blocked";
stage(f: CollaborationFacts, "INVITED") if f.state = "invited";

# The level in effect, and its reason (D46, D50).
level(f: CollaborationFacts, "FULL")    if f.level = "full";
level(f: CollaborationFacts, "LIMITED") if f.level = "limited";
level(_: CollaborationFacts, "NONE");
access(f: CollaborationFacts, "PENDING")        if f.state in ["invited", "pending"];
access(f: CollaborationFacts, "ENDED")          if f.state in ["ended", "declined", "withdrawn", "expired", "blocked"];
access(f: CollaborationFacts, "FIRM_SUSPENDED") if f.approved = false;
access(f: CollaborationFacts, "GRANTED")        if f.level in ["limited", "full"];
access(f: CollaborationFacts, "EXPIRED")        if f.lapsed;
access(f: CollaborationFacts, "REMOVED")        if f.granted;
access(_: CollaborationFacts, "NEVER_GRANTED");

# The kinds of pending work that the client shares with the firm now (H59).
shares(f: CollaborationFacts, kind) if needs(kind, _) and kind in f.shared;

# The present collaboration of a firm with a client, among all that they have had.
running(f: CollaborationFacts) if f.state in ["pending", "active"];

# Only the client sees the terms that it offers for the time after its verification (D60).
offers(f: CollaborationFacts, "TERMS") if f.state = "pending" and f.held;

# The present payer. A mode exists at FULL only (I4, D15); PARTNER is in force while its period is open (D46).
mode(f: CollaborationFacts, "PARTNER") if f.level = "full" and f.mode = "partner";
mode(f: CollaborationFacts, "CLIENT")  if f.level = "full" and f.mode = "client";
# While a firm is suspended no mode is in force. The client's choice takes effect again with the reinstatement (D59).
pauses(f: CollaborationFacts, "BILLING_MODE") if f.approved = false;
resumes(f: CollaborationFacts, "PARTNER") if f.paused;
# With the reinstatement a mode begins wherever the firm has FULL.
reopens(f: CollaborationFacts, "BILLING_MODE") if platform(f) and f.level = "full";

# The client can change a grant even while the firm is suspended (M7).
# The actions allowed now (D57). The client decides: no firm raises its own level, shares KPIs with itself or changes the payer (D3).
may(f: CollaborationFacts, "ACCEPT_COLLABORATION")               if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state = "pending" and f.approved and f.verified and f.origin in ["client_added_firm", "marketplace"];  # H36, M5
may(f: CollaborationFacts, "DECLINE_COLLABORATION")              if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state = "pending" and f.origin in ["client_added_firm", "marketplace"];  # H36
may(f: CollaborationFacts, "WITHDRAW_COLLABORATION")             if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state in ["invited", "pending"] and f.origin = "firm_invitation";  # M5
may(f: CollaborationFacts, "RESEND_CLIENT_INVITATION")    if f.side = "firm" and f.role = "admin" and f.is_own_org and is_sent_again(f);  # P14, P65
may(f: CollaborationFacts, "REQUEST_ACCESS")       if serves_client(f) and f.is_own_org and f.state = "active" and f.approved and requests(f);  # H39, D64
may(f: CollaborationFacts, "HAND_BACK_ACCESS")     if serves_client(f) and f.role = "admin" and f.is_own_org and f.level in ["limited", "full"];  # D13
may(f: CollaborationFacts, "TERMINATE_COLLABORATION")            if serves_client(f) and f.role = "admin" and f.is_own_org and f.state = "active";  # H65
may(f: CollaborationFacts, "ACCEPT_COLLABORATION")               if is_client_admin(f) and f.state = "invited";  # M5
may(f: CollaborationFacts, "DECLINE_COLLABORATION")              if is_client_admin(f) and f.state = "invited";
may(f: CollaborationFacts, "DECLINE_COLLABORATION")              if awaits(f);  # D60
may(f: CollaborationFacts, "WITHDRAW_COLLABORATION")             if is_client_admin(f) and f.state = "pending" and f.origin in ["client_added_firm", "marketplace"];  # M6
may(f: CollaborationFacts, "GRANT_ACCESS")         if is_client_admin(f) and f.state = "active" and f.approved and f.held = false;  # H38, H41
may(f: CollaborationFacts, "GRANT_ACCESS")         if awaits(f) and f.approved and f.held = false;  # D60
may(f: CollaborationFacts, "DISMISS_ACCESS_REQUEST") if is_client_admin(f) and f.state = "active" and f.requested in ["limited", "full"];  # D64
may(f: CollaborationFacts, "CHANGE_ACCESS")        if is_client_admin(f) and f.held;  # H42
may(f: CollaborationFacts, "REMOVE_ACCESS")        if is_client_admin(f) and f.held;  # M7
may(f: CollaborationFacts, "SET_KPI_SHARING")      if is_client_admin(f) and f.held;  # H59
may(f: CollaborationFacts, "CHANGE_BILLING_MODE")  if is_client_admin(f) and f.level = "full";  # I24, I4
may(f: CollaborationFacts, "CHANGE_BILLING_MODE")  if is_client_admin(f) and f.paused;  # D59
may(f: CollaborationFacts, "TERMINATE_COLLABORATION")            if is_client_admin(f) and f.state = "active";  # H63
may(f: CollaborationFacts, "TERMINATE_COLLABORATION")            if platform(f) and f.is_own_org and f.state = "active" and f.insider = false;

# An invitation that the client has accepted waits for the client's verification. Until then the client's decisions are only offered.
awaits(f) if is_client_admin(f) and f.state = "pending" and f.origin = "firm_invitation";
defers(f: CollaborationFacts, "TERMS") if awaits(f);

# A firm can request only a higher level than the one in force. For a day, an equal request changes nothing (D64). A bookkeeper does
# not know what was requested (D42), so a bookkeeper's actions do not depend on it.
requests(f) if f.level = "none";
requests(f) if f.level = "limited" and f.role = "bookkeeper";
requests(f) if f.level = "limited" and f.repeated = false;
raises(f: CollaborationFacts, "LIMITED") if serves_client(f) and f.level = "none";
raises(f: CollaborationFacts, "FULL")    if serves_client(f) and f.level in ["none", "limited"];
# An action that would change nothing now is not offered (D63, D64).
idle(f: CollaborationFacts, "REQUEST_ACCESS") if serves_client(f) and f.role = "admin" and f.level = "limited" and f.repeated;

# The levels to which the firm may lower its access (D13). Only the client can raise it.
lowers(f: CollaborationFacts, "NONE")    if may(f, "HAND_BACK_ACCESS");
lowers(f: CollaborationFacts, "LIMITED") if may(f, "HAND_BACK_ACCESS") and f.level = "full";
# The client chooses the payer with a grant of FULL. There is no such choice at a lower level (I4, I6).
bills(f: CollaborationFacts, "FULL") if is_client_admin(f);

# The discount of an invitation is for a company that is not on the platform yet. An existing company gets none (P5, D30),
# whatever another company answers.
voids(f: CollaborationFacts, "DISCOUNT") if is_client_admin(f) and f.state in ["invited", "declined", "withdrawn", "expired"];

# The recipients of mails. These rules are evaluated again when a mail is sent (I30, L19).
notify(f: CollaborationFacts, "COLLABORATION_REQUESTED") if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state = "pending" and f.origin in ["client_added_firm", "marketplace"];  # P32, H32
notify(f: CollaborationFacts, "COLLABORATION_REQUESTED") if is_client_admin(f) and f.state = "invited";                                     # D30
notify(f: CollaborationFacts, "COLLABORATION_ACCEPTED")  if is_party(f) and f.state = "active";                                    # H38, D60
notify(f: CollaborationFacts, "ACCESS_REQUEST")          if is_client_admin(f) and f.state = "active";                                      # H39
notify(f: CollaborationFacts, "ACCESS_CHANGED")          if serves_client(f) and f.is_own_org and f.state = "active";                          # M7
notify(f: CollaborationFacts, "ACCESS_CHANGED")          if is_client_admin(f) and f.state = "active";
notify(f: CollaborationFacts, "KPI_SHARING_CHANGED")     if serves_client(f) and f.is_own_org and f.state = "active";                          # H59
notify(f: CollaborationFacts, "BILLING_MODE_CHANGED")    if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state in ["active", "ended"];  # I30
# A suspension and its end change the payer without an action of the client. So both sides get a mail, unless it is over by then (D59).
notify(f: CollaborationFacts, "BILLING_MODE_PAUSED")     if is_party(f) and f.state = "active" and f.approved = false;
notify(f: CollaborationFacts, "BILLING_MODE_RESUMED")    if is_party(f) and mode(f, "PARTNER");
notify(f: CollaborationFacts, "COLLABORATION_ENDED")     if is_party(f) and f.state = "ended";                                      # M6
# A client gets a mail if its request was declined or not answered. A firm gets that mail for its invitation (M6, D66).
notify(f: CollaborationFacts, "COLLABORATION_DECLINED")  if has_asked(f) and f.state = "declined";
notify(f: CollaborationFacts, "COLLABORATION_EXPIRED")   if has_asked(f) and f.state = "expired";
# Clients get a mail when the firm's access is paused and when it resumes. The firm gets one mail, not one for each client (D10, D68).
notify(f: CollaborationFacts, "FIRM_SUSPENDED")          if is_client_admin(f) and f.state = "active" and f.approved = false;
notify(f: CollaborationFacts, "FIRM_REINSTATED")         if is_client_admin(f) and f.state = "active" and f.approved;
has_asked(f) if is_client_admin(f) and f.origin in ["client_added_firm", "marketplace"];
is_party(f) if f.side = "firm" and f.role = "admin" and f.is_own_org;
is_party(f) if is_client_admin(f);

# Billing mode periods: visible to the firm's admins and the client, up to the end (I24, I30).
fact(v: FirmViewer,   "is_own_org",   p: BillingModePeriod, true) if p.collaboration.firm_id = v.firm_id;
fact(v: ClientViewer, "is_own_org",   p: BillingModePeriod, true) if p.client_id = v.client_id;
fact(_,               "state", p: BillingModePeriod, p.collaboration.state);
read(f: BillingModePeriodFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org and f.state in ["active", "ended"];
read(f: BillingModePeriodFacts) if is_client_admin(f);
read(f: BillingModePeriodFacts) if platform(f);
see(f: BillingModePeriodFacts, field) if read(f) and field in ["mode", "from", "to"];

# Who paid when an order was placed: the platform's billing uses the moment of the order as `now` (D17, D47). Records of the past
# do not change there, so neither does the answer: it depends neither on the firm's present programme state nor on when a job ran
# (D59). While FULL is in effect there is a period of one of the modes, and a suspension of the firm ends it (D15). A grant can expire
# before its period is closed: then the end of the grant counts (I4, D46).
fact(_: SystemViewer, "mode", p: BillingModePeriod, p.mode);
fact(v: SystemViewer, "had_full", p: BillingModePeriod, true) if p.from_at <= v.now and p.to_at > v.now and had_begun(v, p.collaboration) and g in p.collaboration.grants and g.level = "full" and had_lasted(v, g);
had_begun(v, k) if k.started_at != nil and k.started_at <= v.now and k.ended_at > v.now;
had_lasted(v, g) if g.granted_at <= v.now and g.expires_at > v.now and g.revoked_at = nil;
had_lasted(v, g) if g.granted_at <= v.now and g.expires_at > v.now and g.revoked_at != nil and g.revoked_at > v.now;
billed(f: BillingModePeriodFacts, "FULL_ACCESS") if billing(f) and f.had_full;
billed(f: BillingModePeriodFacts, "PARTNER")     if billing(f) and f.had_full and f.mode = "partner";

grounds("Collaboration", "id",                 ["P36", "H63", "I27", "D23"]);
grounds("Collaboration", "collaborationState", ["P36", "H63", "D42"]);
grounds("Collaboration", "stage",              ["D42"]);
grounds("Collaboration", "visibleFields",      ["D35"]);
grounds("Collaboration", "viewerActions",      ["D3", "D57"]);
grounds("Collaboration", "firm",               ["I27", "D40"]);
grounds("Collaboration", "client",             ["P36", "H63", "D40", "D42"]);
grounds("Collaboration", "firmName",           ["I27", "H63", "D50"]);
grounds("Collaboration", "clientName",         ["P36", "H63", "D50"]);
grounds("Collaboration", "origin",             ["P14", "P15", "H32"]);
grounds("Collaboration", "startedAt",          ["P36", "H63"]);
grounds("Collaboration", "endedAt",            ["H63"]);
grounds("Collaboration", "endedBy",            ["H63"]);
grounds("Collaboration", "endReason",          ["D22"]);
grounds("Collaboration", "requestedLevel",     ["V5", "D42"]);
grounds("Collaboration", "requestMessage",     ["V5", "H31", "D42"]);
grounds("Collaboration", "invitedEmail",       ["P14", "D42"]);
grounds("Collaboration", "invitedCountry",     ["P14", "D42"]);
grounds("Collaboration", "discountOffer",      ["P5", "D30"]);
grounds("Collaboration", "offeredTerms",       ["D60", "M5"]);
grounds("Collaboration", "level",              ["P7", "V6", "D50"]);
grounds("Collaboration", "expiresAt",          ["P7", "V6"]);
grounds("Collaboration", "sharedKpis",         ["H59"]);
grounds("Collaboration", "billingMode",        ["I3", "I4", "I30", "D46"]);
grounds("Collaboration", "pausedBillingMode",  ["D59"]);
grounds("Collaboration", "billingModePeriods", ["I24", "I30"]);
grounds("Collaboration", "effectiveAccess",    ["H38", "H63", "D50"]);
grounds("Collaboration", "auditEntries",       ["L21"]);
grounds("Collaboration", "conversation",       ["H35", "X-H2", "D22"]);

grounds("BillingModePeriod", "mode", ["I24", "I30"]);
grounds("BillingModePeriod", "from", ["I24", "I30"]);
grounds("BillingModePeriod", "to",   ["I24", "I30"]);
