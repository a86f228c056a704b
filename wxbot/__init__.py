"""The clinic's WeChat service: rooms inside, edges outside. Read docs/architecture.md first."""
