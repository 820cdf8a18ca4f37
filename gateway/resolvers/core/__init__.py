"""What resolvers of several nouns share."""
