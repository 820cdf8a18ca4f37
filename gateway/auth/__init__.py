"""Who is asking. It authenticates, and never authorizes."""
