"""The recipes of `docs/contributing.md`, each followed in a copy of the project."""
