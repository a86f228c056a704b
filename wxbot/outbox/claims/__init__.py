"""Taking messages that are due, one per contact at a time, and giving them back."""
