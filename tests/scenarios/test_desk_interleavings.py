"""Five colleagues, the bot, the clock and transfers at once: nothing reaches the wrong phone, no note, no double."""

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from tests.scenarios.conftest import Clinic
from tests.scenarios.outgoing import Post
from wxbot.actors import Actor
from wxbot.conversations.models import AgentStatus, Ending, EndingKind, Episode, Handover
from wxbot.conversations.replies.service import words_of
from wxbot.errors import DomainError
from wxbot.history.models import ContactId
from wxbot.outbox.models import Message, State
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of

AGENTS = [
    Actor(id=f"agent{number}", name=f"客服{number}", permissions=permissions_of(role))
    for number, role in enumerate([Role.RECEPTION, Role.RECEPTION, Role.CONSULTANT, Role.CONSULTANT, Role.MANAGER])
]
PATIENTS, FEWEST_ROUNDS, MOST_ROUNDS = 6, 40, 400
NEAR = 0.7  # how often somebody turns to a talk of their own
NOTE = "只给同事看"
STEPS = ("start", *["send"] * 5, "twice", "take back", "later", "note", "draft", "draft", "transfer", "over", "close")


@dataclass(frozen=True)
class Owned:
    """Whose a talk is between two rounds, and who ended it."""

    owner: str | None
    ended_by: str = ""

    def lets(self, author: str) -> bool:
        """Whether what that person wrote may leave: it is theirs, and nobody else has ended it; or they ended it."""
        return self.ended_by == author or (
            self.owner is not None and f"staff:{self.owner}" == author and not self.ended_by
        )


