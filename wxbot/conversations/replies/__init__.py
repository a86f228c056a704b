"""What colleagues write: drafts, checks, the meter of rights, sending, and the other ways."""
