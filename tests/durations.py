"""Lengths of time as settings read them."""

from datetime import timedelta


def iso_duration(length: timedelta) -> str:
    """The length in whole seconds as an ISO 8601 duration of either sign: `PT90S`, `-PT90S`."""
    seconds = int(length.total_seconds())
    return f"{'-' if seconds < 0 else ''}PT{abs(seconds)}S"
