"""练习: a trainee plays the articles' bad cases; live chats only after enough of them are passed (A2-01, A3-27)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from wxbot.actors import STAFF, Actor
from wxbot.audit.actions import AuditAction
from wxbot.audit.service import AuditTrail
from wxbot.conversations.closing.ending_words import EndingWords
from wxbot.conversations.closing.endings import decide
from wxbot.conversations.evaluation.measuring import Circumstances, measure
from wxbot.conversations.evaluation.practice_models import Case, Need, Practice, PracticeLine, PracticeRules
from wxbot.conversations.evaluation.reporting import RATE, Find
from wxbot.conversations.evaluation.scoring import FULL, Score, score
from wxbot.conversations.models import Cause, Episode, EpisodeId, EpisodeState
from wxbot.errors import FieldErrors, NotFoundError, StaleError
from wxbot.history.models import By, ContactId, Direction, Interaction, Kind
from wxbot.ids import new_id
from wxbot.staff.models import AccountId
from wxbot.understanding.message import normalise
from wxbot.understanding.phrase_search import PhraseSearch
from wxbot.workflow import NotNowError

RUN = "desk:practice:run"
MISSING_POINTS = 15  # for each thing that the case needs and that was not said
LONGEST = 600  # characters of a reply
MOST_REPLIES = 30
NOTHING_MORE, GOES_ON = "没有了，谢谢", "好的"  # what the patient of a case says when their script is over
NOBODY = ContactId("practice")


class PracticeRows(Protocol):
    """Where practices are kept. Implemented by stores/practices.py."""

    async def insert(self, practice: Practice) -> None:
        """Keep a new one."""
        ...

    async def replace(self, practice: Practice, revision: int) -> bool:
        """Keep it in place of that revision."""
        ...

    async def by_id(self, practice_id: str) -> Practice | None:
        """The one of that id."""
        ...

    async def finished(self, account_id: AccountId | None, limit: int) -> list[Practice]:
        """Finished ones (of one person, where given), the latest first."""
        ...


class Training(Protocol):
    """Who is in training. Satisfied by presence.py."""

    async def begin_training(self, account_id: AccountId) -> object:
        """They get no live chats."""
        ...

    async def end_training(self, account_id: AccountId) -> object:
        """They get them again."""
        ...


class WallTime:
    """Every second counts: somebody practises at any hour."""

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The time between two moments."""
        return max(end - start, timedelta())


