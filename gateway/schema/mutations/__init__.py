"""What can be changed: one module per capability, with its payloads. `gateway.schema.root.Mutation` is made of them."""
