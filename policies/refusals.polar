# The reasons for refusing an action that `may` does not allow: the first word that holds, in the order of this text. Each word
# rests only on what the viewer may know (D39, L18).

# ---- Collaborations

# A person of the platform who belongs to one of the two sides cannot end it (M3).
refuses(f: CollaborationFacts, "TERMINATE_COLLABORATION", "PARTY") if f.insider;
# A finished collaboration is never reopened (M6). An active one can be ended, but not accepted, declined or withdrawn.
refuses(f: CollaborationFacts, action, "OVER")  if f.state in ["declined", "withdrawn", "expired", "blocked", "ended"] and asks_of_collaboration(action);
refuses(f: CollaborationFacts, action, "BEGUN") if f.state = "active" and precedes(action);
asks_of_collaboration(action) if precedes(action);
asks_of_collaboration(action) if follows(action);
precedes(action) if action in ["ACCEPT_COLLABORATION", "DECLINE_COLLABORATION", "WITHDRAW_COLLABORATION", "RESEND_CLIENT_INVITATION"];
follows(action)  if action in ["REQUEST_ACCESS", "HAND_BACK_ACCESS", "TERMINATE_COLLABORATION", "DISMISS_ACCESS_REQUEST", "CHANGE_BILLING_MODE"];
follows(action)  if rules_over_grant(action);
rules_over_grant(action) if action in ["GRANT_ACCESS", "CHANGE_ACCESS", "REMOVE_ACCESS", "SET_KPI_SHARING"];
# Before that, one side has made the request and the other side answers it.
refuses(f: CollaborationFacts, "ACCEPT_COLLABORATION", "AWAITED")      if f.side = "client" and f.state = "pending" and f.origin = "firm_invitation";
refuses(f: CollaborationFacts, "RESEND_CLIENT_INVITATION", "ACCEPTED") if f.state = "pending" and f.origin = "firm_invitation";
refuses(f: CollaborationFacts, action, "THEIRS") if asked(f) and action in ["ACCEPT_COLLABORATION", "DECLINE_COLLABORATION"];
refuses(f: CollaborationFacts, action, "ASKED")  if answers_it(f) and action in ["WITHDRAW_COLLABORATION", "RESEND_CLIENT_INVITATION"];
asked(f)      if f.side = "firm"   and f.origin = "firm_invitation";
asked(f)      if f.side = "client" and f.origin in ["client_added_firm", "marketplace"];
answers_it(f) if f.side = "firm"   and f.origin in ["client_added_firm", "marketplace"];
answers_it(f) if f.side = "client" and f.origin = "firm_invitation";
# Access needs an active collaboration. Terms can be offered while it waits for the client's verification (D60).
refuses(f: CollaborationFacts, action, "UNBEGUN") if f.state = "invited" and follows(action);
refuses(f: CollaborationFacts, action, "UNBEGUN") if f.state = "pending" and f.origin in ["client_added_firm", "marketplace"] and follows(action);
refuses(f: CollaborationFacts, action, "UNBEGUN") if f.state = "pending" and action in ["REQUEST_ACCESS", "HAND_BACK_ACCESS", "TERMINATE_COLLABORATION", "DISMISS_ACCESS_REQUEST", "CHANGE_BILLING_MODE"];
# A suspended firm and its clients know of the suspension (D10, D46, D68).
refuses(f: CollaborationFacts, action, "PROGRAMME") if f.side = "firm" and f.approved = false and action in ["ACCEPT_COLLABORATION", "RESEND_CLIENT_INVITATION", "REQUEST_ACCESS", "HAND_BACK_ACCESS"];
# No collaboration begins before the client's verification (M5).
refuses(f: CollaborationFacts, "ACCEPT_COLLABORATION", "UNVERIFIED") if f.side = "firm" and f.verified = false;
# There must be a day between two mails (D63).
refuses(f: CollaborationFacts, "RESEND_CLIENT_INVITATION", "JUST_SENT") if f.side = "firm" and f.rested = false;
refuses(f: CollaborationFacts, "GRANT_ACCESS", "GRANTED") if f.held;
refuses(f: CollaborationFacts, action, "SUSPENDED") if f.side = "client" and f.approved = false and action in ["GRANT_ACCESS", "CHANGE_BILLING_MODE"];
# Refusals that depend on the level in force (M7, M8, D13, D64).
refuses(f: CollaborationFacts, action, "NO_ACCESS") if f.held = false and action in ["CHANGE_ACCESS", "REMOVE_ACCESS", "SET_KPI_SHARING"];
refuses(f: CollaborationFacts, "HAND_BACK_ACCESS", "NO_ACCESS")     if f.level = "none";
refuses(f: CollaborationFacts, "REQUEST_ACCESS", "HAS_FULL")        if f.level = "full";
refuses(f: CollaborationFacts, "CHANGE_BILLING_MODE", "NO_MODE")    if f.level in ["none", "limited"];
refuses(f: CollaborationFacts, "DISMISS_ACCESS_REQUEST", "UNASKED") if f.requested = "none";

