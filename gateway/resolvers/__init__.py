"""How what callers see is got or changed: one module per noun, the same names as in `schema/`."""
