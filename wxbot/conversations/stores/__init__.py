"""Where the chat desk keeps its things."""
