"""Query and mutation resolvers: one package for each domain type, with the same name as in `schema/`."""
