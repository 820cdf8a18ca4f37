"""The demo: a small world, its stand-in for the product and its mailbox."""