@dataclass
class Desk:
    """Everybody at once, and what must come of it."""

    post: Post
    dice: Random
    contacts: dict[ContactId, str] = field(default_factory=dict)  # → openid
    sent: dict[str, Message] = field(default_factory=dict)  # text → message
    taken_back: set[str] = field(default_factory=set)
    drafts: dict[tuple[AccountId, ContactId], str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)  # what staff read
    written_in: dict[str, int] = field(default_factory=dict)  # text → round
    on_phones: set[str] = field(default_factory=set)  # texts that arrived so far
    passing: dict[str, list[Owned]] = field(default_factory=lambda: defaultdict(list))  # whose talks were in this round
    judged: int = 0  # messages that left in a later round than they were written in

    async def owned(self) -> dict[str, Owned]:
        """Every talk, by its id."""
        rows = await self.post.clinic.app.database.collection("episodes").find({}).to_list(None)
        return {row["_id"]: Owned(row["owner"], (row["ending"] or {}).get("by", "")) for row in rows}

    def look_at_phones(self, turn: int, before: dict[str, Owned], after: dict[str, Owned]) -> None:
        """Of what arrived in this round: its author had the talk before it, for a moment of it, or has it now."""
        seen = {each.text for openid in self.contacts.values() for each in self.post.clinic.phone(openid)}
        for text in seen & set(self.sent) - self.on_phones:
            self.on_phones.add(text)
            message = self.sent[text]
            if self.written_in[text] == turn:
                continue  # it may have been theirs for a moment within the round
            talk = str(message.precondition["episode"])
            self.judged += 1
            owners = [before[talk], *self.passing[talk], after[talk]]
            assert any(each.lets(message.author) for each in owners), f"{text}: {owners}"
        self.passing.clear()

    async def acts(self, by: Actor, turn: int) -> None:
        """One step of one colleague; a refusal with a sentence is an answer, too."""
        chat, now = self.post.clinic.app.services.chat, self.post.clinic.now
        await chat.presence.beat(device=by.id, looking_at=None, writes=False, by=by)
        if (await chat.presence.agent(AccountId(by.id))).status is not AgentStatus.AVAILABLE:
            await chat.presence.set_status(AgentStatus.AVAILABLE, by=by, now=now)
        theirs = [episode.contact_id for episode in await chat.desk.owned_by(AccountId(by.id))]
        looks_around = by.may("desk:conversation:supervise") or self.dice.random() > NEAR
        near = list(self.contacts) if looks_around or not theirs else theirs
        contact_id, what = self.dice.choice(near), self.dice.choice(STEPS)
        try:
            await self._act(what, contact_id, by, f"{turn}-{by.id}-{self.dice.getrandbits(40)}")
        except DomainError as refusal:
            self.refusals[refusal.sentence] += 1
        else:
            self.done[what] += 1

    async def _act(self, what: str, contact_id: ContactId, by: Actor, key: str) -> None:
        services, now = self.post.clinic.app.services, self.post.clinic.now
        chat = services.chat
        if what == "draft":
            return await self._types(contact_id, by, key)
        if what == "note":
            await chat.notes.write(contact_id, f"{NOTE}{key}", key=key, by=by, now=now)
            return None
        episode = await chat.desk.of_contact(contact_id)
        if what == "start" or episode is None:
            self._passes(await chat.desk.start(contact_id, by=by, now=now))
            return None
        text = f"话{key}"
        self.written_in[text] = int(key.partition("-")[0])
        match what:
            case "transfer":
                to = AccountId(self.dice.choice(AGENTS).id)
                handover = Handover(at=now, by=AccountId(by.id), to=to, reason="请你接着聊")
                self._passes(await chat.desk.hand_over(episode.id, handover, revision=episode.revision, by=by, now=now))
            case "over":
                self._passes(await chat.desk.take_over(episode.id, reason="我来", by=by, now=now))
            case "close":
                ending = Ending(kind=EndingKind.GREETING, by=by.by, at=now)
                await chat.desk.close(episode.id, ending, note="完成", revision=episode.revision, by=by, now=now)
            case "later":
                at = now + timedelta(minutes=5)
                self.sent[text] = await chat.replies.send_later(episode.id, text, key=key, at=at, by=by, now=now)
            case _:
                send = chat.replies.send(episode.id, text, key=key, reason="急", by=by, now=now)
                self.sent[text] = await send
                if what == "twice":
                    await chat.replies.send(episode.id, text, key=key, reason="急", by=by, now=now)
                if what == "take back":
                    assert await chat.replies.take_back(key, by=by, now=now) == text
                    self.taken_back.add(text)
        return None

    def _passes(self, episode: Episode) -> None:
        self.passing[episode.id].append(Owned(episode.owner))

    async def _types(self, contact_id: ContactId, by: Actor, key: str) -> None:
        """Two windows of one person type at once: what one of them was told is kept stays, word for word."""
        drafts, now = self.post.clinic.app.services.chat.drafts, self.post.clinic.now
        _, _, edit = await drafts.of(contact_id, by=by)
        windows = [f"稿{key}{side}" for side in ("左", "右")]
        results = await asyncio.gather(
            *(drafts.keep(contact_id, text, note=False, edit=edit, by=by, now=now) for text in windows),
            return_exceptions=True,
        )
        kept = [text for text, result in zip(windows, results, strict=True) if isinstance(result, int)]
        assert len(kept) == 1
        self.drafts[AccountId(by.id), contact_id] = kept[0]

    async def time_passes(self) -> None:
        post = self.post
        await post.pass_by(timedelta(seconds=self.dice.choice((1, 2, 4, 30, 130))))
        await asyncio.gather(
            post.clinic.app.runner.run_now("run_desk"), post.clinic.app.runner.run_now("deliver_outbox")
        )

    async def patient_writes(self) -> None:
        openid = self.dice.choice(list(self.contacts.values()))
        await self.post.clinic.platform.say(openid, self.dice.choice(("在吗", "多少钱？", "好的谢谢", "人工")))


