"""What staff see of numbers that name a person, before they ask to see more. Pure; the server answers with these."""

from wxbot.patients.phones import masked as phone

__all__ = ["identity", "openid", "phone", "record_number"]

_STARS = "****"


def identity(number: str | None) -> str:
    """证件号: the first and the last four characters, `3301****1234`; short ones only the last two."""
    return _ends(number, head=4, tail=4)


def record_number(number: str | None) -> str:
    """病历号 as it appears in the audit: its last four characters, `****0123`."""
    return _ends(number, head=0, tail=4)


def openid(value: str | None) -> str:
    """The platform's id as it appears to an administrator: `oAbc****wxyz`."""
    return _ends(value, head=4, tail=4)


def _ends(text: str | None, *, head: int, tail: int) -> str:
    if not text:
        return ""
    if len(text) <= head + tail:
        visible = min(2, len(text) - 1)
        return _STARS + text[len(text) - visible :]
    return text[:head] + _STARS + text[-tail:]
