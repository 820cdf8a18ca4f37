# Conversations of a client and a firm, before and after a request (H31, H35, D58).

fact(v: FirmViewer,   "is_own_org", c: Conversation, true) if c.firm_id = v.firm_id;
fact(v: ClientViewer, "is_own_org", c: Conversation, true) if c.client_id = v.client_id;
fact(v: FirmViewer,   name,  c: Conversation, value) if name in ["collaboration_state", "origin"] and tie(v, name, c.client, value);
fact(v: ClientViewer, "collaboration_state", c: Conversation, k.state) if k in c.firm.collaborations and k.client_id = c.client_id and k.client_id = v.client_id and k.state in ["pending", "active"];
fact(v: ClientViewer, "invited",  c: Conversation, true) if k in c.firm.collaborations and k.client_id = c.client_id and k.client_id = v.client_id and k.state = "invited";
fact(_: ClientViewer, "rejected", c: Conversation, true) if c.client.state = "rejected";
fact(_, "ended",    c: Conversation, true) if k in c.firm.collaborations and k.client_id = c.client_id and k.state = "ended";
fact(_, "approved", c: Conversation, true) if c.firm.programme_state = "approved" and c.firm.account_state in ["trial", "active"];
fact(_, "blocked",  c: Conversation, true) if c.blocked_at != nil;
fact(_: ClientViewer, "listed", c: Conversation, true) if p in c.firm.profiles and p.state = "published";

# The firm's admins (X-H2) and the client's owner and administrators read them, also after the end of the collaboration (D22).
read(f: ConversationFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org;
read(f: ConversationFacts) if is_client_admin(f);
see(f: ConversationFacts, field) if read(f) and field in ["id", "firmName", "clientName", "firm", "client", "collaboration", "openedAt", "lastMessageAt", "unreadCount", "blockedAt", "viewerActions", "messages"];
# Reading changes nothing for others: it is always permitted, and is not offered as an action.
idle(f: ConversationFacts, "MARK_CONVERSATION_READ") if read(f);

# Messages can be sent before any collaboration and while one is pending or active, but not after its end (D22), and only to and from
# firms in the programme (D10). A firm that has blocked a client cannot write to it either: the client could not answer (X-H2).
goes_on(f) if f.collaboration_state in ["pending", "active"];
goes_on(f) if f.ended = false;
may(f: ConversationFacts, "SEND_MESSAGE")    if read(f) and goes_on(f) and f.approved and f.blocked = false and f.rejected = false;  # H31, D10, D22, D67
may(f: ConversationFacts, "REQUEST_COLLABORATION") if asked_anew(f) and f.listed;     # H32, X-H2, D68
may(f: ConversationFacts, "ADD_FIRM_AS_BOOKKEEPER") if asked_anew(f);                 # P15: with its code if it is not listed
asked_anew(f) if is_client_admin(f) and f.collaboration_state = "none" and f.invited = false and f.approved and f.blocked = false and f.rejected = false;
may(f: ConversationFacts, "BLOCK_CONVERSATION")   if hears(f) and f.collaboration_state = "none" and f.blocked = false;       # X-H2
may(f: ConversationFacts, "BLOCK_CONVERSATION")   if hears(f) and f.collaboration_state = "pending" and f.origin in ["client_added_firm", "marketplace"] and f.blocked = false;
may(f: ConversationFacts, "UNBLOCK_CONVERSATION") if hears(f) and f.blocked;
hears(f) if f.side = "firm" and f.role = "admin" and f.is_own_org;


# The Requests tab: clients' messages before any collaboration, and clients' requests (H34, M6, D58).
asks(f: ConversationFacts) if f.side = "firm" and f.collaboration_state = "none" and f.ended = false and f.blocked = false;
asks(f: ConversationFacts) if f.side = "firm" and f.collaboration_state = "pending" and f.origin = "marketplace" and f.blocked = false;

# Messages: every reader of the conversation reads them, with the name and the side of the author and nothing else of the person (D69).
fact(v: FirmViewer,   "is_own_org",     m: Message, true) if m.conversation.firm_id = v.firm_id;
fact(v: ClientViewer, "is_own_org",     m: Message, true) if m.conversation.client_id = v.client_id;
fact(_: FirmViewer,   "by_own_org",    m: Message, true) if m.side = "firm";
fact(_: ClientViewer, "by_own_org",    m: Message, true) if m.side = "client";
fact(_: FirmViewer,   "blocked", m: Message, true) if m.conversation.blocked_at != nil;
read(f: MessageFacts) if f.side = "firm" and f.role = "admin" and f.is_own_org;
read(f: MessageFacts) if is_client_admin(f);
see(f: MessageFacts, field) if read(f) and field in ["id", "side", "authorName", "body", "sentAt"];

# The other side's people get a mail about it. The rule is evaluated again when the mail is sent (X-H2, L19).
notify(f: MessageFacts, "MESSAGE") if read(f) and f.by_own_org = false and f.blocked = false;

grounds("Conversation", "id",            ["H31", "H35", "D22"]);
grounds("Conversation", "firmName",      ["H31", "D50"]);
grounds("Conversation", "clientName",    ["H31", "D50"]);
grounds("Conversation", "firm",          ["H31", "D40"]);
grounds("Conversation", "client",        ["H31", "H63"]);
grounds("Conversation", "collaboration", ["H31", "H35"]);
grounds("Conversation", "openedAt",      ["H31", "D58"]);
grounds("Conversation", "lastMessageAt", ["H35", "H31"]);
grounds("Conversation", "unreadCount",   ["H35", "H31"]);
grounds("Conversation", "blockedAt",     ["X-H2", "L18"]);
grounds("Conversation", "viewerActions", ["X-H2", "D57"]);
grounds("Conversation", "messages",      ["H31", "H35", "L26"]);

grounds("Message", "id",         ["H31", "H35"]);
grounds("Message", "side",       ["H31", "D50"]);
grounds("Message", "body",       ["H31", "H35", "D22"]);
grounds("Message", "sentAt",     ["H31"]);
grounds("Message", "authorName", ["H35", "D69"]);
