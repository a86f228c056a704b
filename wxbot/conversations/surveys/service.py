"""满意度: one question after a talk, the answer kept on the episode, a task for a supervisor of a bad one (A0-42)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from wxbot.actors import SYSTEM
from wxbot.clock import Clock
from wxbot.conversations.episodes.desk_parts import MOST_RACES
from wxbot.conversations.models import EndingKind, Episode, EpisodeId, Satisfaction, Survey, SurveyState
from wxbot.conversations.ports import StaffNames
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.store import EpisodeStore
from wxbot.conversations.surveys.store import SurveyStore
from wxbot.errors import StaleError
from wxbot.followups.models import FollowUpId, FollowUpKind, PatientWords
from wxbot.followups.service import FollowUps
from wxbot.history.models import ContactId, Interaction, Kind
from wxbot.history.service import History
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import can_send_customer
from wxbot.outbox.models import Message, MessageId, State
from wxbot.outbox.ports import Verdict
from wxbot.outbox.service import Outbox
from wxbot.patients.models import ConsentTopic, Contact
from wxbot.patients.service import Patients
from wxbot.templates.models import Option
from wxbot.templates.service import Templates

KIND = "survey"  # of the precondition of its message
TEMPLATE = "survey.question"
PREFIX = "survey:"  # of the ids of its entries: survey:<episode>:<answer>
ANSWERED_WITHIN = timedelta(hours=48)  # later words are about something else
SETTLED_WITHIN = timedelta(hours=48)  # the supervisor's task (A0-42)
AFTER_FAREWELL = timedelta(seconds=5)  # behind the last reply, which may be taken back for some seconds
WORTH_SENDING = timedelta(minutes=30)  # after the end of the talk; 刚才 means nothing later
LEFT_FOR_COLLEAGUES = 1  # replies that it does not use up
ENDINGS = frozenset({EndingKind.GREETING, EndingKind.CLIENT, EndingKind.AGENT})
CASES = frozenset({FollowUpKind.DANGER, FollowUpKind.COMPLAINT})
ON_ITS_WAY = frozenset({State.WAITING, State.CLAIMED})
LEFT = frozenset({State.ACCEPTED, State.DELIVERED, State.UNKNOWN})
LOOK_BACK = timedelta(days=366)  # how long an answer stands beside the talk
MOST_SHOWN = 3
AT_ONCE = 100  # episodes whose figures are written again in one run

MET = Verdict(met=True)
NO_MORE = Verdict(met=False, reason="survey_not_now", explanation="现在不适合再询问是否满意，没有发送")

Measure = Callable[[Episode], Awaitable[object]]
"""Writes the figures of a closed episode again."""


class Surveys:
    """Asks, hears the answer, lets the figures know. Each talk is asked about once, whoever finishes its end."""

    def __init__(  # noqa: PLR0913 - collaborators, all keyword-only
        self,
        store: SurveyStore,
        *,
        episodes: EpisodeStore,
        outbox: Outbox,
        patients: Patients,
        followups: FollowUps,
        history: History,
        templates: Templates,
        names: StaffNames,
        clock: Clock,
        rules: DeskRules,
    ) -> None:
        self._store = store
        self._episodes = episodes
        self._outbox = outbox
        self._patients = patients
        self._followups = followups
        self._history = history
        self._templates = templates
        self._names = names
        self._clock = clock
        self._rules = rules

    # -- the question ----------------------------------------------------------------------------------------

    async def ask(self, episode: Episode, now: datetime) -> bool:
        """Ask about a talk that has just ended, where that is fitting; whether the question is enqueued.

        Safe to repeat, also in several processes: the contact names the talk that it is asked about, and the outbox
        keeps the message of one key once.
        """
        if not self._may_ask_about(episode, now):
            return False
        if episode.survey is None:
            contact = (await self._patients.contacts([episode.contact_id])).get(episode.contact_id)
            if contact is None or not await self._fits(contact, now):
                return False
            again_after = self._rules.survey_again_after
            if not await self._patients.desk_marks.claim_survey(contact.id, episode.id, now, again_after):
                return False
            await self._written(episode.id, lambda it: it.survey or Survey(asked_at=now))
        await self._outbox.enqueue([self._message(episode, now)])
        return True

    def _may_ask_about(self, episode: Episode, now: datetime) -> bool:
        """Whether the talk itself allows it: a person answered, and it ended in a way that is nobody's fault."""
        ending, closed_at = episode.ending, episode.closed_at
        if not self._rules.survey_asks or ending is None or closed_at is None or episode.erased:
            return False
        if episode.survey is not None and episode.survey.state is not SurveyState.ASKED:
            return False
        answered = episode.staff_at is not None
        if ending.kind is EndingKind.CLIENT and ending.by == SYSTEM.by:  # they fell silent, and are left in peace
            return False
        return answered and ending.kind in ENDINGS and not ending.after_warnings and now - closed_at <= WORTH_SENDING

    async def _fits(self, contact: Contact, now: datetime) -> bool:
        """Whether the contact may be asked: reachable, not stopped or blocked, no open case, and a right to spare."""
        reachable = contact.erased_at is None and contact.following and not contact.refuses_messages
        if not reachable or not contact.receives(ConsentTopic.SURVEY) or contact.blocked(now):
            return False
        rights = await self._outbox.rights.of(contact.id)
        if not can_send_customer(rights, now) or rights.customer_left <= LEFT_FOR_COLLEAGUES:
            return False
        tasks = await self._followups.open_of(contact.patient_ids, [contact.id])
        return all(each.kind not in CASES for each in tasks)

    def _message(self, episode: Episode, now: datetime) -> Message:
        closed_at = episode.closed_at or now
        labels = {each: self._templates.get(f"survey.{each.value}").text for each in Satisfaction}
        return self._outbox.message(
            key=key_of(episode.id),
            contact_id=episode.contact_id,
            purpose=Purpose.SERVICE,
            template=TEMPLATE,
            options=tuple(Option(id=f"{PREFIX}{episode.id}:{each.value}", label=labels[each]) for each in Satisfaction),
            now=now,
            due_at=now + self._rules.take_back + AFTER_FAREWELL,
            expires_at=closed_at + WORTH_SENDING,
            answer=True,
            optional=True,
            survey=True,
            precondition={"kind": KIND, "episode": episode.id},
        )

    async def verdicts(self, messages: Sequence[Message]) -> Mapping[MessageId, Verdict]:
        """Whether those questions may still leave. Implements the outbox's `PreconditionChecker`."""
        now = self._clock.now()
        return {message.id: await self._verdict(message, now) for message in messages}

    async def _verdict(self, message: Message, now: datetime) -> Verdict:
        episode = await self._episodes.by_id(EpisodeId(str(message.precondition.get("episode", ""))))
        contact = (await self._patients.contacts([message.contact_id])).get(message.contact_id)
        if episode is None or episode.erased or episode.contact_id != message.contact_id or contact is None:
            return NO_MORE
        if contact.survey is None or contact.survey.episode != episode.id:
            return NO_MORE
        if await self._episodes.open_of(contact.id) is not None:
            return NO_MORE  # they talk again
        return MET if await self._fits(contact, now) else NO_MORE

    # -- the answer ------------------------------------------------------------------------------------------

    async def answer(  # noqa: PLR0913 - one fact each, all keyword-only
        self,
        contact: Contact,
        episode_id: EpisodeId,
        answer: Satisfaction,
        *,
        words: str,
        line_id: str,
        now: datetime,
    ) -> Survey | None:
        """Keep what the patient answered; the latest counts. None where they were not asked, or too long ago.

        A bad one opens a task for a supervisor with the patient's words, once per talk.
        """
        episode = await self._episodes.by_id(episode_id)
        if episode is None or episode.contact_id != contact.id or episode.survey is None or episode.erased:
            return None
        if now - episode.survey.asked_at > ANSWERED_WITHIN:
            return None
        task = episode.survey.followup_id
        if answer is Satisfaction.DISSATISFIED:
            task = await self._task(episode, words, line_id, now)
        elif task:
            await self._followups.add_words(FollowUpId(task), PatientWords(at=now, text=words, line_id=line_id))

        def answered(it: Episode) -> Survey | None:
            known = it.survey
            if known is None or known.line_id == line_id:
                return known
            return replace(
                known,
                state=SurveyState.ANSWERED,
                answer=answer,
                answered_at=now,
                words=words,
                line_id=line_id,
                followup_id=task,
                measured=False,
            )

        kept = await self._written(episode_id, answered)
        await self._history.append(
            Interaction(
                id=f"survey:{line_id}",
                at=now,
                kind=Kind.SURVEY_ANSWERED,
                contact_id=contact.id,
                by="patient",
                text=answer.label,
                ref=episode_id,
            )
        )
        return kept.survey

    async def add_words(self, task: str, words: PatientWords) -> bool:
        """What a dissatisfied patient adds goes to the supervisor's task; False when that is closed."""
        return await self._followups.add_words(FollowUpId(task), words) is not None

    async def _task(self, episode: Episode, words: str, line_id: str, now: datetime) -> str:
        owner = (await self._names.names([episode.owner])).get(episode.owner, "") if episode.owner else ""
        who = f"（接待：{owner}）" if owner else ""
        task = await self._followups.open(
            key=key_of(episode.id),
            kind=FollowUpKind.COMPLAINT,
            reason=f"患者对人工服务评价「不满意」{who}。请主管在 48 小时内联系患者，问清原因并写明结果。",
            contact_id=episode.contact_id,
            patient_id=None,
            due_at=now + SETTLED_WITHIN,
            now=now,
            words=(PatientWords(at=now, text=words, line_id=line_id),),
        )
        return task.id

    # -- what is shown and counted ---------------------------------------------------------------------------

    async def of_contact(self, contact_id: ContactId, now: datetime) -> list[Survey]:
        """What a contact answered lately, the latest first; questions that never left are left out."""
        found = await self._store.asked_of(contact_id, now - LOOK_BACK, MOST_SHOWN)
        asked = [each.survey for each in found if each.survey is not None]
        return [each for each in asked if each.state in {SurveyState.SENT, SurveyState.ANSWERED}]

    async def settle(self, now: datetime, measure: Measure) -> int:
        """Note which questions left, and write the figures of the talks again; the number of those. May be repeated."""
        found = await self._store.unmeasured(AT_ONCE)
        keys = {each.id: key_of(each.id) for each in found}
        messages = await self._outbox.by_keys(list(keys.values()))
        settled = 0
        for each in found:
            survey = each.survey
            if survey is None:
                continue
            after = _settled(survey, messages.get(keys[each.id]), now)
            if after is None:
                continue
            if after.state is SurveyState.UNSENT:
                await self._patients.desk_marks.forget_survey(each.contact_id, each.id)
            kept = await self._episodes.replace(each, replace(each, survey=replace(after, measured=False)))
            if kept is None:
                continue  # it was answered at this moment; the next run sees it
            await measure(kept)
            await self._episodes.replace(kept, replace(kept, survey=replace(after, measured=True)))
            settled += 1
        return settled

    async def _written(self, episode_id: EpisodeId, change: Callable[[Episode], Survey | None]) -> Episode:
        for _ in range(MOST_RACES):
            before = await self._episodes.by_id(episode_id)
            if before is None:
                raise StaleError("the episode vanished")
            survey = change(before)
            if survey is before.survey:
                return before
            kept = await self._episodes.replace(before, replace(before, survey=survey))
            if kept is not None:
                return kept
        raise StaleError("the episode never stood still")


def key_of(episode_id: EpisodeId) -> str:
    """The key of the question's message, and of the supervisor's task."""
    return f"survey/{episode_id}"


def _settled(survey: Survey, message: Message | None, now: datetime) -> Survey | None:
    """What became of the question; None while that is open."""
    if survey.state is not SurveyState.ASKED:
        return survey
    if message is not None and message.state in LEFT:
        return replace(survey, state=SurveyState.SENT)
    waits = message is not None and message.state in ON_ITS_WAY
    if waits or (message is None and now - survey.asked_at <= WORTH_SENDING):
        return None
    return replace(survey, state=SurveyState.UNSENT)
