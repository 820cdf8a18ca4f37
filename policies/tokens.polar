# Integration tokens: machines that act for one organisation, or for the platform (D26).

fact(v: FirmViewer,   "is_own_org", t: IntegrationToken, true) if t.firm_id = v.firm_id;
fact(v: ClientViewer, "is_own_org", t: IntegrationToken, true) if t.client_id = v.client_id;
fact(_: PlatformViewer, "is_own_org", t: IntegrationToken, true) if t.firm_id = nil and t.client_id = nil;
fact(_, "not_revoked", t: IntegrationToken, true) if t.revoked_at = nil;

# Only the viewers who can create an organisation's tokens can list them. All others, including the platform, cannot (D41).
read(f: IntegrationTokenFacts) if f.role in ["owner", "admin"] and f.is_own_org;

see(f: IntegrationTokenFacts, field) if read(f) and field in ["id", "name", "scopes", "createdBy", "createdAt", "expiresAt", "lastUsedAt", "revokedAt", "viewerActions"];
disclosed_fact(f: IntegrationTokenFacts, fact) if read(f) and fact in ["is_own_org", "not_revoked"];

may(f: IntegrationTokenFacts, "REVOKE_TOKEN") if read(f) and f.not_revoked;

# The scopes of an organisation's tokens. Only the platform has billing, and no firm reports its clients' pending work (D26).
offers(f: FirmFacts, scope)   if may(f, "CREATE_TOKEN") and scope in ["CLIENTS_READ", "PAYROLL_READ"];
offers(f: ClientFacts, scope) if may(f, "CREATE_TOKEN") and scope in ["CLIENTS_READ", "KPIS_WRITE", "PAYROLL_READ"];
offers(f: UserFacts, scope)   if may(f, "CREATE_TOKEN") and scope in ["KPIS_WRITE", "BILLING_WRITE"];

grounds("IntegrationToken", "id",            ["D26", "D41"]);
grounds("IntegrationToken", "name",          ["D26", "D41"]);
grounds("IntegrationToken", "scopes",        ["D26", "D41"]);
grounds("IntegrationToken", "createdBy",     ["D26", "D41"]);
grounds("IntegrationToken", "createdAt",     ["D26", "D41"]);
grounds("IntegrationToken", "expiresAt",     ["D26", "D41"]);
grounds("IntegrationToken", "lastUsedAt",    ["D26", "D41"]);
grounds("IntegrationToken", "revokedAt",     ["D26", "D41"]);
grounds("IntegrationToken", "viewerActions", ["D26", "D41", "D57"]);
