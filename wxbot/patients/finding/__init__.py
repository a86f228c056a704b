"""Finding patients: the search box, lists by filter, portions for a push. Read-only; entered by the room itself."""
