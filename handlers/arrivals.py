"""到诊签到 and the wait after it: what a scan at reception leads to, 还要多久, and 不适 (A2-92, A4-30)."""

from collections.abc import Sequence
from dataclasses import replace

from handlers import appointments, booking, care_answers, fallback, handoff, profile, questions
from handlers.appointment_messages import variables_of
from handlers.booking_message import today
from handlers.handoff import open_episode, patient_words
from handlers.matching import leaves, question_open, taps_entry, typed
from handlers.whose_visit import persons_of, shown
from wxbot.actors import PATIENT
from wxbot.booking.models import Appointment, AppointmentId
from wxbot.booking.sentences import appointment_words
from wxbot.conversations.models import Cause, Priority
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.dispatch.router import Filter, Route, Router, in_dialog
from wxbot.dispatch.updates import TextMessage
from wxbot.followups.models import FollowUpId
from wxbot.logs import get_logger
from wxbot.patients.models import Relation
from wxbot.templates.models import Option
from wxbot.understanding.message import normalise
from wxbot.visits.scanned_arrivals import Scan, ScanResult
from wxbot.visits.visit_messages import UNWELL
from wxbot.workflow import NotNowError

log = get_logger(__name__)

ARRIVE = "arrive:"  # of an entry's id: arrive:<appointment>, or arrive:all:<day>
ALL = f"{ARRIVE}all:"
LEARN = "learn:"  # learn:<visit type>
DIALOG, WALK_IN = "arrival", "walk_in"  # what would they like to be seen for?
HOW_LONG, NOT_WELL = "waiting.how_long", "waiting.unwell"  # lists of words
LONGEST_SAID = 30  # characters of a message that is looked at
LATER = (
    handoff.ROUTER,
    questions.ROUTER,
    appointments.BY_WORDS,
    booking.ROUTER,
    appointments.ROUTER,
    profile.ROUTER,
    care_answers.ROUTER,
    fallback.ROUTER,
)
"""Where words go that are about no visit of today; in the order of `handlers.ROUTERS`."""


# -- the code at reception ------------------------------------------------------------------------------------------


async def scanned(context: Context) -> Reply:
    """Somebody stands at reception: their visit of today is noted as arrived, else a colleague receives them."""
    return await _answer(context, await context.services.visit_room.arrivals.scanned(context.contact, context.now))


async def chosen(context: Context) -> Reply:
    """Which of several visits of today it is; of an old message, or another's id, nothing is noted."""
    arrivals, tapped = context.services.visit_room.arrivals, _tapped(context)
    ids = [AppointmentId(tapped.removeprefix(ARRIVE))]
    if tapped.startswith(ALL):
        of_today = tapped.removeprefix(ALL) == today(context).isoformat()
        todays = await arrivals.todays(context.contact, context.now) if of_today else []
        ids = [each.id for each in todays]
    result = await arrivals.arrived(context.contact, ids, context.now)
    if result.scan is Scan.NONE:
        return Reply(template="visit.gone", dialog=context.dialog)
    return await _answer(context, result)


async def _answer(context: Context, result: ScanResult) -> Reply:
    if result.scan is Scan.NONE:
        return await _walk_in(context)
    if result.scan is Scan.TREATED:
        return Reply(template="visit.treated", dialog=context.dialog)
    if result.scan is Scan.SEVERAL:
        return await _which(context, result.visits)
    first = result.visits[0]
    if result.scan is Scan.EARLY:
        return Reply(template="visit.too_early", variables=await variables_of(context, first), dialog=context.dialog)
    if result.scan is Scan.ARRIVED and len(result.visits) > 1:
        named = "\n".join([await _named(context, each) for each in result.visits])
        return Reply(template="visit.arrived_family", variables={"appointments": named}, dialog=context.dialog)
    template = "visit.arrived" if result.scan is Scan.ARRIVED else "visit.here"
    return await _told(context, template, first)


async def _told(context: Context, template: str, visit: Appointment) -> Reply:
    """How long it still is, with the entries 不适 and 等候时看看."""
    estimates = await context.services.visit_days.estimates([visit], context.now)
    found = estimates.get(visit.id)
    variables = {**await variables_of(context, visit), "wait": found.words if found is not None else "马上轮到"}
    entries = [context.services.visit_room.news.messages.unwell_entry(visit.id)]
    if context.services.visit_day.rules.education_for(visit.visit_type_id) is not None:
        label = context.services.templates.get("visit.learn_label").text
        entries.append(Option(id=f"{LEARN}{visit.visit_type_id}", label=label))
    return Reply(
        template=template, variables=variables, options=tuple(entries), dialog=context.dialog, beside_a_person=True
    )


async def _which(context: Context, visits: Sequence[Appointment]) -> Reply:
    entries = [Option(id=f"{ARRIVE}{each.id}", label=await _named(context, each)) for each in visits]
    label = context.services.templates.get("visit.all_label").text
    options = (*entries, Option(id=f"{ALL}{today(context).isoformat()}", label=label))
    return Reply(template="visit.which", options=options, dialog=context.dialog, beside_a_person=True)


async def _named(context: Context, visit: Appointment) -> str:
    person = (await persons_of(context, [visit])).get(visit.patient_id)
    whose = "" if person is None or person.relation is Relation.SELF else f" {shown(context, person)}"
    return f"{appointment_words(visit, context.services.clinic)}{whose}"