# Invitations are refused like their collaborations (D66).
refuses(f: ClientInvitationFacts, action, "OVER")     if f.state in ["declined", "withdrawn", "expired", "blocked", "ended"] and action in ["RESEND_CLIENT_INVITATION", "WITHDRAW_COLLABORATION"];
refuses(f: ClientInvitationFacts, action, "BEGUN")    if f.state = "active" and action in ["RESEND_CLIENT_INVITATION", "WITHDRAW_COLLABORATION"];
refuses(f: ClientInvitationFacts, "RESEND_CLIENT_INVITATION", "ACCEPTED")  if f.state = "pending";
refuses(f: ClientInvitationFacts, "RESEND_CLIENT_INVITATION", "PROGRAMME") if f.approved = false;
refuses(f: ClientInvitationFacts, "RESEND_CLIENT_INVITATION", "JUST_SENT") if f.rested = false;

# ---- Clients

# A person of the platform cannot decide on a company that they belong to, or on a client of a firm that they belong to (M3).
refuses(f: ClientFacts, "DECIDE_VERIFICATION", "PARTY")   if f.insider;
refuses(f: ClientFacts, "DECIDE_VERIFICATION", "DECIDED") if platform(f) and f.verification in ["rejected", "verified"];
# A rejected company cannot begin anything new, and only a rejected company can request verification again (D67).
refuses(f: ClientFacts, action, "REJECTED") if is_client_admin(f) and f.verification = "rejected" and begins(action);
refuses(f: ClientFacts, "REQUEST_VERIFICATION", "NOT_REJECTED") if is_client_admin(f) and f.verification in ["verifying", "verified"];
# Refusals for the firm. The plan is given as a reason only where it is visible (V15, H56, D10, D39, D46).
refuses(f: ClientFacts, "UNASSIGN_MANAGER", "UNASSIGNED") if serves_client(f) and f.managed = false;
refuses(f: ClientFacts, action, "PROGRAMME") if serves_client(f) and f.approved = false and action in ["ENTER_CLIENT_ACCOUNT", "ASSIGN_MANAGERS", "UNASSIGN_MANAGER", "REQUEST_ACCESS", "HAND_BACK_ACCESS"];
refuses(f: ClientFacts, action, "UNBEGUN")   if serves_client(f) and f.collaboration_state = "pending" and action in ["ENTER_CLIENT_ACCOUNT", "REQUEST_ACCESS", "HAND_BACK_ACCESS", "TERMINATE_COLLABORATION"];
refuses(f: ClientFacts, "ENTER_CLIENT_ACCOUNT", "LEVEL") if serves_client(f) and f.level in ["none", "limited"];
refuses(f: ClientFacts, "ENTER_CLIENT_ACCOUNT", "PLAN")  if serves_client(f) and f.level = "full";
refuses(f: ClientFacts, "HAND_BACK_ACCESS", "NO_ACCESS") if serves_client(f) and f.level = "none";
refuses(f: ClientFacts, "REQUEST_ACCESS", "HAS_FULL")    if serves_client(f) and f.level = "full";
refuses(f: ClientFacts, "REQUEST_ACCESS", "REPEATED")    if serves_client(f) and f.role = "admin" and f.repeated;  # D64

