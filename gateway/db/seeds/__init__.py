"""Worlds to look at: the small one of the demo and the tests, and a large one for measuring."""
