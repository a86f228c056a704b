"""What the day of a visit offers to the edges, beside `VisitDay`, `VisitDays` and `VisitTasks`."""

from collections.abc import Mapping
from dataclasses import dataclass

from wxbot.outbox.ports import PreconditionChecker
from wxbot.visits import visit_messages
from wxbot.visits.offers import VisitOffers
from wxbot.visits.scanned_arrivals import ScannedArrivals
from wxbot.visits.unwell import Unwell
from wxbot.visits.visit_messages import VisitMessages
from wxbot.visits.visit_surveys import VisitSurveys


@dataclass(frozen=True, kw_only=True)
class VisitNews:
    """What patients are told and asked without having written."""

    messages: VisitMessages
    surveys: VisitSurveys

    @property
    def preconditions(self) -> Mapping[str, PreconditionChecker]:
        """Who knows whether such a message may still be sent, by the kind of its precondition."""
        return {visit_messages.KIND: self.messages}


@dataclass(frozen=True, kw_only=True)
class VisitRoom:
    """Arrivals that patients note themselves, who feels unwell, offers, and what patients are told."""

    arrivals: ScannedArrivals
    unwell: Unwell
    offers: VisitOffers
    news: VisitNews
