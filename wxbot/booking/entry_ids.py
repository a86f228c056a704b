"""How a tappable entry names one appointment: what is done to it, which one, and the version that was shown. Pure."""

PREFIX = "ap:"  # of every entry's id
SHOW, MOVE, CANCEL, SURE, KEEP, COME = "show", "move", "cancel", "sure", "keep", "come"  # what is done to one


def entry_id(action: str, appointment_id: str, version: int) -> str:
    """ap:move:<appointment>:<version>."""
    return f"{PREFIX}{action}:{appointment_id}:{version}"