async def _walk_in(context: Context) -> Reply:
    task = await context.services.visit_room.arrivals.walk_in(context.contact, context.update.key, context.now)
    asks = Dialog(name=DIALOG, step=WALK_IN, data={"task": task.id})
    upcoming = await context.services.booking.upcoming(context.contact.id, context.now)
    later = [each for each in upcoming if each.start > context.now]
    if not later:
        return Reply(template="visit.walk_in", dialog=asks)
    return Reply(template="visit.walk_in_other_day", variables=await variables_of(context, later[0]), dialog=asks)


async def say_what_for(context: Context) -> Reply | None:
    """What a walk-in would like: added to reception's task, once; later words are what they always are."""
    task = str(context.dialog.data.get("task", "")) if context.dialog is not None else ""
    words = patient_words(context)
    if not words or await context.services.followups.add_words(FollowUpId(task), *words) is None:
        return await _otherwise(replace(context, dialog=None))
    return Reply(template="visit.walk_in_noted")


# -- while they wait ------------------------------------------------------------------------------------------------


async def how_long(context: Context) -> Reply | None:
    """还要多久, of somebody who waits here; of anybody else it is what it always is."""
    waiting = await context.services.visit_room.arrivals.waiting(context.contact, context.now)
    return await _told(context, "visit.wait", waiting[0]) if waiting else await _otherwise(context)


async def learn(context: Context) -> Reply:
    """等候时看看: a piece of prevention that fits the visit (A4-34)."""
    found = context.services.visit_day.rules.education_for(_tapped(context).removeprefix(LEARN))
    if found is None:  # the file was changed since
        return Reply(template="visit.learn_gone", dialog=context.dialog)
    return Reply(template="visit.education", variables={"education": found.words}, dialog=context.dialog)


async def say_unwell(context: Context) -> Reply | None:
    """我不舒服, of somebody who waits here; of anybody else it is what it always is."""
    waiting = await context.services.visit_room.arrivals.waiting(context.contact, context.now)
    return await _unwell(context, waiting[0]) if waiting else await _otherwise(context)


async def tap_unwell(context: Context) -> Reply:
    """The entry 不适. Of a visit that is not today's, or not theirs, the patient is asked and told whom to call."""
    wanted = _tapped(context).removeprefix(UNWELL)
    todays = await context.services.visit_room.arrivals.todays(context.contact, context.now)
    visit = next((each for each in todays if each.id == wanted), None)
    if visit is not None:
        try:
            return await _unwell(context, visit)
        except NotNowError:  # the arrival was taken back
            log.info("unwell_before_arrival", appointment_id=visit.id)
    line = context.services.chat.rules.emergency_line
    return Reply(template="visit.unwell_gone", variables={"emergency_line": line}, beside_a_person=True)


async def _unwell(context: Context, visit: Appointment) -> Reply:
    """Colleagues who treat are told at once, the desk's ladder begins, and the patient has an answer in this reply."""
    words = patient_words(context)
    task = await context.services.visit_room.unwell.report(
        visit.id, words=words[0] if words else None, by=PATIENT, now=context.now
    )
    try:
        await open_episode(context, Cause.DANGER, task.reason, followup_id=task.id, priority=Priority.URGENT)
    except Exception:  # the task stands and colleagues are told; the patient must have the answer
        log.exception("unwell_episode_failed", followup_id=task.id)
    line = context.services.chat.rules.emergency_line
    return Reply(
        template="visit.unwell", variables={"emergency_line": line}, dialog=context.dialog, beside_a_person=True
    )


# -- when -----------------------------------------------------------------------------------------------------------


async def _otherwise(context: Context) -> Reply | None:
    for router in LATER:
        route = router.find(context)
        if route is not None:
            return await route.handler(context)
    return None


def _tapped(context: Context) -> str:
    update = context.update
    return (update.menu_id or "") if isinstance(update, TextMessage) else ""


def _says(key: str) -> Filter:
    """The whole message is one of that list's sayings, and no question is open."""

    def accept(context: Context) -> bool:
        update = context.update
        if not isinstance(update, TextMessage) or not typed(context) or len(update.text) > LONGEST_SAID:
            return False
        words = context.services.reader.vocabulary.words.of(key)
        return normalise(update.text).words in words and not question_open(context)

    return accept


def _asked_what_for(context: Context) -> bool:
    return typed(context) and in_dialog(DIALOG, WALK_IN)(context) and not leaves(context)


TAPS = Router(
    name="arrival_taps",
    routes=(
        Route(TextMessage, tap_unwell, (taps_entry(UNWELL),)),
        Route(TextMessage, chosen, (taps_entry(ARRIVE),)),
        Route(TextMessage, learn, (taps_entry(LEARN),)),
    ),
)
"""Before everything else that a tap may mean: it cannot wait, whoever has the chat."""

ROUTER = Router(
    name="arrivals",
    routes=(
        Route(TextMessage, how_long, (_says(HOW_LONG),)),
        Route(TextMessage, say_unwell, (_says(NOT_WELL),)),
    ),
)
"""Before the dialogs and the questions."""

WALK_INS = Router(name="walk_ins", routes=(Route(TextMessage, say_what_for, (_asked_what_for,)),))
"""Behind the questions: what the clinic knows is answered while they stand at the desk."""
