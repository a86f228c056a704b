"""The collections behind it."""
