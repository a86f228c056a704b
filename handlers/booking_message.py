"""One message of the booking dialog: its entries page by page, and what its wording may name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from handlers.booking_draft import BookingDraft
from wxbot.booking.models import Appointment
from wxbot.booking.sentences import hour_words, near_day_words, practitioner_words
from wxbot.days import DayError, read_day, sensible_day
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.dialogs import Dialog
from wxbot.templates.models import Option

DIALOG = "booking"
PREFIX = "bk:"  # of every entry's id
WHOSE, NAME, TYPE, WHO, DAY, TIME, CONFIRM = "whose", "name", "type", "who", "day", "time", "confirm"  # the steps
BIRTHDAY, GUARDIAN, GUARDIAN_NAME, SAME_DAY = "birthday", "guardian", "guardian_name", "same_day"  # … before the claim
BEFORE_CLAIM = frozenset({BIRTHDAY, GUARDIAN, GUARDIAN_NAME, SAME_DAY})
PAGE = 8  # entries of one message; with 更多, 返回 and 取消 they fit the 2048 bytes of a text (reference §1.6)

TIME_FORMAT = "%Y-%m-%dT%H:%MZ"  # UTC; a plus sign would not survive a link

START, BACK, LEAVE, MORE = f"{PREFIX}start", f"{PREFIX}back", f"{PREFIX}leave", f"{PREFIX}page"
BOOKING_PAGE = "/w/book"  # the page inside WeChat that does the same
ALL_HOURS = f"{PREFIX}hours"  # the hours beside those that were wished


@dataclass(frozen=True, kw_only=True)
class Wording:
    """Other words for the next question. `steps` are the questions they fit; None for whichever comes next."""

    template: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    steps: frozenset[str] | None = None

    def fits(self, step: str) -> bool:
        """Whether the question of that step may be asked so."""
        return self.steps is None or step in self.steps


def question(  # noqa: PLR0913 - the parts of one message
    context: Context,
    step: str,
    draft: BookingDraft,
    entries: Sequence[Option],
    wording: Wording | None = None,
    *,
    besides: Sequence[Option] = (),
) -> Reply:
    """One page of entries, with 更多 where there are more, what stands `besides` on every page, 返回 and 取消."""
    pages = max(1, -(-len(entries) // PAGE))
    page = draft.page % pages
    following = (page + 1) % pages
    options = list(entries[page * PAGE : (page + 1) * PAGE])
    if pages > 1:
        words = label(context, f"more_{step}" if following else "first_page")
        options.append(Option(id=f"{MORE}:{step}:{following}", label=words))
    options += besides
    options.append(Option(id=BACK, label=label(context, "back")))
    options.append(Option(id=LEAVE, label=label(context, "leave_move" if draft.moving else "leave")))
    kept = replace(draft, page=page, asked_on=today(context))
    dialog = Dialog(name=DIALOG, step=step, data=kept.data(), options=tuple(options))
    used = wording if wording is not None and wording.fits(step) else None
    filled = {**_known(context, draft), **(used.variables if used is not None else {})}
    template = used.template if used is not None else f"booking.choose_{step}"
    linked = BOOKING_PAGE if step == TYPE and draft.moving is None else ""
    return Reply(template=template, variables=filled, options=tuple(options), dialog=dialog, page=linked)


def today(context: Context) -> date:
    """The clinic's date."""
    return context.now.astimezone(context.services.clinic.timezone).date()


def label(context: Context, name: str) -> str:
    """An entry's words, from the template `booking.<name>_label`."""
    return context.services.templates.get(f"booking.{name}_label").text


def time_id(who: str, start: datetime, kind: str = TIME) -> str:
    """bk:time:chen:2026-11-23T06:30Z."""
    return f"{PREFIX}{kind}:{who}:{start.astimezone(UTC).strftime(TIME_FORMAT)}"


def moment_of(value: str) -> datetime | None:
    """The moment that the value of an hour's entry names (`chen:2026-11-23T06:30Z`); None for anything else."""
    try:
        start = datetime.strptime(value.partition(":")[2], TIME_FORMAT).replace(tzinfo=UTC)
        sensible_day(start.date())
    except (ValueError, DayError):
        return None
    return start


def day_of_entry(context: Context, entry_id: str) -> date | None:
    """The clinic's day that an entry stands for: a day, or the day of an hour."""
    kind, _, value = entry_id.removeprefix(PREFIX).partition(":")
    if kind == DAY:
        try:
            return read_day(value)
        except DayError:
            return None
    start = moment_of(value) if kind == TIME else None
    return None if start is None else start.astimezone(context.services.clinic.timezone).date()


def state(context: Context) -> tuple[BookingDraft, str]:
    """The draft and step of this dialog; an empty draft and no step outside it."""
    dialog = context.dialog
    if dialog is None or dialog.name != DIALOG:
        return BookingDraft(), ""
    return BookingDraft.of(dialog), dialog.step


def days_words(days: Sequence[date], context: Context) -> str:
    """The days as one sentence names them: 周五和周六, or from the first to the last."""
    here = today(context)
    shown = [near_day_words(day, here) for day in days]
    most_named = 2
    return "和".join(shown) if len(shown) <= most_named else f"{shown[0]}到{shown[-1]}"


def appointment_variables(context: Context, appointment: Appointment) -> dict[str, str]:
    """What a wording about one appointment may name."""
    clinic = context.services.clinic
    start = appointment.start.astimezone(clinic.timezone)
    practitioner = clinic.practitioner(appointment.practitioner_id)
    visit_type = clinic.visit_type(appointment.visit_type_id)
    return {
        "date": near_day_words(start.date(), today(context)),
        "time": hour_words(start.time()),
        "practitioner": practitioner_words(practitioner) if practitioner is not None else "",
        "visit_type": visit_type.name if visit_type is not None else "",
        "room": clinic.room_name(appointment.room),
    }


def _known(context: Context, draft: BookingDraft) -> dict[str, str]:
    """What the questions may repeat of the choices so far; empty where nothing is chosen yet."""
    clinic = context.services.clinic
    visit_type = None if draft.visit_type_id is None else clinic.visit_type(draft.visit_type_id)
    practitioner = None if draft.practitioner_id is None else clinic.practitioner(draft.practitioner_id)
    return {
        "visit_type": visit_type.name if visit_type is not None else "",
        "practitioner": practitioner_words(practitioner) if practitioner is not None else "",
        "date": near_day_words(draft.day, today(context)) if draft.day is not None else "",
    }
