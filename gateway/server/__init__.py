"""The HTTP server: one process or several behind one port."""
