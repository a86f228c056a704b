"""Use cases of frequent questions: what a patient is told, the list and its reviews, unknown questions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta

from wxbot.actors import Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.clinic.ports import LiveClinic
from wxbot.clinic.prices import with_valid_prices
from wxbot.clock import Clock
from wxbot.errors import FieldErrors, NotFoundError
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.quality.service import Quality
from wxbot.questions.checks import problems_of, review_problems
from wxbot.questions.live import SAID, LiveQuestions
from wxbot.questions.models import (
    Answer,
    Question,
    QuestionId,
    StoredQuestion,
    Tried,
    UnknownGroup,
    UnknownId,
    UnknownQuestion,
)
from wxbot.questions.reviews import state_of
from wxbot.questions.unknown import example_of, grouped, key_of
from wxbot.questions.variables import filled
from wxbot.understanding.models import QuestionFound

READ, EDIT, REVIEW = "settings:question:read", "settings:question:edit", "settings:question:review"
UNKNOWN_KEPT = timedelta(days=90)  # after the last asking; words of patients are not kept longer
LONGEST_VALUE = 200  # characters of a value in the audit

Find = Callable[[str], QuestionFound | None]

_LABELS: Mapping[str, str] = {
    "question": "问题",
    "ways": "其他问法",
    "answer": "回答",
    "answer_named": "问到项目时的回答",
    "button": "入口",
    "about": "只与这些项目有关",
    "patterns": "关键词",
    "reviewed_by": "审核人",
    "reviewed_until": "有效到",
    "retired": "停用",
}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A question in the list, with the words that say where its review stands."""

    kept: StoredQuestion
    state: str
    state_label: str


