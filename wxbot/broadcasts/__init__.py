"""Care broadcasts: staff choose people and a wording, somebody else approves, and the outbox sends them at a pace."""
