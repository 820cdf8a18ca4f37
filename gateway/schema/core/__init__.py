"""What the types of several nouns share."""
