"""The main reads of the portal, as its pages ask them."""

from typing import Final

DASHBOARD: Final = """
query ($tab: ClientTab, $first: Int) {
  clients(tab: $tab, first: $first) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name country state visibleFields viewerActions
      collaboration { id state level billingMode startedAt }
      kpis { kind count amount { amount currency } }
      accountManagers { id name }
      invoices(first: 10) { nodes { id number state total { amount currency } issuedAt } }
    }
  }
}
"""
LIST: Final = """
query ($tab: ClientTab, $search: String, $missing: Boolean, $first: Int, $after: String, $last: Int) {
  clients(tab: $tab, search: $search, onlyMissingReceipts: $missing, first: $first, after: $after, last: $last) {
    pageInfo { endCursor hasNextPage }
    nodes { id name }
  }
}
"""
TABS: Final = "{ clientTabs { tab totalCount } }"
COUNT: Final = "query ($tab: ClientTab) { clients(tab: $tab, first: 1) { totalCount } }"
INVOICES: Final = """
query ($client: ID, $states: [InvoiceState!], $first: Int) {
  invoices(client: $client, states: $states, first: $first) {
    nodes { id number clientName state total { amount currency } client { id } }
  }
}
"""
NODE: Final = "query ($id: ID!) { node(id: $id) { id ... on Client { name } } }"
CLIENT: Final = """
query ($id: ID!) {
  client(id: $id) {
    id name country state companyNumber address plan { tier } wallet { balance { amount } }
    kpis { kind count } accountManagers { name } members { name } collaborations { id state }
    invoices(first: 10) { totalCount nodes { id number lines { description } } }
  }
}
"""
