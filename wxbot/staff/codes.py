"""The second factor: six digits from an authenticator, new every 30 seconds, each good once (RFC 6238). Pure."""

import hmac
from datetime import datetime

import pyotp

STEP_SECONDS = 30
DRIFT_STEPS = 1  # a phone's clock may be half a minute off


def new_secret() -> str:
    """A secret for an authenticator, base 32, 160 bits."""
    return pyotp.random_base32()


def uri(secret: str, *, login: str, clinic: str) -> str:
    """What the QR code says: `otpauth://totp/…`."""
    return pyotp.TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=login, issuer_name=clinic)


def accepted_step(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """The step a code belongs to, when it is right and later than the last one accepted; else None.

    `now` is real time: an authenticator knows no other.
    """
    digits = "".join(code.split())
    if not (digits.isascii() and digits.isdigit()):
        return None
    generator = pyotp.TOTP(secret, interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if step > after and hmac.compare_digest(generator.generate_otp(step), digits):
            return step
    return None
