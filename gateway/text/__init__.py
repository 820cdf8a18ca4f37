"""Text that people write: what is accepted, its normal form, and the keys by which it is compared, sorted and searched.

Every comparison, sort key and search key is computed here, in Python, and stored in a column. SQL never folds text: its
`lower()` depends on the locale of the database.
"""
