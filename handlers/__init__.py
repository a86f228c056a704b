"""What a patient's message or event leads to. One router per module; the first match wins, top to bottom.

Receipts come first because they are never a patient's words, danger signs and complaints before all else they may mean;
only 不满意 in answer to our own question is no complaint.
An answer to a reminder comes before the entrances: 改时间 then means the visit of which the patient was just reminded.
So does an answer to a question of a care plan: 7, or one of its choices.
A colleague who has the chat comes next: what is said is for them. The entrances come before every dialog, so that 退订,
人工 and the other words that work at any time are no answers to a question. The fallback is last: every
message is answered.
"""

from collections.abc import Iterable

from handlers import (
    appointments,
    arrivals,
    booking,
    care_answers,
    care_questions,
    complaints,
    consent,
    contact_details,
    conversation,
    danger,
    entrances,
    fallback,
    handoff,
    profile,
    questions,
    receipts,
    reminder_answers,
    satisfaction,
    staff_binding,
    visit_news,
    waitlist,
    welcome,
)
from handlers.entrances import ENTRANCES, Entrance
from wxbot.dispatch.router import Router


def routers(table: Iterable[Entrance] = ENTRANCES) -> tuple[Router, ...]:
    """All routers in the order in which they are tried, with the entrances of that table."""
    last = (
        contact_details.ROUTER,
        visit_news.ROUTER,
        arrivals.ROUTER,
        handoff.ROUTER,
        questions.ROUTER,
        arrivals.WALK_INS,
        appointments.BY_WORDS,
        booking.ROUTER,
        appointments.ROUTER,
        profile.ROUTER,
        care_answers.ROUTER,
        fallback.ROUTER,
    )
    plain = (entrances.router_of(table), waitlist.router(last), *last)
    rest = (care_questions.router_of(plain), *plain)
    words = (
        complaints.ROUTER,
        consent.ROUTER,
        conversation.ROUTER,
        reminder_answers.router_of(rest),
        *rest,
    )
    return (
        receipts.ROUTER,
        staff_binding.ROUTER,
        welcome.ROUTER,
        danger.ROUTER,
        arrivals.TAPS,
        satisfaction.router_of(words),
        *words,
    )


ROUTERS = routers()