refuses(f: ClientMemberFacts, action, "OWNER") if is_client_admin(f) and f.member_role = "owner" and action in ["CHANGE_MEMBER_ROLE", "REMOVE_MEMBER"];
refuses(f: ClientMemberFacts, "TRANSFER_OWNERSHIP", "SUCCESSOR") if f.role = "owner";
refuses(f: ClientMemberFacts, "ERASE_USER", "COLLEAGUE") if f.insider;
refuses(f: ClientMemberFacts, "ERASE_USER", "OWNS") if erases(f) and f.member_role = "owner";  # D52
refuses(f: ClientMemberInvitationFacts, action, word) if is_client_admin(f) and answered(f, word) and action in ["RESEND_MEMBER_INVITATION", "REVOKE_MEMBER_INVITATION"];

# Only the member in the account can leave it (P29).
refuses(f: ClientSessionFacts, "LEAVE_CLIENT_ACCOUNT", "NOT_INSIDE") if f.side = "firm" and f.by_viewer = false;
refuses(f: ClientSessionFacts, "LEAVE_CLIENT_ACCOUNT", "LEFT")       if f.side = "firm";

# ---- Conversations: both sides know the reasons (L18)

refuses(f: ConversationFacts, action, "REJECTED") if f.rejected and writes_or_asks(action);  # D67
refuses(f: ConversationFacts, action, "BLOCKED")  if f.blocked and writes_or_asks(action);
refuses(f: ConversationFacts, "SEND_MESSAGE", "PARTED")          if f.collaboration_state = "none" and f.ended;
refuses(f: ConversationFacts, action, "TOGETHER") if f.collaboration_state in ["pending", "active"] and asks_firm(action);
refuses(f: ConversationFacts, action, "TOGETHER") if f.invited and asks_firm(action);
refuses(f: ConversationFacts, "SEND_MESSAGE", "PROGRAMME") if f.side = "firm" and f.approved = false;
# A firm's clients know of its suspension (D68). For all others it is just unavailable, whatever the reason is.
refuses(f: ConversationFacts, action, "SUSPENDED")   if f.side = "client" and f.approved = false and f.collaboration_state in ["pending", "active"] and writes_or_asks(action);
refuses(f: ConversationFacts, action, "UNAVAILABLE") if f.side = "client" and f.approved = false and writes_or_asks(action);
refuses(f: ConversationFacts, "REQUEST_COLLABORATION", "UNLISTED") if f.side = "client" and f.listed = false;  # only with its code (P15)
writes_or_asks(action) if action in ["SEND_MESSAGE", "REQUEST_COLLABORATION", "ADD_FIRM_AS_BOOKKEEPER"];
asks_firm(action)      if action in ["REQUEST_COLLABORATION", "ADD_FIRM_AS_BOOKKEEPER"];
refuses(f: ConversationFacts, "BLOCK_CONVERSATION", "WORKING")   if f.collaboration_state = "active";
refuses(f: ConversationFacts, "BLOCK_CONVERSATION", "BLOCKED")   if f.blocked;
refuses(f: ConversationFacts, "BLOCK_CONVERSATION", "INVITING")  if f.collaboration_state = "pending";
refuses(f: ConversationFacts, "UNBLOCK_CONVERSATION", "NOT_BLOCKED") if f.blocked = false;

# ---- Firms

# A person of the platform who is a member of the firm, suspended or not, cannot decide on it, whatever the firm's state is (M3).
refuses(f: FirmFacts, action, "INSIDER") if f.insider and action in ["DECIDE_APPLICATION", "SUSPEND_FIRM", "REINSTATE_FIRM", "REPORT_SUBSCRIPTION", "CLOSE_FIRM"];
# No action is possible on a firm whose account is closed (D61).
refuses(f: FirmFacts, action, "CLOSED") if f.account = "closed" and shuts(f, action);
shuts(f, action) if runs(f) and action in ["RENAME_FIRM", "INVITE_STAFF", "INVITE_CLIENT", "CREATE_TOKEN", "CREATE_OWN_ACCOUNT", "ROTATE_INVITATION_CODE", "CLOSE_FIRM", "ACTIVATE_FIRM_ACCOUNT",
                                           "SUBMIT_PARTNER_APPLICATION", "WEBINAR_WATCHED", "ACCEPT_AGREEMENT", "SAVE_PROFILE_DRAFT"];
