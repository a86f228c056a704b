"""Merges of duplicates, kept with both originals. Entered by the room itself."""
