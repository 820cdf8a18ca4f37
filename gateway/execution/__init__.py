"""The breadth-first GraphQL executor, and the denied fields of one request."""
