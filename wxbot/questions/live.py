"""The frequent questions as they stand now: from the files at first, then as stored and changed in the console."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from wxbot.actors import CONFIG_FILES
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.change_counter import ChangeCounter
from wxbot.clinic.ports import LiveClinic
from wxbot.clock import Clock
from wxbot.logs import get_logger
from wxbot.questions.models import FileQuestion, Question, QuestionId, ReviewState, StoredQuestion
from wxbot.questions.reviews import months_later, state_of
from wxbot.questions.store import QuestionStore
from wxbot.understanding.questions import FrequentQuestion

log = get_logger(__name__)

UNDERSTOOD = frozenset({ReviewState.VALID, ReviewState.ENDS_SOON, ReviewState.EXPIRED})
SAID = frozenset({ReviewState.VALID, ReviewState.ENDS_SOON})


@dataclass(frozen=True)
class _Live:
    """Everything by id, and what the reading is done against."""

    by_id: dict[QuestionId, Question] = field(default_factory=dict)
    matched: tuple[FrequentQuestion, ...] = ()


class LiveQuestions:
    """What is answered now. `start` writes what the files add into the database; from then on what is stored counts."""

    def __init__(
        self,
        store: QuestionStore,
        files: Sequence[FileQuestion],
        *,
        audit: AuditTrail,
        clinics: LiveClinic,
        clock: Clock,
    ) -> None:
        self.store = store
        self._files = files
        self._audit = audit
        self._clinics = clinics
        self._changes = ChangeCounter(store.counter, clock)
        today = self.today(clock.now())
        self._live = _live([_reviewed(each, today) for each in files], today)

    @property
    def matched(self) -> tuple[FrequentQuestion, ...]:
        """What messages are read against: the same object while nothing has changed."""
        return self._live.matched

    def question(self, question_id: str) -> Question | None:
        """The question of that id as it stands now; None when it was removed."""
        return self._live.by_id.get(QuestionId(question_id))

    def today(self, now: datetime) -> date:
        """The clinic's local day."""
        return now.astimezone(self._clinics.current.timezone).date()

    async def start(self, now: datetime) -> None:
        """Take what the files add, then read what is stored. Repeating it, in several processes at once, is fine.

        A question that only files have written follows them; one that staff changed or removed does not.
        """
        known, today = await self.store.seeded(), self.today(now)
        stored = {each.id: each for each in await self.store.read()}
        changed, new = 0, []
        for position, each in enumerate(self._files):
            kept, there = self._of_file(each, position, now), stored.get(each.question.id)
            if there is None:
                if kept.id not in known:  # else it was taken before and removed since
                    new.append(kept)
                continue
            if there.by != CONFIG_FILES.by:
                continue
            until = there.value.reviewed_until if each.review_months is not None else each.question.reviewed_until
            if there.value != replace(kept.value, reviewed_until=until):
                changed += await self.store.renew(kept, there)
        changed += await self.store.add_new(new)
        await self.store.note_seeded([each.question.id for each in self._files])
        if changed:
            await self.store.changed()
            words = f"从配置文件读入 {changed} 个常见问题"
            await self._audit.record(
                AuditAction.SETTINGS_SEEDED, "settings:questions", by=CONFIG_FILES, now=now, summary=words
            )
            log.info("questions_seeded", questions=changed, day=today.isoformat())
        await self.refresh(now, always=True)

    async def refresh(self, now: datetime, *, always: bool = False) -> bool:
        """Read what is stored if anything changed, or `always`; whether it was read."""
        look = await self._changes.look(always=always)
        if look is None:
            return False
        stored = await self.store.read()
        found = bool(stored) or bool(await self.store.seeded())
        self._changes.looked(look, found=found)
        if not found:
            return False
        live = _live([each.value for each in stored], self.today(now))
        if live.matched == self._live.matched:  # readings that are remembered stay good
            live = replace(live, matched=self._live.matched)
        self._live = live
        return True

    def _of_file(self, each: FileQuestion, position: int, now: datetime) -> StoredQuestion:
        return StoredQuestion(
            id=each.question.id,
            value=_reviewed(each, self.today(now)),
            revision=1,
            by=CONFIG_FILES.by,
            by_name=CONFIG_FILES.name,
            at=now,
            position=position,
        )


def _reviewed(each: FileQuestion, today: date) -> Question:
    if each.review_months is None:
        return each.question
    return replace(each.question, reviewed_until=months_later(today, each.review_months))


def _live(questions: Sequence[Question], today: date) -> _Live:
    understood = [each for each in questions if state_of(each, today) in UNDERSTOOD]
    return _Live({each.id: each for each in questions}, tuple(frequent(each) for each in understood))


def frequent(question: Question) -> FrequentQuestion:
    """The question as it is compared with what patients write."""
    return FrequentQuestion(
        id=question.id,
        asked=(question.question, *question.ways),
        patterns=question.patterns,
        about=question.about,
    )
