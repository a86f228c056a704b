"""What only the waitlist refuses."""

from wxbot.errors import DomainError


class OfferOverError(DomainError):
    """The offer was answered, its time is over, or it is not the latest one."""

    code = "offer_over"
    wording = "waitlist.offer_over"
    sentence = "这个空号的保留时间已过，或已经有了答复。"


class NotWaitingError(DomainError):
    """The entry has ended."""

    code = "not_waiting"
    wording = "waitlist.not_waiting"
    sentence = "这条候补已经结束。"
