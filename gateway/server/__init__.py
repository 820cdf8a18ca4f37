"""The HTTP server: one process or several on one port."""
