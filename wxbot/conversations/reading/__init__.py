"""What the desk shows: lists, threads, notes, search, and the feed of what changed."""
