# A firm's invitations of companies, visible only to its admins (D66). Nothing here depends on whether the address belongs to a
# company: until the company has accepted, the firm knows only its own input and actions (D42, L18).

fact(v: FirmViewer, "is_own_org",      i: ClientInvitation, true) if i.collaboration.firm_id = v.firm_id;
fact(_,             "state",    i: ClientInvitation, i.collaboration.state);
fact(v: FirmViewer, "rested",   i: ClientInvitation, true) if i.invited_at <= v.day_ago;
fact(v,             "current",  i: ClientInvitation, true) if i.expires_at > v.now;
fact(_,             "approved", i: ClientInvitation, true) if i.collaboration.firm.programme_state = "approved";

read(f: ClientInvitationFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org;
see(f: ClientInvitationFacts, field) if read(f) and field in ["id", "email", "companyName", "country", "clientInvitationState", "sentAt", "expiresAt", "requestedLevel", "message", "discountOffer", "collaboration", "viewerActions"];

# The status is the collaboration's. The state of the invitation itself would show whether the company was already a client (D30).
status(f: ClientInvitationFacts, "OPEN")     if f.state = "invited" and f.current;
status(f: ClientInvitationFacts, "EXPIRED")  if f.state = "invited" and f.current = false;
status(f: ClientInvitationFacts, "EXPIRED")  if f.state = "expired";
status(f: ClientInvitationFacts, "ACCEPTED") if f.state in ["pending", "active", "ended"];
status(f: ClientInvitationFacts, "DECLINED") if f.state in ["declined", "blocked"];
status(f: ClientInvitationFacts, "VOID")     if f.state = "withdrawn";

# The same actions as on its collaboration (P14, M5): a firm in the programme can resend it (P65), a day after the last mail (D63).
is_sent_again(f) if f.state = "invited" and f.approved and f.rested;
may(f: ClientInvitationFacts, "RESEND_CLIENT_INVITATION") if read(f) and is_sent_again(f);
may(f: ClientInvitationFacts, "WITHDRAW_COLLABORATION")   if read(f) and f.state in ["invited", "pending"];

# The firm's admins get a mail that it was declined, without the name of the company (D42, L18), or that it was not answered (M5).
notify(f: ClientInvitationFacts, "COLLABORATION_DECLINED") if read(f) and f.state = "declined";
notify(f: ClientInvitationFacts, "COLLABORATION_EXPIRED")  if read(f) and f.state = "expired";

grounds("ClientInvitation", "id",             ["D66"]);
grounds("ClientInvitation", "email",          ["D66", "D42"]);
grounds("ClientInvitation", "companyName",    ["D66", "D42"]);
grounds("ClientInvitation", "country",        ["P14", "D42"]);
grounds("ClientInvitation", "clientInvitationState", ["D66", "L18"]);
grounds("ClientInvitation", "sentAt",         ["D66"]);
grounds("ClientInvitation", "expiresAt",      ["D66"]);
grounds("ClientInvitation", "requestedLevel", ["V5", "D42"]);
grounds("ClientInvitation", "message",        ["V5", "D42"]);
grounds("ClientInvitation", "discountOffer",  ["P5", "D30"]);
grounds("ClientInvitation", "collaboration",  ["D66", "D42"]);
grounds("ClientInvitation", "viewerActions",  ["D66", "D57"]);
