"""Whether a patient is in the middle of saying something in several lines: wait before answering (A2-80). Pure.

The platform tells an 公众号 nothing of a patient who types; all there is to go by is when their lines came.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wxbot.actors import STAFF
from wxbot.conversations.closing.ending_words import EVENTS
from wxbot.conversations.closing.endings import is_patients
from wxbot.history.models import Interaction, Kind

BETWEEN = timedelta(seconds=10)  # two lines so near are one thought; a short sentence on a telephone takes as long
QUIET = timedelta(seconds=10)  # after the last one: nothing more came


def writes_on(lines: Sequence[Interaction], now: datetime) -> timedelta:
    """How long the patient may still go on, by the latest lines (oldest first); nothing when they do not seem to.

    Two lines in a row are needed, near each other, and nobody at the clinic between them: what the bot says by itself
    between two lines interrupts no thought. What was tapped is no line.
    """
    latest: Interaction | None = None
    for line in reversed(lines):
        if line.kind is Kind.MESSAGE_SENT and line.by.startswith(STAFF):
            break
        if not is_patients(line) or not line.text or line.text in EVENTS:
            continue
        if latest is not None:
            ahead = latest.at + QUIET - now
            near = latest.at - line.at <= BETWEEN and timedelta(0) < ahead <= QUIET
            return ahead if near else timedelta(0)
        latest = line
    return timedelta(0)
