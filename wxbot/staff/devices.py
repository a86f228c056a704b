"""Browsers that somebody has signed in from before, told by a signed value in a cookie of theirs.

The value is `<nonce>.<seconds>.<signature>`; nothing of it is kept. The signature covers login, the account's count of
such resets, nonce and moment, so it is good for one login only, for half a year, and until the password is changed or
reset.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from wxbot.staff.models import Account

LIFETIME = timedelta(days=180)
NONCE_BYTES = 12
_PURPOSE = b"known-device"  # the same key signs other things too; a signature is good for one purpose only
_LONGEST = 200  # characters


class Devices:
    """Issues and recognises them. `secret` is the installation's signing key."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, _PURPOSE, "sha256")

    def issue(self, account: Account, now: datetime) -> str:
        """A new value for a browser in which `account` has just signed in."""
        nonce, at = secrets.token_hex(NONCE_BYTES), str(int(now.timestamp()))
        return f"{nonce}.{at}.{self._signature(account, nonce, at)}"

    def recognise(self, value: str, account: Account | None, now: datetime) -> str:
        """The device's own name when the value is good for that account; else the empty text."""
        nonce, _, rest = value[:_LONGEST].partition(".")
        at, _, signature = rest.partition(".")
        if account is None or not (nonce and at.isascii() and at.isdigit() and len(at) <= 11):  # noqa: PLR2004 - seconds
            return ""
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), self._signature(account, nonce, at).encode()):
            return ""
        age = now - datetime.fromtimestamp(int(at), UTC)
        return nonce if age <= LIFETIME else ""

    def _signature(self, account: Account, nonce: str, at: str) -> str:
        text = f"{account.id}\n{account.login}\n{account.devices_reset}\n{nonce}\n{at}"
        return hmac.new(self._key, text.encode(), sha256).hexdigest()
