"""GraphQL over HTTP: the caller, limits, execution, status and headers. Contains no domain objects and no policy."""

from gateway.http.endpoint import Context, GraphQLEndpoint, graphql_endpoint
from gateway.http.in_flight import Flight
from gateway.http.middleware import request_middleware

__all__ = ["Context", "Flight", "GraphQLEndpoint", "graphql_endpoint", "request_middleware"]
