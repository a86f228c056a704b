"""The waitlist's parts, put together."""

from dataclasses import dataclass

from wxbot.waitlist.messages import OfferMessages
from wxbot.waitlist.offering import OfferHours
from wxbot.waitlist.service import Waitlist


@dataclass(frozen=True, kw_only=True)
class WaitlistRoom:
    """`entries` are the use cases, `offering` the job, `messages` what patients are sent."""

    entries: Waitlist
    offering: OfferHours
    messages: OfferMessages
