"""The documents of shipped clients: manifests, publishing, and what another policy or schema changes for them."""
