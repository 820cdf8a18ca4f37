"""The GraphQL schema: object types, inputs and enums, in one package per subject. `schema.graphql` is printed from here."""