async def test_five_colleagues_the_bot_and_the_clock_at_once_confuse_nothing(clinic: Clinic) -> None:
    post = Post(clinic)
    desk = Desk(post, Random(20261130))
    for number in range(PATIENTS):
        openid = await post.talks(f"患者{number}")
        desk.contacts[(await post.contact(openid)).id] = openid
    for turn in range(MOST_ROUNDS):
        if turn >= FEWEST_ROUNDS and all(desk.done[step] for step in STEPS):
            break  # chance has done everything at least once
        before = await desk.owned()
        await asyncio.gather(
            *(desk.acts(agent, turn) for agent in AGENTS),
            desk.patient_writes(),
            desk.patient_writes(),
            desk.time_passes(),
        )
        desk.look_at_phones(turn, before, await desk.owned())
    before = await desk.owned()
    await post.pass_by(timedelta(minutes=20))
    await post.deliver()
    desk.look_at_phones(MOST_ROUNDS, before, await desk.owned())
    assert desk.judged > FEWEST_ROUNDS // 4

    read: dict[str, list[str]] = defaultdict(list)
    for contact_id, openid in desk.contacts.items():
        seen = [each.text for each in clinic.phone(openid) if each.direction == "out"]
        assert not any(NOTE in text or "稿" in text for text in seen)
        read[contact_id] = [text for text in seen if text.startswith("话")]
    assert max(Counter(text for texts in read.values() for text in texts).values()) == 1
    states: Counter[State] = Counter()
    for text, message in desk.sent.items():
        found = await post.found(message.key)
        states[found.state] += 1
        assert (text in read[found.contact_id]) is (found.state is State.ACCEPTED)
        assert words_of(found) == text
        if text in desk.taken_back:
            assert found.state is State.DROPPED
    assert {text for texts in read.values() for text in texts} <= set(desk.sent)
    drafts = clinic.app.services.chat.drafts
    for (account_id, contact_id), text in desk.drafts.items():
        by = next(agent for agent in AGENTS if agent.id == account_id)
        assert (await drafts.of(contact_id, by=by))[0] == text
    assert set(states) <= {State.ACCEPTED, State.DROPPED}
    assert min(states.values()) > 0
    assert "" not in desk.refusals
    assert {step for step in STEPS if not desk.done[step]} == set()


async def test_a_farewell_leaves_although_the_talk_is_closed_behind_it(clinic: Clinic) -> None:
    post = Post(clinic)
    openid = await post.talks()
    chat, by, now = clinic.app.services.chat, AGENTS[0], clinic.now
    episode = await chat.desk.start((await post.contact(openid)).id, by=by, now=now)
    await chat.replies.send(episode.id, "祝您周末愉快，再见。", key="k", by=by, now=clinic.now)
    episode = await chat.desk.get(episode.id, by=by)
    ending = Ending(kind=EndingKind.GREETING, by=by.by, at=clinic.now)
    await chat.desk.close(episode.id, ending, note="完成", revision=episode.revision, by=by, now=clinic.now)
    await post.pass_by(timedelta(seconds=4))
    await post.deliver()
    assert [seen.text for seen in clinic.sent_to(openid, "customer")][-1:] == ["祝您周末愉快，再见。"]


async def test_a_farewell_of_the_last_talk_stops_no_clock_of_the_next(clinic: Clinic) -> None:
    """The patient comes back while it can still be taken back: it is not what they are waiting for."""
    post = Post(clinic)
    openid = await post.talks()
    clinic.stand_still()
    chat, by = clinic.app.services.chat, AGENTS[0]
    contact_id = (await post.contact(openid)).id
    episode = await chat.desk.start(contact_id, by=by, now=clinic.now)
    await chat.replies.send(episode.id, "祝您周末愉快，再见。", key="k", by=by, now=clinic.now)
    episode = await chat.desk.get(episode.id, by=by)
    ending = Ending(kind=EndingKind.GREETING, by=by.by, at=clinic.now)
    await chat.desk.close(episode.id, ending, note="完成", revision=episode.revision, by=by, now=clinic.now)
    await post.pass_by(timedelta(seconds=1))
    await clinic.say(openid, "人工")
    again = await chat.desk.of_contact(contact_id)
    assert again is not None
    taken = await chat.desk.take(again.id, reason="熟人", by=by, now=clinic.now)
    await post.pass_by(timedelta(seconds=4))
    await post.deliver()
    assert "祝您周末愉快，再见。" in [seen.text for seen in clinic.sent_to(openid, "customer")]
    now = await chat.desk.get(again.id, by=by)
    assert (now.waiting_since, now.first_reply_at, now.staff_at) == (taken.waiting_since, None, None)
