# Invitations of companies: what a firm sent, for its admins alone (D66). Nothing here depends on whether a company was
# found behind the address: until it has accepted, only what the firm typed and did is known to it (D42, L18).

fact(v: FirmViewer, "is_own_org",      i: ClientInvitation, true) if i.collaboration.firm_id = v.firm_id;
fact(_,             "state",    i: ClientInvitation, i.collaboration.state);
fact(v: FirmViewer, "rested",   i: ClientInvitation, true) if i.invited_at <= v.day_ago;
fact(v,             "current",  i: ClientInvitation, true) if i.expires_at > v.now;
fact(_,             "approved", i: ClientInvitation, true) if i.collaboration.firm.programme_state = "approved";

read(f: ClientInvitationFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org;
see(f: ClientInvitationFacts, field) if read(f) and field in ["id", "email", "companyName", "country", "state", "sentAt", "expiresAt", "requestedLevel", "message", "discountOffer", "collaboration", "viewerActions"];

# Its state is the collaboration's: the state of the offer itself also says whether the company was on the product (D30).
status(f: ClientInvitationFacts, "OPEN")     if f.state = "invited" and f.current;
status(f: ClientInvitationFacts, "EXPIRED")  if f.state = "invited" and f.current = false;
status(f: ClientInvitationFacts, "EXPIRED")  if f.state = "expired";
status(f: ClientInvitationFacts, "ACCEPTED") if f.state in ["pending", "active", "ended"];
status(f: ClientInvitationFacts, "DECLINED") if f.state in ["declined", "blocked"];
status(f: ClientInvitationFacts, "VOID")     if f.state = "withdrawn";

# As of its collaboration (P14, M5): sent again by a firm in the programme (P65), a day after the last mail (D63).
is_sent_again(f) if f.state = "invited" and f.approved and f.rested;
may(f: ClientInvitationFacts, "RESEND_CLIENT_INVITATION") if read(f) and is_sent_again(f);
may(f: ClientInvitationFacts, "WITHDRAW_COLLABORATION")   if read(f) and f.state in ["invited", "pending"];

# Its admins are told by mail that it was declined, by whomever (D42, L18), or that nobody answered it (M5).
notify(f: ClientInvitationFacts, "COLLABORATION_DECLINED") if read(f) and f.state = "declined";
notify(f: ClientInvitationFacts, "COLLABORATION_EXPIRED")  if read(f) and f.state = "expired";

grounds("ClientInvitation", "id",             ["D66"]);
grounds("ClientInvitation", "email",          ["D66", "D42"]);
grounds("ClientInvitation", "companyName",    ["D66", "D42"]);
grounds("ClientInvitation", "country",        ["P14", "D42"]);
grounds("ClientInvitation", "state",          ["D66", "L18"]);
grounds("ClientInvitation", "sentAt",         ["D66"]);
grounds("ClientInvitation", "expiresAt",      ["D66"]);
grounds("ClientInvitation", "requestedLevel", ["V5", "D42"]);
grounds("ClientInvitation", "message",        ["V5", "D42"]);
grounds("ClientInvitation", "discountOffer",  ["P5", "D30"]);
grounds("ClientInvitation", "collaboration",  ["D66", "D42"]);
grounds("ClientInvitation", "viewerActions",  ["D66", "D57"]);
