"""From the reading of a message to the next question of the booking dialog: what was named is kept, the rest asked.

Nothing here books: a named hour is read back, and what is in doubt leads to the question that settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from handlers.booking_draft import ANY, BookingDraft
from handlers.booking_message import CONFIRM, DAY, DIALOG, TIME, Wording, day_of_entry, today
from handlers.booking_questions import ask_in, horizon, offered_types
from handlers.whose_visit import whom_named
from wxbot.booking.sentences import practitioner_words
from wxbot.booking.wished_hours import exact
from wxbot.clinic.models import PractitionerId, VisitTypeId
from wxbot.dispatch.context import Context, Reply
from wxbot.dispatch.updates import TextMessage
from wxbot.understanding.models import (
    DayWords,
    Doubt,
    Intent,
    Particular,
    Reading,
    Relationship,
    Shift,
    Slots,
    TimeWords,
    Which,
)
from wxbot.understanding.which_appointment import shifted

UNCLEAR_DAY = frozenset({Doubt.UNREAD_DAY, Doubt.DISAGREEMENT, Doubt.PAST})
REFUSALS = frozenset({Doubt.NEGATION, Doubt.OBSTACLE})


def reading_of(context: Context) -> Reading:
    """What the message means, its days as they stood when the open question was asked.

    Under 明天 at 23:58 stands the same day at 00:02, as long as it was a day that the question offered.
    """
    update, dialog = context.update, context.dialog
    if dialog is None or dialog.name != DIALOG or not isinstance(update, TextMessage):
        return context.reading
    draft = BookingDraft.of(dialog)
    if draft.asked_on is None or draft.asked_on == today(context):
        return context.reading
    as_asked = context.services.reader.read(update.text, today=draft.asked_on, question=f"{dialog.name}.{dialog.step}")
    named = [mention.days[0] for mention in as_asked.slots.days if mention.days]
    offered = {draft.day, *(day_of_entry(context, option.id) for option in dialog.options)}
    return as_asked if named and all(day in offered for day in named) else context.reading


def says_something(reading: Reading) -> bool:
    """Whether the message names anything that the booking dialog asks for."""
    slots = reading.slots
    named = (slots.visit_types, slots.practitioners, slots.days, slots.times, slots.for_whom, slots.another)
    return (
        any(named)
        or slots.refused.said
        or slots.shift is not None
        or bool(UNCLEAR_DAY & set(reading.doubts))
        or (Doubt.UNKNOWN_PERSON in reading.doubts)
    )


async def follow(context: Context, draft: BookingDraft, reading: Reading, first: Wording | None = None) -> Reply:
    """The next question with everything kept that was surely read; `first` words it where nothing else must be said."""
    heard = _Heard(context, draft, reading)
    wording = heard.wording or first
    return await ask_in(context, heard.draft, wording)


@dataclass(frozen=True)
class _Change:
    """The draft after a part of the reading, and what must be said about it."""

    draft: BookingDraft
    wording: Wording | None = None


class _Heard:
    """What one reading makes of a draft."""

    def __init__(self, context: Context, draft: BookingDraft, reading: Reading) -> None:
        self._context, self._reading, self._slots = context, reading, reading.slots
        self._doubts = frozenset(reading.doubts)
        self._before = draft
        self.draft = replace(draft, page=0, start=None, named_practitioner=None)
        self.wording: Wording | None = None
        for part in (
            self._whom,
            self._visit_type,
            self._who,
            self._refused,
            self._days,
            self._times,
            self._shift,
            self._again,
        ):
            change = part(self.draft)
            self.draft, self.wording = change.draft, change.wording or self.wording
        self.wording = self.wording or self._question_wording()

    def _last(self, mentions: Sequence[object]) -> bool:
        """Whether of several mentions the last is meant: the patient corrected themselves."""
        return Doubt.CORRECTION in self._doubts and len(mentions) > 1

    def _whom(self, draft: BookingDraft) -> _Change:
        said = self._slots.for_whom
        return _Change(draft if said is None or draft.moving is not None else replace(draft, whom=whom_named(said)))

    def _visit_type(self, draft: BookingDraft) -> _Change:
        named = self._slots.visit_types
        if not named:
            return _Change(draft)
        wanted = named[-1] if len(named) == 1 or self._last(named) else None
        if draft.moving is not None:
            stays = wanted is None or wanted == draft.visit_type_id
            return _Change(draft, None if stays else Wording(template="booking.move_same_type"))
        if wanted not in {kind.id for kind in offered_types(self._context)}:
            return _Change(replace(draft, visit_type_id=None))
        return _Change(replace(draft, visit_type_id=VisitTypeId(wanted)))

    def _who(self, draft: BookingDraft) -> _Change:
        named = self._slots.practitioners
        if Doubt.UNKNOWN_PERSON in self._doubts:
            return _Change(replace(draft, who=None), self._people("booking.no_such_doctor", draft))
        if named:
            draft = replace(draft, who=named[-1] if len(named) == 1 or self._last(named) else None)
        elif self._reading.intent is Intent.FREE_HOURS and draft.who is None:
            draft = replace(draft, who=ANY)
        if draft.practitioner_id is None or draft.visit_type_id is None:
            return _Change(draft)
        offering = {person.id for person in self._context.services.clinic.who_offers(draft.visit_type_id)}
        if draft.practitioner_id in offering:
            return _Change(draft)
        person = self._context.services.clinic.practitioner(PractitionerId(draft.practitioner_id))
        wording = self._people(
            "booking.not_offered_by", draft, practitioner=practitioner_words(person) if person else ""
        )
        return _Change(replace(draft, who=None), wording if named else None)

    def _people(self, template: str, draft: BookingDraft, **variables: str) -> Wording:
        clinic = self._context.services.clinic
        people = (
            clinic.who_offers(draft.visit_type_id)
            if draft.visit_type_id is not None
            else [person for person in clinic.practitioners if not person.retired]
        )
        kind = None if draft.visit_type_id is None else clinic.visit_type(draft.visit_type_id)
        names = "、".join(practitioner_words(person) for person in people)
        return Wording(
            template=template, variables={"doctors": names, "visit_type": kind.name if kind else "", **variables}
        )

    def _refused(self, draft: BookingDraft) -> _Change:
        """周五不行, 下午三点有事, 不要周医生: without them, and the question they were an answer to again."""
        refused = self._slots.refused
        if not refused.said:
            return _Change(draft)
        if draft.who in refused.practitioners:
            draft = replace(draft, who=None)
        if draft.visit_type_id in refused.visit_types and draft.moving is None:
            draft = replace(draft, visit_type_id=None)
        if refused.times:
            return self._without_hours(draft, refused)
        days = tuple(day for mention in refused.days for day in mention.days)
        if not days:
            return _Change(draft)
        kept = replace(draft, without=tuple(sorted({*draft.without, *days})))
        if draft.day in days:
            kept = replace(kept, day=None, only_day=False, among=(), times=draft.times)
        return _Change(kept, Wording(template="booking.other_days", steps=frozenset({DAY})))

    def _without_hours(self, draft: BookingDraft, refused: Which) -> _Change:
        named = [mention.days[0] for mention in refused.days if mention.days and not mention.span]
        if named and draft.day != named[0]:
            draft = replace(draft, day=named[0], only_day=False, among=(), not_times=())
        kept = replace(draft, not_times=(*draft.not_times, *refused.times), times=())
        return _Change(kept, Wording(template="booking.other_hours", steps=frozenset({TIME})))

    def _days(self, draft: BookingDraft) -> _Change:
        mentions = self._slots.days
        unscoped = bool(self._doubts & REFUSALS) and not self._slots.refused.said and bool(mentions)
        unread = not all(mention.days for mention in mentions)
        if (self._doubts & UNCLEAR_DAY and not self._too_far(mentions)) or unscoped or unread:
            asked = replace(draft, day=None, only_day=False, among=())
            return _Change(asked, Wording(template="booking.which_day", steps=frozenset({DAY})))
        if not mentions:
            return _Change(draft)
        if self._last(mentions):
            mentions = mentions[-1:]
        without = tuple(day for day in draft.without if not any(day in mention.days for mention in mentions))
        draft = replace(draft, day=None, only_day=False, without=without, not_times=())
        if len(mentions) == 1 and _one_day(mentions[0]):
            return _Change(replace(draft, among=mentions[0].days, first_free=True))
        among = sorted({day for mention in mentions for day in self._span(mention)})
        return _Change(replace(draft, among=tuple(among), first_free=False))

    def _too_far(self, mentions: Sequence[DayWords]) -> bool:
        """Whether the days were read well and only nobody can book so far ahead."""
        last = horizon(self._context)[-1]
        read = [mention.days[0] for mention in mentions if mention.days]
        return Doubt.UNREAD_DAY in self._doubts and bool(read) and all(day > last for day in read)

    def _span(self, mention: DayWords) -> Sequence[date]:
        """The days that a mention leaves to choose from."""
        if mention.span or mention.relationship is Relationship.AT:
            return mention.days if mention.span else mention.days[:1]
        first = mention.days[0]
        days = horizon(self._context)
        if mention.relationship is Relationship.FROM:
            return [day for day in days if day >= first]
        if mention.relationship is Relationship.UNTIL:
            return [day for day in days if day <= first]
        return [day for day in days if abs((day - first).days) <= 1]

    def _times(self, draft: BookingDraft) -> _Change:
        mentions = self._slots.times
        unscoped = bool(self._doubts & REFUSALS) and not self._slots.refused.said
        if not mentions or unscoped:
            return _Change(draft)
        return _Change(replace(draft, times=mentions[-1:] if self._last(mentions) else mentions))

    def _shift(self, draft: BookingDraft) -> _Change:
        """晚一点: against the hour that was read back; while the hours are shown, the page behind or the first one."""
        shift, start = self._slots.shift, self._before.start
        if shift is None or self._slots.times:
            return _Change(draft)
        if start is None:
            return _Change(replace(draft, page=self._before.page + 1 if shift.later else 0))
        local = start.astimezone(self._context.services.clinic.timezone).replace(tzinfo=None)
        return _Change(moved_by(draft, shift, local))

    def _again(self, draft: BookingDraft) -> _Change:
        """换个医生, 换个时间: chosen again, without saying which."""
        for particular in self._slots.another:
            draft = _chosen_again(draft, particular, self._slots)
        return _Change(draft)

    def _question_wording(self) -> Wording | None:
        """三点可以吗, 有号吗: the read-back says that it is free."""
        asks = Doubt.QUESTION in self._doubts or self._reading.intent is Intent.FREE_HOURS
        if asks and exact(self.draft.times) and self.draft.moving is None:
            return Wording(template="booking.offer_free", steps=frozenset({CONFIRM}))
        return None


def moved_by(draft: BookingDraft, shift: Shift, start: datetime) -> BookingDraft:
    """The draft with the hour that a change gives to a local start: 推迟一周; 早一点 leaves the hours before it."""
    wanted = shifted(shift, start)
    if wanted is not None:
        return replace(draft, day=wanted.date(), times=(TimeWords(times=(wanted.time(),)),), not_times=())
    bound = TimeWords(times=(start.time(),), relationship=Relationship.FROM if shift.later else Relationship.UNTIL)
    return replace(draft, day=start.date(), times=(bound,), not_times=(TimeWords(times=(start.time(),)),))


def _one_day(mention: DayWords) -> bool:
    return bool(mention.days) and not mention.span and mention.relationship is Relationship.AT


def _chosen_again(draft: BookingDraft, particular: Particular, slots: Slots) -> BookingDraft:
    if particular is Particular.PRACTITIONER and not slots.practitioners:
        return replace(draft, who=None)
    if particular is Particular.VISIT_TYPE and not slots.visit_types and draft.moving is None:
        return replace(draft, visit_type_id=None)
    if particular is Particular.DAY and not slots.days:
        return replace(draft, day=None, only_day=False, among=())
    if particular is Particular.TIME and not slots.times:
        times: tuple[TimeWords, ...] = tuple(wish for wish in draft.times if not wish.times)
        return replace(draft, times=times)
    return draft
