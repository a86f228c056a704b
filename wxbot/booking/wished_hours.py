"""Which of the free hours fit the times of day that a patient named. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from wxbot.booking.sentences import hour_words
from wxbot.understanding.models import Relationship, TimeWords
from wxbot.understanding.which_appointment import in_part

NOBODY_BEFORE = time(8)  # of two clocks that an hour may mean, one before this is not meant: 三点 is 15:00
AROUND = timedelta(minutes=60)  # 三点左右: this far on either side


def exact(wishes: Sequence[TimeWords]) -> tuple[time, ...]:
    """The clocks of the one hour that was named exactly; none where a part, a bound or several were named."""
    if len(wishes) != 1 or wishes[0].relationship is not Relationship.AT:
        return ()
    return likely(wishes[0].times)


def likely(clocks: Sequence[time]) -> tuple[time, ...]:
    """The clocks that can be meant: what lies before the earliest opening counts only where nothing else does."""
    return tuple(clock for clock in clocks if clock >= NOBODY_BEFORE) or tuple(clocks)


def fitting(clocks: Sequence[time], wishes: Sequence[TimeWords]) -> list[time]:
    """Those of the clocks that fit any of the wishes, in their order; all of them when nothing was wished."""
    if not wishes:
        return list(clocks)
    found = {clock for wish in wishes for clock in _fitting(clocks, wish)}
    return [clock for clock in clocks if clock in found]


def _fitting(clocks: Sequence[time], wish: TimeWords) -> list[time]:
    """What fits one wish; where its hour may mean two clocks, what fits the first that leaves any."""
    if not wish.times:
        return [clock for clock in clocks if wish.part is None or in_part(wish.part, clock)]
    if wish.relationship is Relationship.AT:
        meant = likely(wish.times)
        return [clock for clock in clocks if clock in meant]
    for first, last in _bounds(wish):
        found = [clock for clock in clocks if first <= clock <= last]
        if found:
            return found
    return []


def _bounds(wish: TimeWords) -> list[tuple[time, time]]:
    """The first and last clock of a bound wish, the likeliest first."""
    if wish.relationship is Relationship.BETWEEN and wish.until:
        same = [(first, last) for first, last in zip(wish.times, wish.until, strict=False) if first <= last]
        ordered = same or [(first, last) for first in wish.times for last in wish.until if first <= last]
        return [pair for pair in ordered if pair[0] >= NOBODY_BEFORE] or ordered
    meant = likely(wish.times)
    if wish.relationship is Relationship.FROM:
        return [(clock, time.max) for clock in meant]
    if wish.relationship is Relationship.UNTIL:
        return [(time.min, clock) for clock in meant]
    return [(_moved(clock, -AROUND), _moved(clock, AROUND)) for clock in meant]


def _moved(clock: time, by: timedelta) -> time:
    moved = datetime.combine(date(2000, 1, 2), clock) + by
    return moved.time() if moved.date() == date(2000, 1, 2) else (time.min if by < timedelta(0) else time.max)


def wish_words(wishes: Iterable[TimeWords]) -> str:
    """The wishes as a question repeats them: 下午3:00以后, 上午, 下午2:00到下午4:00."""
    return "、".join(_words(wish) for wish in wishes)


def _words(wish: TimeWords) -> str:
    if not wish.times:
        return wish.part or ""
    named = hour_words(likely(wish.times)[-1 if wish.relationship is Relationship.AT else 0])
    if wish.relationship is Relationship.BETWEEN and wish.until:
        first, last = (_bounds(wish) or [(wish.times[0], wish.until[0])])[0]
        return f"{hour_words(first)}到{hour_words(last)}"
    return named + {Relationship.FROM: "以后", Relationship.UNTIL: "以前", Relationship.AROUND: "左右"}.get(
        wish.relationship, ""
    )
