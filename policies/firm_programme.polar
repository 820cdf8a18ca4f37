# The partner programme: a firm's application, and its account (M1, M2). All rules here are about the firm itself.

fact(_, "programme", f: Firm, f.programme_state);
fact(v, "tried",     f: Firm, true) if f.trial_ends_at <= v.now;
fact(_, "paid",      f: Firm, true) if f.subscription_paid = true and f.subscription_paid_until = nil;
fact(v, "paid",      f: Firm, true) if f.subscription_paid = true and f.subscription_paid_until != nil and f.subscription_paid_until > v.now;
fact(v: PlatformViewer, "insider", f: Firm, true) if works_in(v, f);
fact(_, "fitting",   f: Firm, true) if f.business_kind in ["agency", "advisory", "external_cfo"];

# The application is visible to the firm's admins, to the reviewer while it waits, and to the platform (H10–H15).
see(f: FirmFacts, "application") if f.side = "firm" and f.is_own_org and f.role = "admin";
see(f: FirmFacts, "application") if f.side = "platform" and f.role = "reviewer" and applies(f);
see(f: FirmFacts, "application") if platform(f);

status(f: FirmFacts, "DRAFT")           if f.programme = "draft";
status(f: FirmFacts, "SUBMITTED")       if f.programme = "submitted";
status(f: FirmFacts, "WEBINAR_WATCHED") if f.programme = "webinar_watched";
status(f: FirmFacts, "AGREED")          if f.programme = "agreed";
status(f: FirmFacts, "APPROVED")        if f.programme = "approved";
status(f: FirmFacts, "REJECTED")        if f.programme = "rejected";
status(f: FirmFacts, "SUSPENDED")       if f.programme = "suspended";

# The preconditions of an approval. They are shown, but do not prevent an application (M2).
met(_: FirmFacts, "ACCOUNT_TYPE");                            # H12: only advisory accounts sign up here
met(f: FirmFacts, "SUBSCRIPTION_PAID") if f.paid;             # H13
met(f: FirmFacts, "BUSINESS_KIND")     if f.fitting;          # H14

# The account can be activated after the end of the trial, and not before (V19, D9).
may(f: FirmFacts, "ACTIVATE_FIRM_ACCOUNT")    if runs(f) and f.account = "trial" and f.tried;
may(f: FirmFacts, "SUBMIT_PARTNER_APPLICATION")  if acts(f) and f.programme in ["draft", "rejected"];        # H10
may(f: FirmFacts, "WEBINAR_WATCHED")     if acts(f) and f.programme = "submitted";                   # P13
may(f: FirmFacts, "ACCEPT_AGREEMENT")    if acts(f) and f.programme = "webinar_watched";             # P13
may(f: FirmFacts, "DECIDE_APPLICATION")  if reviews(f) and f.insider = false and is_running(f) and f.programme = "agreed";
decision(f: FirmFacts, "REJECT")  if may(f, "DECIDE_APPLICATION");
decision(f: FirmFacts, "APPROVE") if may(f, "DECIDE_APPLICATION") and f.paid and f.fitting;  # H12–H15
may(f: FirmFacts, "SUSPEND_FIRM")             if platform(f) and f.insider = false and is_running(f) and f.programme = "approved";                # D10
may(f: FirmFacts, "REINSTATE_FIRM")           if platform(f) and f.insider = false and is_running(f) and f.programme = "suspended";
runs(f)    if f.side = "firm" and f.role = "admin" and f.is_own_org;
acts(f)    if runs(f) and is_running(f);
reviews(f) if f.side = "platform" and f.role = "reviewer";

# The platform reports whether a firm has paid for its own subscription (H13). A lapse after approval has no effect by itself: it is
# shown, and the platform may suspend the firm (D10).
may(f: FirmFacts, "REPORT_SUBSCRIPTION") if platform(f) and f.insider = false and is_running(f);
may(f: FirmFacts, "REPORT_SUBSCRIPTION") if billing(f) and is_running(f);
subscribes(f) if platform(f);
subscribes(f) if billing(f);
subscribes(f) if runs(f);
see(f: FirmFacts, "subscription") if subscribes(f);
lapsed(f: FirmFacts) if subscribes(f) and is_running(f) and f.programme in ["approved", "suspended"] and f.paid = false;
subscription(f: FirmFacts, "PAID")   if f.paid;
subscription(f: FirmFacts, "LAPSED") if lapsed(f);

# The recipients of mails are the firm's admins. They get the agreement only after they have watched the webinar (P11, P13).
notify(f: FirmFacts, "WEBINAR")   if acts(f) and f.programme = "submitted";
notify(f: FirmFacts, "AGREEMENT") if acts(f) and f.programme = "webinar_watched";
# They get a mail about the decision while it is in force (M2), and about a suspension and its end (D68).
notify(f: FirmFacts, "APPLICATION_APPROVED") if acts(f) and f.programme = "approved";   # H15
notify(f: FirmFacts, "APPLICATION_REJECTED") if acts(f) and f.programme = "rejected";
notify(f: FirmFacts, "FIRM_SUSPENDED")       if acts(f) and f.programme = "suspended";  # D10
notify(f: FirmFacts, "FIRM_REINSTATED")      if acts(f) and f.programme = "approved";

grounds("Firm", "application",   ["H10", "H12", "H13", "H14", "H15"]);
grounds("Firm", "viewerActions", ["D57", "H15"]);
