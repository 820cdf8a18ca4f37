"""Helpers that the resolvers of several domain types share."""
