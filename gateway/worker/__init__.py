"""Background work: the mail queue, expired grants and requests, reminders, clean-up."""
