# Accounts: people and their own data (D49, D52).

# A person sees their own data.
fact(v: FirmViewer,     "self", u: User, true) if u.id = v.user_id;
fact(v: ClientViewer,   "self", u: User, true) if u.id = v.user_id;
fact(v: PlatformViewer, "self", u: User, true) if u.id = v.user_id;
fact(v: Memberless,     "self", u: User, true) if u.id = v.user_id;
read(f: UserFacts) if f.self;
# The platform has no row: its administrators create its tokens on their own user (D26, D41).
may(f: UserFacts, "CREATE_TOKEN") if platform(f) and f.self;
see(f: UserFacts, field) if read(f) and field in ["id", "name", "email", "locale"];
# The platform's people get a mail about new reviews. The rules of the decisions determine how many of them are theirs (H15, H20, P34).
notify(f: UserFacts, "REVIEWS_WAITING") if f.side = "platform" and f.self;
# Every person can change their own password and language, and the organisation that they act for by default (V34, D52, D71).
may(f: UserFacts, action) if f.self and action in ["CHANGE_PASSWORD", "SET_LOCALE", "SET_DEFAULT_ORGANISATION"];

grounds("User", "id",     ["V30", "D49"]);
grounds("User", "name",   ["V29", "D49"]);
grounds("User", "email",  ["V30", "D49"]);
grounds("User", "locale", ["D52"]);
# The pages of the portal that the viewer's role has now: a frontend compares no role (H2, P38, V8).
# The account of a firm that is closed has none (D61).
page(f: FirmFacts, page) if works_at(f) and f.role in ["admin", "bookkeeper"] and page in ["CLIENTS", "INVOICES", "AUDIT"];
page(f: FirmFacts, page) if works_at(f) and f.role = "admin" and page in ["REQUESTS", "INVITATIONS", "CONVERSATIONS", "PROFILE", "PROGRAMME", "TOKENS"];
page(f: FirmFacts, "STAFF") if works_at(f);
works_at(f) if f.side = "firm" and f.is_own_org and f.account in ["trial", "active"];
# A member of a company sees the company, its people and its firms; the rest is for its owner and administrators.
page(f: ClientFacts, page) if f.side = "client" and page in ["COMPANY", "FIRMS", "MEMBERS"];
page(f: ClientFacts, page) if is_client_admin(f) and page in ["CONVERSATIONS", "INVOICES", "TOKENS", "AUDIT"];
# The platform has no row: its pages are on the user's own (D41).
page(f: UserFacts, page) if f.side = "platform" and f.self and page in ["FIRMS", "REVIEWS"];
page(f: UserFacts, page) if f.side = "platform" and f.self and f.role = "admin" and page in ["CLIENTS", "INVOICES", "TOKENS", "AUDIT"];