class Questions:
    """Frequent questions. Safe with several processes over one database."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        live: LiveQuestions,
        *,
        audit: AuditTrail,
        clinics: LiveClinic,
        lexicon: Quality,
        clock: Clock,
        find: Find,
    ) -> None:
        """`find` is what the reading finds for a text, against `live.matched`."""
        self.live = live
        self._store = live.store
        self._audit = audit
        self._clinics = clinics
        self._lexicon = lexicon
        self._clock = clock
        self._find = find

    # -- what patients are told -------------------------------------------------------------------------------

    def answer(self, question_id: str, visit_types: tuple[str, ...], now: datetime) -> Answer | None:
        """What a patient is told; None when the question is gone, or its review has ended: then a person answers."""
        question = self.live.question(question_id)
        if question is None or state_of(question, self.live.today(now)) not in SAID:
            return None
        clinic = with_valid_prices(self._clinics.current, self.live.today(now))
        text = filled(question, clinic, visit_types)
        return Answer(id=question.id, question=question.question, text=text, button=question.button)

    async def note_unknown(self, text: str, contact_id: ContactId, now: datetime) -> bool:
        """Keep words that look like a question and found no answer; whether they did look like one."""
        key = key_of(text)
        if not key:
            return False
        asked = UnknownQuestion(
            id=UnknownId(new_id(now)),
            key=key,
            contact_id=contact_id,
            text=example_of(text),
            count=1,
            first_at=now,
            last_at=now,
            forget_at=self._clock.machine_now() + UNKNOWN_KEPT,
        )
        await self._store.note_unknown(asked)
        return True

    async def erase(self, contact_id: ContactId) -> int:
        """Forget what a contact asked; the number of rows."""
        return await self._store.erase(contact_id)

    # -- what staff do ----------------------------------------------------------------------------------------

    async def listed(self, *, by: Actor, now: datetime, search: str = "") -> list[Listed]:
        """The questions that hold `search`: what needs a review first, then in the list's own order."""
        by.must(READ)
        today, order = self.live.today(now), ("expired", "draft", "ends_soon", "valid", "retired")
        wanted = search.strip().casefold()
        listed = []
        for kept in await self._store.read():
            value = kept.value
            if wanted and not any(wanted in text.casefold() for text in (value.question, *value.ways, value.answer)):
                continue
            state = state_of(value, today)
            listed.append(Listed(kept=kept, state=state.value, state_label=state.label))
        return sorted(listed, key=lambda each: order.index(each.state))

    async def one(self, question_id: str, *, by: Actor) -> StoredQuestion:
        """One question. Raises NotFoundError."""
        by.must(READ)
        kept = await self._store.one(QuestionId(question_id))
        if kept is None:
            raise NotFoundError(f"question {question_id}")
        return kept

    async def ids(self) -> frozenset[str]:
        """Every id that is taken, also of questions that were removed since they came from a file."""
        return frozenset(each.id for each in await self._store.read()) | await self._store.seeded()

    async def add(
        self, question: Question, *, review_until: date | None = None, by: Actor, now: datetime
    ) -> StoredQuestion:
        """Keep a new question: a draft, or reviewed until that day. Raises FieldErrors."""
        by.must(EDIT)
        value = self._reviewed(question, review_until, by, now)
        others = [each.value for each in await self._store.read()]
        self._refuse(value, others)
        kept = StoredQuestion(
            id=value.id, value=value, revision=1, by=by.by, by_name=by.name, at=now, position=len(others)
        )
        if not await self._store.add(kept):
            raise FieldErrors({"question": "已有这个问题，请换一种说法。"})
        await self._record(AuditAction.SETTINGS_CREATED, None, value, by=by, now=now)
        return kept

    async def save(
        self, question: Question, revision: int, *, review_until: date | None = None, by: Actor, now: datetime
    ) -> StoredQuestion:
        """Put a question where `revision` still stands. What was reviewed is a draft again unless reviewed anew.

        The same words again, without a new review, change nothing. Raises FieldErrors, NotFoundError and StaleError.
        """
        by.must(EDIT)
        before = await self.one(question.id, by=by)
        value = replace(question, reviewed_by=before.value.reviewed_by, reviewed_until=before.value.reviewed_until)
        if review_until is None and value == before.value:
            return before
        if review_until is not None or not _same_words(value, before.value):
            value = self._reviewed(question, review_until, by, now)
        self._refuse(value, [each.value for each in await self._store.read()])
        kept = replace(before, value=value, by=by.by, by_name=by.name, at=now)
        after = await self._store.replace(kept, revision)
        action = AuditAction.QUESTION_REVIEWED if review_until is not None else AuditAction.SETTINGS_EDITED
        await self._record(action, before.value, value, by=by, now=now)
        return after

    async def remove(self, question_id: str, revision: int, *, by: Actor, now: datetime) -> None:
        """Remove a question where `revision` still stands. Raises NotFoundError and StaleError."""
        by.must(EDIT)
        before = await self.one(question_id, by=by)
        await self._record(AuditAction.SETTINGS_DELETED, before.value, None, by=by, now=now)
        await self._store.remove(before.value.id, revision)
        await self.live.refresh(now, always=True)

    def try_out(self, text: str, *, by: Actor, now: datetime) -> Tried:
        """What a patient who writes `text` would be told, with the score of each question that is near."""
        by.must(READ)
        found = self._find(text)
        if found is None:
            return Tried(sure=False, found=())
        scored = [
            (question, score)
            for each, score in zip(found.ids, found.scores, strict=True)
            if (question := self.live.question(each)) is not None
        ]
        answer = self.answer(found.ids[0], found.visit_types, now) if found.sure else None
        return Tried(sure=found.sure, found=scored, answer="" if answer is None else answer.text, rule=rule_of(found))

    async def unknown(self, *, by: Actor) -> list[UnknownGroup]:
        """What patients asked that has no answer, near-duplicates together, the most asked first."""
        by.must(READ)
        return grouped(await self._store.latest_unknown())

    async def unknown_words(self, unknown_id: str, *, by: Actor) -> UnknownGroup:
        """The group that a row belongs to, to begin an answer with. Raises NotFoundError."""
        for group in await self.unknown(by=by):
            if unknown_id in group.members:
                return group
        raise NotFoundError(f"unknown question {unknown_id}")

    async def dismiss(self, unknown_id: str, *, by: Actor, now: datetime) -> int:
        """Take a group off the list; when somebody asks it again it is there again. Raises NotFoundError."""
        by.must(EDIT)
        group = await self.unknown_words(unknown_id, by=by)
        summary = f"移除一个待补充的问题（问过 {group.count} 次）"
        await self._audit.record(
            AuditAction.QUESTION_DISMISSED, f"unknown_question:{unknown_id}", by=by, now=now, summary=summary
        )
        return await self._store.forget_unknown(group.members)

    # -- inside -----------------------------------------------------------------------------------------------

    def _reviewed(self, question: Question, until: date | None, by: Actor, now: datetime) -> Question:
        if until is None:
            return replace(question, reviewed_by="", reviewed_until=None)
        by.must(REVIEW)
        problems = review_problems(until, self.live.today(now))
        if problems:
            raise FieldErrors(problems)
        return replace(question, reviewed_by=by.name, reviewed_until=until)

    def _refuse(self, value: Question, others: Sequence[Question]) -> None:
        problems = problems_of(value, self._clinics.current, others, self._lexicon)
        if problems:
            raise FieldErrors(problems)

    async def _record(
        self, action: AuditAction, before: Question | None, after: Question | None, *, by: Actor, now: datetime
    ) -> None:
        one = after or before
        if one is None:
            return
        await self.live.refresh(now, always=True)
        summary = f"{action.label.rpartition(' · ')[2]}常见问题「{one.question}」"
        changes = _changes(before, after)
        await self._audit.record(action, f"question:{one.id}", by=by, now=now, summary=summary, changes=changes)


def rule_of(found: QuestionFound) -> str:
    """For staff: 依据 常见问题 parking（得分 0.92）."""
    near = "、".join(f"{each}（得分 {score:.2f}）" for each, score in zip(found.ids, found.scores, strict=True))
    return f"依据 常见问题 {near}"


def _same_words(one: Question, other: Question) -> bool:
    """Whether nothing differs that a review is about."""
    return replace(one, retired=False) == replace(other, retired=False)


def _changes(before: Question | None, after: Question | None) -> dict[str, tuple[str, str]]:
    changes = {}
    for each in fields(Question):
        old, new = (None if one is None else getattr(one, each.name) for one in (before, after))
        if old != new and each.name in _LABELS:
            changes[_LABELS[each.name]] = (_words(old), _words(new))
    return changes


def _words(value: object) -> str:
    match value:
        case None | "" | ():
            return "（空）"
        case bool():
            return "是" if value else "否"
        case tuple():
            text = "、".join(map(str, value))
        case _:
            text = str(getattr(value, "label", value))
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
