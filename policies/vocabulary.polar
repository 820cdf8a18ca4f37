# The vocabulary of the rules. Nothing here decides anything. A word that is not declared here cannot be used in a rule.

# Kinds of viewers: the kind, its side, its roles, and the attributes of a viewer (§ roles: PA, PR, FA, BK, FS, CO, CM, SYS, PUB).
viewer("FirmViewer",     "firm",     ["admin", "bookkeeper", "staff"], ["user_id", "member_id", "firm_id", "now", "day_ago"]);
viewer("ClientViewer",   "client",   ["owner", "admin", "member"],     ["user_id", "member_id", "client_id", "now"]);
viewer("PlatformViewer", "platform", ["admin", "reviewer"],            ["user_id", "now"]);
# A machine with a billing token of the platform or with a clients:read token of one organisation. Its role is the present role of
# the token's creator (D26, D41).
viewer("SystemViewer",   "system",   ["admin", "reviewer"],            ["token_id", "now"]);
viewer("FirmToken",      "firm_token",   ["admin", "bookkeeper", "staff"], ["token_id", "member_id", "firm_id", "now"]);
viewer("ClientToken",    "client_token", ["owner", "admin", "member"],     ["token_id", "client_id", "now"]);
# A machine that reports pending work, with kpis:write. It only writes here; for its token's other scopes it is one of the above (D26).
viewer("PlatformReporter", "platform_reporter", ["admin", "reviewer"],     ["token_id", "now"]);
viewer("ClientReporter",   "client_reporter", ["owner", "admin", "member"], ["token_id", "client_id", "now"]);
viewer("Memberless",     "nobody",   ["none"],                         ["user_id", "now"]);
viewer("Anonymous",      "nobody",   ["none"],                         ["now"]);

# The facts about a viewer and a row of each type, with their values. The first value is the default. `set` is a set of words, which
# rules test for one word at a time.
facts("User", "self", [false, true]);

facts("Firm", "is_own_org",     [false, true]);       # the viewer acts for it
facts("Firm", "engaged", [false, true]);       # it works for the viewer's company, or there is an open request or invitation
facts("Firm", "programme", ["draft", "submitted", "webinar_watched", "agreed", "approved", "rejected", "suspended"]);
facts("Firm", "tried",   [false, true]);       # its trial is over
facts("Firm", "paid",    [false, true]);       # its own subscription is reported as paid, and not past its end
facts("Firm", "fitting", [false, true]);       # its kind of business is accepted by the programme
facts("Firm", "account", ["closed", "trial", "active"]);
facts("Firm", "insider", [false, true]);       # the viewer, who acts for the platform, is also a member of the firm
facts("Firm", "housed",  [false, true]);       # it has its own account as a client
facts("Firm", "owned",   [false, true]);       # the viewer owns it
facts("Firm", "alive",   [false, true]);       # it has a collaboration that has not ended
facts("Firm", "in_review", [false, true]);     # a revision of its profile waits for a reviewer

facts("FirmProfile", "is_own_org",      [false, true]);
facts("FirmProfile", "state",    ["unlisted", "draft", "changes_requested", "in_review", "published"]);
facts("FirmProfile", "approved", [false, true]);  # the firm is in the partner programme now
facts("FirmProfile", "insider",  [false, true]);  # the viewer is also a member of the firm

facts("FirmMember", "own_firm",  [false, true]);
facts("FirmMember", "self",      [false, true]);
facts("FirmMember", "same_person", [false, true]);  # the viewer, who acts for the platform, is this person
facts("FirmMember", "colleague", [false, true]);  # assigned to a client to which the viewer is assigned, too
facts("FirmMember", "serves",    [false, true]);  # assigned to the viewer's company
facts("FirmMember", "state",     ["removed", "invited", "suspended", "active"]);
facts("FirmMember", "member_role",     ["staff", "bookkeeper", "admin"]);  # the role of this member; the viewer's own is `role`
facts("FirmMember", "owner",     [false, true]);
facts("FirmMember", "succeeded", [false, true]);  # there is another active admin; for a firm only if this member is the viewer
facts("FirmMember", "employed",  [false, true]);  # the viewer's firm is in the partner programme and has a client
facts("FirmMember", "erased",    [false, true]);  # the person has been erased
facts("FirmMember", "owned",     [false, true]);  # the viewer owns this member's firm
facts("FirmMember", "insider",   [false, true]);  # the viewer, who acts for the platform, is also a member of this firm

facts("StaffInvitation", "is_own_org",     [false, true]);  # into the viewer's firm
facts("StaffInvitation", "state",   ["void", "accepted", "open"]);
facts("StaffInvitation", "current", [false, true]);  # it has not expired
facts("StaffInvitation", "approved", [false, true]);  # the firm is in the partner programme now

