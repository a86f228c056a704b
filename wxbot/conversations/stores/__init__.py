"""Where the chat desk keeps and reads what it has."""
