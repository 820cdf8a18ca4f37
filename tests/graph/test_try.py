import json
CASES=[("ben","Client","C2","wallet"),("ben","Client","C2","plan"),("ben","Client","C2","companyNumber"),("ben","Client","C2","contactEmail"),("ada","Client","C2","wallet"),
("ada","Client","C1","wallet"),("ada","Client","C1","pendingActivities(OUTLAYS)"),("bo","Client","C3","pendingActivities(JOURNAL)"),("bo","Client","C3","pendingActivities(INBOX)"),
("ada","Client","C5","kpis"),("ada","Client","C5","wallet"),("ada","Client","C5","plan"),("hedda@F","Client","C5","pendingActivities(RECEIPTS)"),("ada","Client","C7","wallet"),("ada","Client","C8","plan"),
("ben","Client","C2","pendingActivities(WALLET)"),("ben","Client","C2","pendingActivities(RECEIPTS)"),
("emil","Client","C1","wallet"),("emil","Client","C1","invoices"),("pia","Client","C1","wallet"),("billing","Client","C1","plan"),("cora","Client","C1","collaboration"),
("ada","Collaboration","F-C4","level"),("ada","Collaboration","F-C4","client"),("ada","Collaboration","F-C4","endReason"),("ada","Collaboration","F-C1","invitedEmail"),("ben","Collaboration","F-C1","billingModePeriods"),("ben","Collaboration","F-C1","requestedLevel"),
("ada","Collaboration","F-C7","level"),("ada","Collaboration","F-C7","billingModePeriods"),("emil","Collaboration","F-C1","level"),("elena","Collaboration","F-C4","endReason"),
("ada","Invoice","C4#2","client"),("ada","Invoice","C3#5","client"),("ben","Firm","F","cashbackRate"),("finn","Firm","F","clientCount"),("cora","Firm","F","accountState"),
("cora","FirmMember","F/ben","email"),("ben","FirmMember","F/bo","email"),
("ada","KpiSnapshot","C1","count")]
async def test_x(ask):
    for who,t,h,f in CASES:
        a = await ask(who, "query($id:ID!,$f:String!){whyHidden(id:$id,field:$f){visible reason statements openings{fact value}}}", id=ask.id(t,h),f=f)
        print(who,t,h,f,"=>", json.dumps((a.data or {}).get("whyHidden")), a.codes)
