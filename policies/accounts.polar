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
# Every person can change their own password and language (V34, D52).
may(f: UserFacts, action) if f.self and action in ["CHANGE_PASSWORD", "SET_LOCALE"];

grounds("User", "id",     ["V30", "D49"]);
grounds("User", "name",   ["V29", "D49"]);
grounds("User", "email",  ["V30", "D49"]);
grounds("User", "locale", ["D52"]);
