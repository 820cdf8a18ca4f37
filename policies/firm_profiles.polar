# Profiles of firms: the firm's admins write and submit them, and a reviewer reviews them before publication (M3, H15–H21).

fact(_, "state",    p: FirmProfile, p.state);
fact(_, "approved", p: FirmProfile, true) if p.firm.programme_state = "approved" and p.firm.account_state in ["trial", "active"];
fact(v: FirmViewer,     "is_own_org",     p: FirmProfile, true) if p.firm_id = v.firm_id;
fact(v: PlatformViewer, "insider", p: FirmProfile, true) if works_in(v, p.firm);

# Only the published profile of a firm in the programme is public (H8, H20, D40, D68) …
read(f: FirmProfileFacts) if f.state = "published" and f.approved and f.side in ["firm", "client", "platform", "nobody"];
# … all other revisions are visible to the firm's admins, the reviewers and the platform (H20, H21, D11).
read(f: FirmProfileFacts) if minds(f);
minds(f) if runs(f);
minds(f) if reviews(f);
minds(f) if platform(f);
see(f: FirmProfileFacts, field) if read(f) and field in ["id", "displayName", "description", "specialties", "location", "languages", "website", "viewerActions"];
see(f: FirmProfileFacts, field) if minds(f) and field in ["profileState", "revision", "comment"];
hidden_because(_: FirmProfileFacts, _, "ROLE");

# A published profile is listed in the public directory for all, and in the marketplace for clients' people (H8). A revision in
# review is only in the reviewers' queue, and the published one stays listed meanwhile (H20, H21, D11, L18).
listed(f: FirmProfileFacts)   if f.state = "published" and f.approved;
marketed(f: FirmProfileFacts) if f.side = "client";
waiting(f: FirmProfileFacts)  if f.side = "platform" and f.state = "in_review";

# Only firms in the programme use a profile (H15, M2), and only their admins (§4.7).
# While a revision is in review, no other can be written (H20).
fact(_, "in_review", f: Firm, true) if p in f.profiles and p.state = "in_review";
may(f: FirmFacts, "SAVE_PROFILE_DRAFT")      if acts(f) and f.programme = "approved" and f.in_review = false;
may(f: FirmProfileFacts, "SAVE_PROFILE_DRAFT")      if runs(f) and f.approved and f.state in ["draft", "changes_requested"];
may(f: FirmProfileFacts, "SUBMIT_PROFILE")          if runs(f) and f.approved and f.state = "draft";
may(f: FirmProfileFacts, "WITHDRAW_PROFILE")        if runs(f) and f.approved and f.state = "published";
may(f: FirmProfileFacts, "DECIDE_PROFILE_REVISION") if reviews(f) and f.insider = false and f.state = "in_review";
decision(f: FirmProfileFacts, "REQUEST_CHANGES") if may(f, "DECIDE_PROFILE_REVISION");
decision(f: FirmProfileFacts, "PUBLISH")         if may(f, "DECIDE_PROFILE_REVISION") and f.approved;

# The firm's admins get a mail about the decision, about a publication only while the profile is listed (H20, H21, D68).
notify(f: FirmProfileFacts, "PROFILE_PUBLISHED")         if runs(f) and f.state = "published" and f.approved;
notify(f: FirmProfileFacts, "PROFILE_CHANGES_REQUESTED") if runs(f) and f.state = "changes_requested";

# A firm's revisions, including the published one. The rules above apply to each row.
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
grounds("FirmProfile", "profileState",  ["H20", "H21", "D11"]);
grounds("FirmProfile", "revision",      ["H21", "D11"]);
grounds("FirmProfile", "comment",       ["H20", "H21", "D11"]);
grounds("FirmProfile", "viewerActions", ["H17", "H19", "H20", "D57"]);
