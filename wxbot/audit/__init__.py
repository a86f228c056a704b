"""Who did or saw what: an append-only chain of entries per day. Written by every room whose use cases staff call."""
