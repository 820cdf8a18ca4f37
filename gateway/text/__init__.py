"""Checks and normal forms of text that people write, and its keys for comparison, sorting and search.

Every comparison, sort key and search key is computed here, in Python, and stored in a column. SQL never folds text,
because `lower()` depends on the locale of the database.
"""
