"""Messages to patients: whether and when each may be sent, by which channel, and what became of it."""
