"""GraphQL over HTTP: who asks, limits, execution, status and headers. Knows no noun of the domain and no policy."""

from gateway.http.endpoint import Context, GraphQLEndpoint, Identity, graphql_endpoint

__all__ = ["Context", "GraphQLEndpoint", "Identity", "graphql_endpoint"]
