"""The platform's calls by topic: one class each over a `Transport`; all raise PlatformError."""
