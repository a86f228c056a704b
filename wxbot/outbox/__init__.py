"""The one door out: every message to a patient, why it may leave, by which channel, and what became of it."""
