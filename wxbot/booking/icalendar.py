"""Lines of calendar files (RFC 5545): moments, escaped text, folding. Pure."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from wxbot.booking.models import Appointment

LONGEST_LINE = 75  # octets without the line break (section 3.1)
_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        ";": "\\;",
        ",": "\\,",
        "\n": "\\n",
        **dict.fromkeys(
            (chr(each) for each in (*range(10), *range(11, 32), 127)), " "
        ),  # no control characters (3.3.11)
    }
)


def calendar(lines: Iterable[str]) -> bytes:
    """The lines as a file."""
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def moment(at: datetime) -> str:
    """20261124T010000Z."""
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def text(words: str) -> str:
    """Words as a value of type TEXT."""
    return words.replace("\r\n", "\n").translate(_ESCAPES)


def uid(appointment: Appointment) -> str:
    """The same for every version of an appointment, so that a later one replaces the earlier (section 3.8.4.7)."""
    return f"{appointment.id}@wxbot"


def sequence(appointment: Appointment) -> int:
    """Grows with every change (section 3.8.7.4)."""
    return appointment.version - 1


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets; no character is torn apart, and each further piece begins with a space."""
    piece, size = "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + character, size + octets
    yield piece