shuts(f, action) if platform(f) and action in ["SUSPEND_FIRM", "REINSTATE_FIRM", "CLOSE_FIRM", "REPORT_SUBSCRIPTION"];
shuts(f, "REPORT_SUBSCRIPTION") if billing(f);
refuses(f: FirmFacts, "CLOSE_FIRM", "FIRM_OWNER") if acts(f) and f.owned = false;
refuses(f: FirmFacts, "CLOSE_FIRM", "ALIVE")      if acts(f) and f.alive;
refuses(f: FirmFacts, "CREATE_OWN_ACCOUNT", "HOUSED") if acts(f) and f.housed;
# Only firms in the programme can invite and publish (P65, H15, D65), and only one revision at a time can be in review (H20).
refuses(f: FirmFacts, "SAVE_PROFILE_DRAFT", "IN_REVIEW") if acts(f) and f.programme = "approved" and f.in_review;
refuses(f: FirmFacts, action, "PROGRAMME") if acts(f) and action in ["INVITE_STAFF", "INVITE_CLIENT", "ROTATE_INVITATION_CODE", "SAVE_PROFILE_DRAFT"];
# An account can be activated once, after its trial (V19, D9).
refuses(f: FirmFacts, "ACTIVATE_FIRM_ACCOUNT", "TRIAL")     if runs(f) and f.account = "trial";
refuses(f: FirmFacts, "ACTIVATE_FIRM_ACCOUNT", "ACTIVATED") if runs(f) and f.account = "active";
# The steps into the programme have a fixed order (M2).
refuses(f: FirmFacts, action, "APPROVED")  if acts(f) and f.programme = "approved"  and is_step(action);
refuses(f: FirmFacts, action, "SUSPENDED") if acts(f) and f.programme = "suspended" and is_step(action);
refuses(f: FirmFacts, "SUBMIT_PARTNER_APPLICATION", "SUBMITTED") if acts(f) and f.programme in ["submitted", "webinar_watched", "agreed"];
refuses(f: FirmFacts, action, "UNSUBMITTED") if acts(f) and f.programme in ["draft", "rejected"] and action in ["WEBINAR_WATCHED", "ACCEPT_AGREEMENT"];
refuses(f: FirmFacts, "WEBINAR_WATCHED", "WATCHED")    if acts(f) and f.programme in ["webinar_watched", "agreed"];
refuses(f: FirmFacts, "ACCEPT_AGREEMENT", "UNWATCHED") if acts(f) and f.programme = "submitted";
refuses(f: FirmFacts, "ACCEPT_AGREEMENT", "AGREED")    if acts(f) and f.programme = "agreed";
is_step(action) if action in ["SUBMIT_PARTNER_APPLICATION", "WEBINAR_WATCHED", "ACCEPT_AGREEMENT"];
refuses(f: FirmFacts, "DECIDE_APPLICATION", "UNAGREED") if reviews(f) and f.programme in ["submitted", "webinar_watched"];
refuses(f: FirmFacts, "SUSPEND_FIRM", "SUSPENDED")       if platform(f) and f.programme = "suspended";
refuses(f: FirmFacts, "SUSPEND_FIRM", "UNAPPROVED")      if platform(f) and f.programme in ["draft", "submitted", "webinar_watched", "agreed", "rejected"];
refuses(f: FirmFacts, "REINSTATE_FIRM", "NOT_SUSPENDED") if platform(f) and f.programme in ["draft", "submitted", "webinar_watched", "agreed", "approved", "rejected"];

