"""How the front desk is wired: on which stores and services."""

from wxbot.booking.day_visits import DayVisits
from wxbot.installation import Installation
from wxbot.reception.checklists import Checklists
from wxbot.reception.class_checks import ClassChecks
from wxbot.reception.first_contacts import FirstContacts
from wxbot.reception.front_desk_figures import FiguresOfDays
from wxbot.reception.inbound_rates import InboundRates
from wxbot.reception.intakes import AnyIntake, ChatIntakes
from wxbot.reception.interests import Interests
from wxbot.reception.registering import Registering
from wxbot.reception.room import Reception
from wxbot.stores import Stores
from wxbot.visits.questionnaire import Questionnaire
from wxbot.visits.service import VisitDay
from wxbot.wiring.rooms_below import RoomsBelow


def wire_reception(stores: Stores, installation: Installation, rooms: RoomsBelow, notes: VisitDay) -> Reception:
    """The front desk over what was noted about visits."""
    rules, visits = installation.reception, DayVisits(stores.day_visits)
    intakes = AnyIntake(ChatIntakes(stores.intakes), Questionnaire(stores.visit_answers, installation.questionnaire))
    return Reception(
        rules=rules,
        figures=FiguresOfDays(
            stores.reception_visits,
            stores.first_contacts,
            booking=rooms.booking,
            visits=visits,
            notes=notes,
            patients=rooms.patients,
            clinics=rooms.clinics,
            intakes=intakes,
            rules=rules,
        ),
        inbound=InboundRates(
            booking=rooms.booking,
            visits=stores.past_visits,
            speakers=stores.patient_speakers,
            sent=stores.care_sent,
            messages=stores.outbox.reading,
            attempts=stores.attempts,
            responses=stores.survey_responses,
            lines=stores.history,
            clinics=rooms.clinics,
        ),
        classes=ClassChecks(
            stores.reception_visits, booking=rooms.booking, notes=notes, audit=rooms.audit, rules=rules
        ),
        checklists=Checklists(stores.checklists, clinics=rooms.clinics, audit=rooms.audit, rules=rules),
        contacts=FirstContacts(
            stores.first_contacts,
            patients=rooms.patients,
            visits=visits,
            followups=rooms.followups,
            clinics=rooms.clinics,
            audit=rooms.audit,
            rules=rules,
        ),
        interests=Interests(
            stores.interests,
            patients=rooms.patients,
            booking=rooms.booking,
            followups=rooms.followups,
            waits=stores.waitlist,
            records=stores.visit_records,
            clinics=rooms.clinics,
            audit=rooms.audit,
            visit_day=notes.rules,
        ),
        registering=Registering(
            stores.reception_visits,
            booking=rooms.booking,
            patients=rooms.patients,
            records=rooms.records,
            intakes=intakes,
            audit=rooms.audit,
        ),
    )
