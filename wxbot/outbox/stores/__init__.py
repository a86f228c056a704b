"""The collections of the outbox: messages, claims, sending rights and receipts."""
