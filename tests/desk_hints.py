"""What an open page of the desk makes of a hint, as static/desk_live.js does: for consoles without a browser."""

from collections.abc import Mapping
from typing import Any


def changes_list(told: Mapping[str, Any], account_id: str, shown: str) -> bool:
    """Whether the page of that colleague, with that list before their eyes, reads its left column again."""
    if told["change"] in {"presence", "reset"}:
        return True
    if told["change"] != "episode":
        return False
    return bool(told["moved"]) or told["owner"] in {"", account_id} or shown == "all"
