"""The collections of the chat desk."""
