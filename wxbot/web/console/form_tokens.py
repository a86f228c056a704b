"""Tokens of forms that come before any session: a nonce in a cookie, its signature in the form. Pure."""

import hmac
import secrets
from hashlib import sha256

PURPOSE = b"console-form"  # the same key signs other things too; a signature is good for one purpose only
NONCE_BYTES = 24


def new_nonce() -> str:
    """What goes into the cookie."""
    return secrets.token_urlsafe(NONCE_BYTES)


def token_of(nonce: str, secret: bytes) -> str:
    """The token in the form: only our secret derives it from the nonce."""
    return hmac.new(secret, PURPOSE + b"\n" + nonce.encode("utf-8", "replace"), sha256).hexdigest()


def same(given: str, expected: str) -> bool:
    """Whether two tokens are equal, compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
