"""What callers see: types, inputs, enums; one module per noun. `schema.graphql` is printed from here."""
