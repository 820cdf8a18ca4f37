"""One GraphQL schema for partner portals; Polar decides every row and every field."""
