"""A GraphQL gateway for partner portals; Polar policies decide every row and every field."""