facts("Client", "is_own_org",      [false, true]);
facts("Client", "collaboration_state", ["none", "pending", "active"]);
facts("Client", "origin",   ["none", "firm_invitation", "client_added_firm", "marketplace"]);
facts("Client", "assigned", [false, true]);
facts("Client", "repeated", [false, true]);  # a new request for FULL would only repeat the last one (D64)
facts("Client", "managed",  [false, true]);  # a member of the viewer's firm is assigned
facts("Client", "approved", [false, true]);  # the firm is in the partner programme now
facts("Client", "verification", ["rejected", "verifying", "verified"]);  # the result of its verification, for its own members and the platform
facts("Client", "insider", [false, true]);   # the viewer, who acts for the platform, is also a member of it or of a firm that works for it
facts("Client", "level",    ["none", "limited", "full"]);
facts("Client", "reporting", [false, true]);  # the viewer is the company's own reporting machine
facts("Client", "sections", "set");
facts("Client", "shared",   "set");

facts("ClientMember", "is_own_org",      [false, true]);
facts("ClientMember", "self",     [false, true]);
facts("ClientMember", "current",  [false, true]);  # has not been removed
facts("ClientMember", "member_role",    ["member", "admin", "owner"]);  # the role of this member; the viewer's own is `role`
facts("ClientMember", "assigned", [false, true]);
facts("ClientMember", "level",    ["none", "limited", "full"]);
facts("ClientMember", "sections", "set");
facts("ClientMember", "insider",  [false, true]);  # the viewer, who acts for the platform, is also a member of the company

facts("ClientMemberInvitation", "is_own_org",     [false, true]);  # into the viewer's company
facts("ClientMemberInvitation", "state",   ["void", "accepted", "open"]);
facts("ClientMemberInvitation", "current", [false, true]);  # it has not expired

facts("KpiSnapshot", "is_own_org",      [false, true]);
facts("KpiSnapshot", "assigned", [false, true]);
facts("KpiSnapshot", "level",    ["none", "limited", "full"]);
facts("KpiSnapshot", "sections", "set");
facts("KpiSnapshot", "shared",   "set");
facts("KpiSnapshot", "kind",     ["MISSING_RECEIPTS", "EXPENSES_READY_FOR_EXPORT", "PAYROLL_BASIS_PENDING", "WALLET_BALANCE", "JOURNAL_PENDING", "SALES_TO_REVIEW", "BANK_TO_RECONCILE", "INBOX_DOCUMENTS", "BILLS_TO_PAY"]);

facts("PendingActivity", "is_own_org",      [false, true]);
facts("PendingActivity", "assigned", [false, true]);
facts("PendingActivity", "level",    ["none", "limited", "full"]);
facts("PendingActivity", "sections", "set");
facts("PendingActivity", "shared",   "set");
facts("PendingActivity", "open",     [false, true]);
facts("PendingActivity", "kind",     ["MISSING_RECEIPTS", "EXPENSES_READY_FOR_EXPORT", "PAYROLL_BASIS_PENDING", "WALLET_BALANCE", "JOURNAL_PENDING", "SALES_TO_REVIEW", "BANK_TO_RECONCILE", "INBOX_DOCUMENTS", "BILLS_TO_PAY"]);

facts("Collaboration", "is_own_org",      [false, true]);  # the viewer's firm or company is one of the two sides
facts("Collaboration", "state",    ["declined", "withdrawn", "expired", "blocked", "invited", "pending", "active", "ended"]);
facts("Collaboration", "origin",   ["firm_invitation", "client_added_firm", "marketplace"]);
facts("Collaboration", "assigned", [false, true]);
facts("Collaboration", "approved", [false, true]);  # the firm is in the partner programme now
facts("Collaboration", "verified", [false, true]);  # the client is verified; only for the firm
facts("Collaboration", "rested",   [false, true]);  # a day or more has passed since the invitation was sent
facts("Collaboration", "granted",  [false, true]);  # the client has granted access at least once
facts("Collaboration", "lapsed",   [false, true]);  # the last grant was not revoked, but has expired
facts("Collaboration", "held",     [false, true]);  # a grant is in force or offered until the client's verification, independent of the firm's programme state
facts("Collaboration", "requested", ["none", "limited", "full"]);  # the level of the open request
facts("Collaboration", "repeated",  [false, true]);  # a new request for FULL would only repeat the last one (D64)
facts("Collaboration", "insider",  [false, true]);  # the viewer, who acts for the platform, is also a member of one of the two sides
facts("Collaboration", "level",    ["none", "limited", "full"]);
facts("Collaboration", "shared",   "set");
facts("Collaboration", "mode",     ["client", "partner"]);
facts("Collaboration", "paused",   [false, true]);  # the firm is suspended, and PARTNER mode waits for its reinstatement
facts("Collaboration", "ended_by", ["none", "firm", "client", "platform"]);