class Practices:
    """Use cases of practice."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        rows: PracticeRows,
        rules: PracticeRules,
        *,
        words: EndingWords,
        find: Find,
        training: Training,
        audit: AuditTrail,
    ) -> None:
        self._rows = rows
        self.rules = rules
        self._words = words
        self._find = find
        self._training = training
        self._audit = audit

    def case(self, case_id: str) -> Case:
        """The case of that id. Raises NotFoundError."""
        found = next((each for each in self.rules.cases if each.id == case_id), None)
        if found is None:
            raise NotFoundError("no such case")
        return found

    async def begin(self, case_id: str, *, by: Actor, now: datetime) -> Practice:
        """Play a case from its first line. Raises ForbiddenError, NotFoundError."""
        by.must(RUN)
        first = PracticeLine(theirs=True, text=self.case(case_id).lines[0], at=now)
        practice = Practice(
            id=new_id(now), account_id=AccountId(by.id), name=by.name, case_id=case_id, started_at=now, lines=(first,)
        )
        await self._rows.insert(practice)
        return practice

    async def one(self, practice_id: str, *, by: Actor) -> Practice:
        """One's own practice, or a trainee's for who rates. Raises ForbiddenError, NotFoundError."""
        by.must(RUN)
        found = await self._rows.by_id(practice_id)
        if found is None or (found.account_id != by.id and not by.may(RATE)):
            raise NotFoundError("no such practice")
        return found

    async def reply(self, practice_id: str, text: str, *, by: Actor, now: datetime) -> Practice:
        """Answer the patient of the case, who then says their next line.

        Raises ForbiddenError, NotFoundError, NotNowError when it is finished, FieldErrors, StaleError.
        """
        practice = await self._running(practice_id, by)
        words = text.strip()
        if not words or len(words) > LONGEST:
            raise FieldErrors({"text": f"请写 1 到 {LONGEST} 个字"})
        if len(practice.lines) >= MOST_REPLIES * 2:
            raise NotNowError("这次练习已经很长了，请结束它。")
        ours = PracticeLine(theirs=False, text=words, at=now)
        answer = self._next(practice, words)
        theirs = (PracticeLine(theirs=True, text=answer, at=now),) if answer else ()
        return await self._write(replace(practice, lines=(*practice.lines, ours, *theirs)), practice)

    async def finish(self, practice_id: str, *, by: Actor, now: datetime) -> Practice:
        """End the talk; it is scored. With enough cases passed the training is over. Raises as `reply` does."""
        practice = await self._running(practice_id, by)
        result, missing = self.judge(practice, now)
        points = max(0, result.points - MISSING_POINTS * len(missing))
        faults = (*(f"{each.name}（−{min(each.points, FULL)}）" for each in result.deductions),)
        faults += tuple(f"没有做到：{name}（−{MISSING_POINTS}）" for name in missing)
        done = replace(practice, finished_at=now, points=points, passed=points >= self.rules.pass_points, faults=faults)
        kept = await self._write(done, practice)
        if kept.passed and len(await self.passed(kept.account_id)) >= self.rules.needed:
            await self._training.end_training(kept.account_id)
            await self._audit.record(
                AuditAction.PRACTICE_PASSED,
                f"staff:{kept.account_id}",
                by=by,
                now=now,
                summary="通过练习，可以接待患者",
            )
        return kept

    async def passed(self, account_id: AccountId) -> frozenset[str]:
        """The cases that somebody has passed and that still exist."""
        known = {each.id for each in self.rules.cases}
        found = await self._rows.finished(account_id, limit=500)
        return frozenset(each.case_id for each in found if each.passed and each.case_id in known)

    async def results(self, *, by: Actor, limit: int = 50) -> list[Practice]:
        """Finished ones, the latest first; everybody's for who rates. Raises ForbiddenError."""
        by.must(RUN)
        return await self._rows.finished(None if by.may(RATE) else AccountId(by.id), limit)

    async def require(self, account_id: AccountId, *, by: Actor, now: datetime) -> None:
        """Somebody gets no live chats until they pass. Raises ForbiddenError."""
        by.must(RATE)
        await self._training.begin_training(account_id)
        await self._audit.record(
            AuditAction.PRACTICE_REQUIRED, f"staff:{account_id}", by=by, now=now, summary="通过练习以前不派会话"
        )

    def judge(self, practice: Practice, now: datetime) -> tuple[Score, tuple[str, ...]]:
        """The score of a practice talk closed at `now`, and what the case needs and was not said."""
        lines = _lines(practice)
        episode = Episode(
            id=EpisodeId(practice.id),
            key=practice.id,
            contact_id=NOBODY,
            cause=Cause.ASKED,
            reason="",
            opened_at=practice.started_at,
            opened_by=By.PATIENT,
            latest_at=now,
            state=EpisodeState.CLOSED,
            closed_at=now,
            owner=practice.account_id,
        )
        closing = decide(episode, lines, by=f"{STAFF}{practice.account_id}", now=now, words=self._words)
        findings = {line.id: self._find(line.text or "") for line in lines if line.by != By.PATIENT}
        figures = measure(
            replace(episode, ending=closing.ending),
            lines,
            business=WallTime(),
            shift="",
            local=now,
            words=self._words,
            beside=Circumstances(findings=findings),
        )
        said = [normalise(line.text).text for line in practice.lines if not line.theirs]
        missing = tuple(need.name for need in self.case(practice.case_id).needs if not _says(need, said))
        return score(figures), missing

    def _next(self, practice: Practice, words: str) -> str:
        """The patient's next line: their script, then what one answers to 还有疑问吗."""
        script = self.case(practice.case_id).lines
        told = sum(line.theirs for line in practice.lines)
        if told < len(script):
            return script[told]
        if self._words.says("farewell", words) and not self._words.says("ask_more", words):
            return ""
        return NOTHING_MORE if self._words.says("ask_more", words) else GOES_ON

    async def _running(self, practice_id: str, by: Actor) -> Practice:
        practice = await self.one(practice_id, by=by)
        if practice.account_id != by.id:
            raise NotFoundError("not their practice")
        if practice.finished_at is not None:
            raise NotNowError("这次练习已经结束，可以再来一次。")
        return practice

    async def _write(self, fresh: Practice, before: Practice) -> Practice:
        kept = replace(fresh, revision=before.revision + 1)
        if not await self._rows.replace(kept, before.revision):
            raise StaleError("the practice went on in another window")
        return kept


def _says(need: Need, said: Sequence[str]) -> bool:
    search = PhraseSearch({"need": need.words}, by_sound=False)
    return any(any(True for _ in search.look(text).matches("need")) for text in said)


def _lines(practice: Practice) -> list[Interaction]:
    by: Mapping[bool, str] = {True: By.PATIENT, False: f"{STAFF}{practice.account_id}"}
    return [
        Interaction(
            id=str(number),
            at=line.at,
            kind=Kind.MESSAGE_RECEIVED if line.theirs else Kind.MESSAGE_SENT,
            direction=Direction.IN if line.theirs else Direction.OUT,
            contact_id=NOBODY,
            by=by[line.theirs],
            text=line.text,
        )
        for number, line in enumerate(practice.lines)
    ]
