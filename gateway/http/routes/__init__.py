"""Routes besides the GraphQL endpoint."""
