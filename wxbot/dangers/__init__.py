"""Danger signs that patients write of: the follow-up that cannot wait, and who among staff is told at once."""
