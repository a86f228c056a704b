"""What must not be forgotten: the ladder of a wait, promises with their hour, silence, and who is told."""
