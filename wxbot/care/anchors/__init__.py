"""The kinds of anchors, a module each. A new kind is a module, a line of ANCHORS and a word in config/schemas.py."""

from collections.abc import Mapping

from wxbot.care.anchors.appointment import APPOINTMENT
from wxbot.care.anchors.birthday import BIRTHDAY
from wxbot.care.anchors.booked import BOOKED
from wxbot.care.anchors.dates import DISCHARGED, OWN_DATE, SCREENED
from wxbot.care.anchors.festival import FESTIVAL
from wxbot.care.anchors.follow import FOLLOW
from wxbot.care.anchors.kind import AnchorKind
from wxbot.care.anchors.leads import INVITED, UNDECIDED_LEAD
from wxbot.care.anchors.treatment import TREATMENT
from wxbot.care.anchors.visit_events import ARRIVED, FIRST_VISIT, NO_SHOW, VISIT

ANCHORS: Mapping[str, AnchorKind] = {
    kind.key: kind
    for kind in (
        *(FOLLOW, BOOKED, APPOINTMENT, ARRIVED, FIRST_VISIT, VISIT, TREATMENT, NO_SHOW, UNDECIDED_LEAD, INVITED),
        *(DISCHARGED, SCREENED, OWN_DATE, BIRTHDAY, FESTIVAL),
    )
}