refuses(f: FirmMemberFacts, action, "OWNER") if manages(f) and f.owner and action in ["CHANGE_STAFF_ROLE", "SUSPEND_STAFF", "REMOVE_STAFF"];
refuses(f: FirmMemberFacts, action, "LAST_ADMIN") if manages(f) and f.self and f.succeeded = false and action in ["CHANGE_STAFF_ROLE", "SUSPEND_STAFF", "REMOVE_STAFF"];
refuses(f: FirmMemberFacts, "TRANSFER_OWNERSHIP", "SUCCESSOR") if manages(f) and f.owned;
refuses(f: FirmMemberFacts, "TRANSFER_OWNERSHIP", "NOT_OWNER") if manages(f);
refuses(f: FirmMemberFacts, "ERASE_USER", "COLLEAGUE") if f.insider;
refuses(f: FirmMemberFacts, "ERASE_USER", "SELF") if f.same_person;
refuses(f: FirmMemberFacts, "ERASE_USER", "ERASED") if f.erased;
refuses(f: FirmMemberFacts, "ERASE_USER", "OWNS") if erases(f) and f.owner and f.state != "removed";  # D52
refuses(f: FirmMemberFacts, "ERASE_USER", "LAST_ADMIN") if erases(f) and f.member_role = "admin" and f.state = "active" and f.succeeded = false;  # M4
refuses(f: FirmMemberFacts, "ASSIGN_MANAGERS", "STAFF") if manages(f) and f.member_role = "staff";  # H22
refuses(f: FirmMemberFacts, action, "INACTIVE") if manages(f) and f.state in ["invited", "suspended"] and action in ["ASSIGN_MANAGERS", "SUSPEND_STAFF"];
refuses(f: FirmMemberFacts, "ASSIGN_MANAGERS", "UNEMPLOYED") if manages(f) and f.employed = false;
refuses(f: FirmMemberFacts, "CHANGE_STAFF_ROLE", "INACTIVE")    if manages(f) and f.state = "invited";
refuses(f: FirmMemberFacts, "REINSTATE_STAFF", "NOT_SUSPENDED") if manages(f) and f.state in ["invited", "active"];
refuses(f: StaffInvitationFacts, action, word) if f.side = "firm" and answered(f, word) and action in ["RESEND_STAFF_INVITATION", "REVOKE_STAFF_INVITATION"];
refuses(f: StaffInvitationFacts, "RESEND_STAFF_INVITATION", "PROGRAMME") if f.side = "firm" and f.state = "open" and f.approved = false;

# A firm writes its own profile, and its reviewer must not be a member of it (M3). A revision is written, reviewed and published, in
# this order.
refuses(f: FirmProfileFacts, "DECIDE_PROFILE_REVISION", "INSIDER") if f.insider;
refuses(f: FirmProfileFacts, action, "FOREIGN") if f.side = "firm" and f.is_own_org = false and action in ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE", "WITHDRAW_PROFILE"];
refuses(f: FirmProfileFacts, "DECIDE_PROFILE_REVISION", "NOT_IN_REVIEW") if reviews(f) and f.state in ["unlisted", "draft", "changes_requested", "published"];
refuses(f: FirmProfileFacts, action, "PROGRAMME") if runs(f) and f.approved = false and action in ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE", "WITHDRAW_PROFILE"];
refuses(f: FirmProfileFacts, action, "IN_REVIEW") if runs(f) and f.state = "in_review" and action in ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE"];
refuses(f: FirmProfileFacts, action, "PUBLISHED") if runs(f) and f.state in ["published", "unlisted"] and action in ["SAVE_PROFILE_DRAFT", "SUBMIT_PROFILE"];
refuses(f: FirmProfileFacts, "SUBMIT_PROFILE", "UNCHANGED")     if runs(f) and f.state = "changes_requested";
refuses(f: FirmProfileFacts, "WITHDRAW_PROFILE", "UNPUBLISHED") if runs(f) and f.state in ["unlisted", "draft", "changes_requested", "in_review"];

# ---- Invoices and tokens

refuses(f: InvoiceFacts, action, "CREDIT_NOTE") if f.kind = "credit_note" and action in ["PAY_INVOICE", "CREDIT_INVOICE"];
refuses(f: InvoiceFacts, action, "CREDITED") if f.state = "credited" and action in ["PAY_INVOICE", "CREDIT_INVOICE"];
refuses(f: InvoiceFacts, action, "VOIDED")   if f.state = "void" and action in ["PAY_INVOICE", "CREDIT_INVOICE"];
refuses(f: InvoiceFacts, "PAY_INVOICE", "PAID")          if f.state = "paid";
refuses(f: InvoiceFacts, "CREDIT_INVOICE", "NOT_ISSUED") if f.state = "draft";
refuses(f: IntegrationTokenFacts, "REVOKE_TOKEN", "REVOKED") if f.not_revoked = false;