facts("ClientInvitation", "is_own_org",      [false, true]);  # of the viewer's firm
facts("ClientInvitation", "state",    ["declined", "withdrawn", "expired", "blocked", "invited", "pending", "active", "ended"]);  # of its collaboration
facts("ClientInvitation", "current",  [false, true]);  # it has not expired
facts("ClientInvitation", "rested",   [false, true]);  # a day or more has passed since it was sent
facts("ClientInvitation", "approved", [false, true]);  # the firm is in the partner programme now

facts("BillingModePeriod", "is_own_org",   [false, true]);
facts("BillingModePeriod", "state", ["declined", "withdrawn", "expired", "blocked", "invited", "pending", "active", "ended"]);
facts("BillingModePeriod", "mode",     ["client", "partner"]);
facts("BillingModePeriod", "had_full", [false, true]);  # the firm had FULL at the moment for which the platform's billing decides

facts("ClientSession", "by_viewer",     [false, true]);  # the viewer's own
facts("ClientSession", "is_own_org",      [false, true]);  # of the viewer's firm, or in the viewer's company
facts("ClientSession", "ended",    ["none", "left", "expired", "revoked"]);  # as recorded in the row
facts("ClientSession", "current",  [false, true]);  # it has not expired
facts("ClientSession", "member_role",    ["staff", "bookkeeper", "admin"]);  # the role of the member who entered; the viewer's own is `role`
facts("ClientSession", "member_active",   [false, true]);  # that member is active in the firm
facts("ClientSession", "member_assigned",  [false, true]);  # that member is active and assigned to the client
facts("ClientSession", "level",    ["none", "limited", "full"]);
facts("ClientSession", "sections", "set");

facts("Conversation", "is_own_org",      [false, true]);
facts("Conversation", "collaboration_state", ["none", "pending", "active"]);
facts("Conversation", "origin",   ["none", "firm_invitation", "client_added_firm", "marketplace"]);
facts("Conversation", "invited",  [false, true]);  # the firm has invited the viewer's company, which has not answered
facts("Conversation", "rejected", [false, true]);  # it is the conversation of the viewer's company, which was rejected
facts("Conversation", "ended",    [false, true]);  # the two have worked together, and that collaboration has ended
facts("Conversation", "approved", [false, true]);  # the firm is in the partner programme now
facts("Conversation", "blocked",  [false, true]);
facts("Conversation", "listed",   [false, true]);  # a profile of the firm is published

facts("Message", "is_own_org",     [false, true]);  # of a conversation of the organisation that the viewer acts for
facts("Message", "by_own_org",    [false, true]);  # written by that organisation
facts("Message", "blocked", [false, true]);

facts("IntegrationToken", "is_own_org",    [false, true]);  # of the organisation that the viewer acts for
facts("IntegrationToken", "not_revoked", [false, true]);  # has not been revoked

facts("AuditEntry", "is_own_org",      [false, true]);
facts("AuditEntry", "by_own_org",     [false, true]);  # done for the organisation that the viewer acts for
facts("AuditEntry", "internal", [false, true]);  # of the firm that the viewer acts for, and of no client
facts("AuditEntry", "early",    [false, true]);  # of a collaboration of the viewer's firm that has not begun, or of a conversation without one
facts("AuditEntry", "offered",  [false, true]);  # about access offered before the collaboration began
facts("AuditEntry", "refused",  [false, true]);
facts("AuditEntry", "by_viewer",     [false, true]);  # the viewer did it, for this organisation
facts("AuditEntry", "not_revoked",   [false, true]);
facts("AuditEntry", "in_time",  [false, true]);  # of a collaboration that has begun, and not later than its end
facts("AuditEntry", "assigned", [false, true]);

facts("Invoice", "holder",   [false, true]);     # the organisation that the viewer acts for holds it
facts("Invoice", "mode",     ["client", "partner"]);
facts("Invoice", "state",    ["draft", "open", "paid", "credited", "void"]);
facts("Invoice", "kind",     ["invoice", "credit_note"]);
facts("Invoice", "late",     [false, true]);
facts("Invoice", "assigned", [false, true]);
facts("Invoice", "approved", [false, true]);
facts("Invoice", "collaboration_state", ["none", "pending", "active"]);

# A column that no rule reads: lists of clients are sorted by the names on the firm's own collaborations.
column("Client", "order_name");

# Fields that a kind of viewers never sees although it sees what is shown together with them to others.
withheld("Client", "collaboration", "ClientViewer");    # a company has one with each firm: its list (I27)
withheld("Client", "collaboration", "PlatformViewer");  # as for a company
withheld("Client", "wallet",        "PlatformViewer");  # content (D5)
withheld("Client", "contactEmail",  "FirmViewer");      # the address that the firm's admins typed (P14)
