"""Commands by topic; wxbot/cli.py puts them together. No logic: arguments, one use case, the answer."""
