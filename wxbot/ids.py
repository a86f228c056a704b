"""Identifiers. They start with the time, so new documents land together in an index."""

from datetime import datetime
from secrets import token_hex


def new_id(now: datetime) -> str:
    """A fresh identifier: 11 hex digits of milliseconds since 1970, then 48 random bits."""
    return f"{int(now.timestamp() * 1000):011x}{token_hex(6)}"
