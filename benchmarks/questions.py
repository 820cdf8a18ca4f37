"""The main reads of the portal, as its pages ask them."""

from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).resolve().parents[1] / "explorer" / "examples"

DASHBOARD: Final = """
query ($tab: ClientTab, $first: Int) {
  clients(tab: $tab, first: $first) {
    pageInfo { endCursor hasNextPage }
    nodes {
      id name country verificationState visibleFields viewerActions
      collaboration { id collaborationState level billingMode startedAt }
      kpis { kind count amount { amount currency } }
      accountManagers(first: 10) { nodes { id name } }
      invoices(first: 10) { nodes { id number invoiceState total { amount currency } issuedAt } }
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
    nodes { id number clientName invoiceState total { amount currency } client { id } }
  }
}
"""
NODE: Final = "query ($id: ID!) { node(id: $id) { id ... on Client { name } } }"
CLIENT: Final = """
query ($id: ID!) {
  client(id: $id) {
    id name country verificationState companyNumber address plan { tier } wallet { balance { amount } }
    kpis { kind count } accountManagers(first: 10) { nodes { name } }
    members(first: 50) { nodes { name } } collaborations(first: 50) { nodes { id collaborationState } }
    invoices(first: 10) { totalCount nodes { id number lines { description } } }
  }
}
"""

# ---- what the servers are measured by

PORTFOLIO: Final = """
query ($first: Int!) {
  clients(first: $first) {
    nodes {
      id name
      collaboration { level billingMode collaborationState }
      kpis { kind count amount { amount currency } }
      invoices(first: 10) { nodes { id number invoiceState total { amount currency } issuedAt dueAt } }
    }
  }
}
"""
"""The first clients that a bookkeeper is in charge of, with who pays, what is pending and the newest invoices of each."""

ACCOUNT: Final = """
query ($id: ID!) {
  client(id: $id) {
    id name
    collaboration { level billingMode collaborationState }
    kpis { kind count amount { amount currency } }
    invoices(first: 10) { nodes { id number invoiceState total { amount currency } issuedAt dueAt } }
  }
}
"""
"""The same of one client."""

OVERVIEW: Final = """
query ($first: Int!) {
  clients(tab: ALL, first: $first) {
    nodes { id name kpis { kind count amount { amount currency } } }
  }
}
"""
"""The firm's clients by name, with what is pending."""

LEDGER: Final = """
query ($first: Int!) {
  clients(tab: ALL, first: $first) {
    nodes { id name invoices(first: 10) { nodes { id number invoiceState total { amount currency } issuedAt dueAt } } }
  }
}
"""
"""The firm's clients by name, with the newest invoices of each."""

CLIENTS_PAGE: Final = "\n".join(
    line for line in (EXAMPLES / "1-clients-page.graphql").read_text("utf-8").splitlines() if not line.startswith("#")
)
"""The whole Clients page of a portal, as the explorer asks it."""
