"""Seed data: the small world of the demo and the tests, and a large world for benchmarks."""
