# What a firm says of itself: written and submitted by its admins, reviewed before it is published (M3, H15–H21).

fact(_, "state",    p: FirmProfile, p.state);
fact(_, "approved", p: FirmProfile, true) if p.firm.programme_state = "approved" and p.firm.account_state in ["trial", "active"];
fact(v: FirmViewer,     "is_own_org",     p: FirmProfile, true) if p.firm_id = v.firm_id;
fact(v: PlatformViewer, "insider", p: FirmProfile, true) if works_in(v, p.firm);

# The published profile of a firm in the programme is public, and nothing else of it (H8, H20, D40, D68) …
read(f: FirmProfileFacts) if f.state = "published" and f.approved and f.side in ["firm", "client", "platform", "nobody"];
# … what is not is for the firm's admins and for those who review it (H20, H21, D11).
read(f: FirmProfileFacts) if minds(f);
minds(f) if runs(f);
minds(f) if reviews(f);
minds(f) if platform(f);
see(f: FirmProfileFacts, field) if read(f) and field in ["id", "displayName", "description", "specialties", "location", "languages", "website", "viewerActions"];
see(f: FirmProfileFacts, field) if minds(f) and field in ["state", "revision", "comment"];
hidden_because(_: FirmProfileFacts, _, "ROLE");

# What is published is listed: in the public directory for all, in the marketplace for clients' people (H8). A change that
# waits for its review is in the reviewers' queue alone, and takes nothing off a list meanwhile (H20, H21, D11, L18).
listed(f: FirmProfileFacts)   if f.state = "published" and f.approved;
marketed(f: FirmProfileFacts) if f.side = "client";
waiting(f: FirmProfileFacts)  if f.side = "platform" and f.state = "in_review";

# Only firms in the programme use a profile (H15, M2), and only their admins (§4.7).
# While a revision is in review there is none to write (H20).
fact(_, "in_review", f: Firm, true) if p in f.profiles and p.state = "in_review";
may(f: FirmFacts, "SAVE_PROFILE_DRAFT")      if acts(f) and f.programme = "approved" and f.in_review = false;
may(f: FirmProfileFacts, "SAVE_PROFILE_DRAFT")      if runs(f) and f.approved and f.state in ["draft", "changes_requested"];
may(f: FirmProfileFacts, "SUBMIT_PROFILE")          if runs(f) and f.approved and f.state = "draft";
may(f: FirmProfileFacts, "WITHDRAW_PROFILE")        if runs(f) and f.approved and f.state = "published";
may(f: FirmProfileFacts, "DECIDE_PROFILE_REVISION") if reviews(f) and f.insider = false and f.state = "in_review";
decision(f: FirmProfileFacts, "REQUEST_CHANGES") if may(f, "DECIDE_PROFILE_REVISION");
decision(f: FirmProfileFacts, "PUBLISH")         if may(f, "DECIDE_PROFILE_REVISION") and f.approved;

# The firm's admins are told of the decision by mail: that it is published only while it is listed (H20, H21, D68).
notify(f: FirmProfileFacts, "PROFILE_PUBLISHED")         if runs(f) and f.state = "published" and f.approved;
notify(f: FirmProfileFacts, "PROFILE_CHANGES_REQUESTED") if runs(f) and f.state = "changes_requested";

# A firm's revisions, the published one among them: the rows are judged one by one.
see(f: FirmFacts, "profileRevisions") if runs(f);
see(f: FirmFacts, "profileRevisions") if read(f) and f.side = "platform";

grounds("Firm", "profileRevisions", ["H20", "H21", "D11"]);

grounds("FirmProfile", "id",            ["H8", "H16", "H20"]);
grounds("FirmProfile", "displayName",   ["H8", "H16", "H20"]);
grounds("FirmProfile", "description",   ["H16", "H18"]);
grounds("FirmProfile", "specialties",   ["H16", "H18"]);
grounds("FirmProfile", "location",      ["H16", "H18"]);
grounds("FirmProfile", "languages",     ["H16", "H18"]);
grounds("FirmProfile", "website",       ["H16", "H18"]);
grounds("FirmProfile", "state",         ["H20", "H21", "D11"]);
grounds("FirmProfile", "revision",      ["H21", "D11"]);
grounds("FirmProfile", "comment",       ["H20", "H21", "D11"]);
grounds("FirmProfile", "viewerActions", ["H17", "H19", "H20", "D57"]);
