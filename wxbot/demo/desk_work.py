"""What the demo's staff do at the chat desk: take who waits, answer, ask for more, say goodbye, end it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from wxbot.actors import Actor
from wxbot.clock import Clock
from wxbot.conversations.closing.closings import EndingLists
from wxbot.conversations.closing.endings import decide
from wxbot.conversations.models import Cause, Episode
from wxbot.conversations.reading.lists import ListName
from wxbot.errors import DomainError, FieldErrors
from wxbot.logs import get_logger
from wxbot.services import Services
from wxbot.staff.permissions import Role

log = get_logger(__name__)

ROLES = (Role.RECEPTION, Role.CONSULTANT)  # who answers, in turn
AT_ONCE = 4  # talks that one of them has at the same time
MOST_ROUNDS = 4  # a moment's: what still waits then is seen to at the next
LEAVES = timedelta(seconds=12)  # an answer has left by then
OUT_OF_TURN = "患者先来电询问"
TELEPHONED = "已电话回复"
ANSWERS: Mapping[Cause, str] = {
    Cause.ASKED: "您好，您的留言看到了。具体情况以医生面诊为准，我可以先帮您看看哪天方便。请问您还有其他疑问吗？",
    Cause.MEDIA: "您好，您发来的内容收到了，已转给医生查看，有需要会再联系您。请问您还有其他疑问吗？",
    Cause.ANGRY: "您好，刚才没能帮到您，非常抱歉。您的问题我来跟进。请问您还有其他疑问吗？",
}
OTHERWISE = "您好，您的情况已记录并转告医生，请按医嘱护理，有不舒服随时告诉我们。请问您还有其他疑问吗？"
NOTHING_MORE = "没有了，谢谢您"
LEAVE_IT_THERE = 3  # every third patient does not write again
FAREWELL = "感谢您的咨询，祝您健康，再见！"


class DeskWork:
    """The desk at one of the day's moments.

    `pass_time` moves both clocks and lets messages leave; `reply_of` lets the patient of an openid write.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it works with
        self,
        services: Services,
        clock: Clock,
        actors: Mapping[Role, Actor],
        lists: EndingLists,
        pass_time: Callable[[timedelta], Awaitable[None]],
        reply_of: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._services = services
        self._clock = clock
        self._people = [actors[role] for role in ROLES if role in actors]
        self._lists = lists
        self._pass_time = pass_time
        self._reply_of = reply_of

    async def answer_everybody(self) -> int:
        """See to whoever waits; the number of talks that ended."""
        ended = 0
        for _ in range(MOST_ROUNDS if self._people else 0):
            taken = await self._take()
            if not taken:
                break
            sent = [await self._say(episode, by, ANSWERS.get(episode.cause, OTHERWISE)) for episode, by in taken]
            await self._pass_time(LEAVES)
            for place, ((episode, by), reached) in enumerate(zip(taken, sent, strict=True)):
                if reached and (place + 1) % LEAVE_IT_THERE:
                    await self._hear(episode)
                if reached:
                    await self._say(episode, by, FAREWELL)
            await self._pass_time(LEAVES)
            for episode, by in taken:
                ended += await self._close(episode, by)
        return ended

    async def _take(self) -> list[tuple[Episode, Actor]]:
        now = self._clock.now()
        rows = await self._services.chat.lists.rows(ListName.WAITING, by=self._people[0], now=now)
        taken = []
        for place, row in enumerate(rows[: AT_ONCE * len(self._people)]):
            by = self._people[place % len(self._people)]
            try:
                taken.append((await self._taken(row.episode, by), by))
            except DomainError as error:
                log.info("demo_talk_not_taken", error=type(error).__name__)
        return taken

    async def _taken(self, episode: Episode, by: Actor) -> Episode:
        take, now = self._services.chat.desk.take, self._clock.now()
        try:
            return await take(episode.id, by=by, now=now)
        except FieldErrors:
            return await take(episode.id, reason=OUT_OF_TURN, by=by, now=now)

    async def _say(self, episode: Episode, by: Actor, text: str) -> bool:
        """Whether it may leave: nobody writes to a patient whom the platform does not let us reach."""
        key = f"demo:{episode.id}:{text[:4]}"
        try:
            await self._services.chat.replies.send(episode.id, text, key=key, by=by, now=self._clock.now())
        except DomainError as error:
            log.info("demo_answer_not_sent", error=type(error).__name__)
            return False
        return True

    async def _hear(self, episode: Episode) -> None:
        """The patient needs nothing more."""
        contact = (await self._services.patients.contacts([episode.contact_id])).get(episode.contact_id)
        if contact is not None and contact.openid is not None:
            await self._reply_of(contact.openid, NOTHING_MORE)

    async def _close(self, episode: Episode, by: Actor) -> bool:
        chat, now = self._services.chat, self._clock.now()
        try:
            present = await chat.desk.get(episode.id, by=by)
            thread = await chat.lists.thread(present.contact_id, by=by)
            lines = [line for line in thread.lines if line.at >= present.opened_at]
            words, sentences = self._lists.words, self._lists.sentences
            closing = decide(present, lines, by=by.by, now=now, words=words, sentences=sentences)
            kept = replace(closing.ending, reason=TELEPHONED) if closing.needs_reason else closing.ending
            await chat.desk.close(present.id, kept, note=TELEPHONED, revision=present.revision, by=by, now=now)
        except DomainError as error:
            log.info("demo_talk_not_closed", error=type(error).__name__)
            return False
        return True
