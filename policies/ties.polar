# The relation of a viewer to a client. Every type with a client uses these rules, so that there is one definition.
# The heads are not typed on the row: the same rules apply to a client and to the client of a KPI or an invoice.

# The firm's pending or active collaboration with the client (M6, D42): there is at most one.
current(v, c, k) if k in c.collaborations and k.firm_id = v.firm_id and k.state in ["pending", "active"];

# A grant that was not revoked and has not expired (P8, V6, H38).
in_force(v, g) if g.revoked_at = nil and g.expires_at > v.now;

# The grant in effect: the collaboration is active, the firm is in the programme (D10, D46), and the grant is in force.
granted(v, c, g) if current(v, c, k) and k.state = "active" and k.firm.programme_state = "approved" and g in k.grants and in_force(v, g);

tie(v, "collaboration_state", c, k.state)       if current(v, c, k);
tie(v, "origin",   c, k.origin)      if current(v, c, k);
tie(v, "approved", c, true)          if current(v, c, k) and k.firm.programme_state = "approved";      # D10
tie(v, "order_name", c, k.client_name_key) if current(v, c, k);
tie(v, "level",    c, g.level)       if granted(v, c, g);                                         # V6, D46
tie(v, "shared",   c, g.shared_kpis) if granted(v, c, g);                                         # H59
tie(v, "repeated", c, true)          if current(v, c, k) and repeats(v, k);                             # D64
tie(v, "assigned", c, true)          if a in c.assignments and a.member_id = v.member_id and a.ended_at = nil;  # H49, P40
tie(_, "sections", c, c.plan.sections);                                                           # H56

# The sections that LIMITED opens: a closed list (V10, V11, V12, V13, D24).
limited(section) if section in ["EMPLOYEES", "SALARIES", "PAYROLL_BASIS", "RECEIPTS", "OUTLAYS"];

# FULL opens everything (V9), LIMITED the closed list.
reaches(f, _) if f.level = "full";
reaches(f, section) if f.level = "limited" and limited(section);

# FULL was requested less than a day ago (D64).
repeats(v, k) if k.last_requested_level = "full" and k.request_repeats_at != nil and k.request_repeats_at > v.now;

# A firm's admin works for every client of the firm, a bookkeeper for the assigned clients (P36, P40, H49). Staff work for none (H22).
serves_client(f) if f.side = "firm" and is_in_charge(f);
is_in_charge(f) if f.role = "admin";
is_in_charge(f) if f.role = "bookkeeper" and f.assigned;

# A firm's token has the present access of its creator: level and assignment apply to it as to them (D26, D41).
token_serves(f) if f.side = "firm_token" and is_in_charge(f);

# The level and the plan together determine a firm's access to a client's content (H56).
can_open(f, section) if serves_client(f) and within_access(f, section);
within_access(f, section) if reaches(f, section) and section in f.sections;

# A person of the platform who is also a member of a firm, suspended or not, or of a company (M3). An invitation is not a membership.
works_in(v, firm)     if m in firm.members and m.user_id = v.user_id and m.state in ["active", "suspended"];
belongs_to(v, client) if m in client.members and m.user_id = v.user_id and m.state = "active";

# The client's owner and administrators act for the company (V8). The platform's administrators run the platform (D5).
is_client_admin(f)  if f.side = "client" and f.role in ["owner", "admin"] and f.is_own_org;
platform(f) if f.side = "platform" and f.role = "admin";
billing(f)  if f.side = "system" and f.role = "admin";

# An ended collaboration is never reopened, so no change can open a field that is hidden for ENDED (M6).
lasting("ENDED");

# What each reason for a hidden field rests on (D39).
grounds("FieldReason", "ENDED",      ["H63", "D39"]);
grounds("FieldReason", "ROLE",       ["P30", "H22", "D39"]);
grounds("FieldReason", "LEVEL",      ["V6", "V9", "V13", "H38", "D39"]);
grounds("FieldReason", "PLAN",       ["H56", "D39"]);
grounds("FieldReason", "NOT_SHARED", ["H59", "D39", "D45"]);
