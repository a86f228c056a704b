"""Our ledger, the meter over the box and the platform agree on everything colleagues send, whatever happens."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from tests.store.desk_room import LI, WANG, DeskRoom
from tests.store.test_outbox_delivery import MovingClock, Platform
from wxbot.conversations.models import Episode, EpisodeState
from wxbot.conversations.replies.meter import Form
from wxbot.database import Database
from wxbot.errors import FieldErrors, Reaction, StaleError
from wxbot.messaging import Channel
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Call, Envelope, Outcome, State
from wxbot.patients.models import Contact
from wxbot.simulator.people import Person
from wxbot.simulator.rights import FOLLOW, MESSAGE, SCAN, TAP, Budget
from wxbot.workflow import NotNowError

BUDGETS: dict[Action, Budget] = {
    Action.MESSAGE: MESSAGE,
    Action.MENU_TAP: TAP,
    Action.FOLLOW: FOLLOW,
    Action.SCAN: SCAN,
}
PAUSES = (6, 6, 6, 20, 59, 61, 300, 3600, 12 * 3600, 47 * 3600, 49 * 3600)  # seconds, longer than taking back
STEPS = (
    *["send"] * 9,
    *["send twice"] * 2,
    "take back",
    "later",
    "message",
    "message",
    "menu_tap",
    "scan",
    "leave",
    "transfer",
    "close",
    "lose answer",
    "nothing",
)
PEOPLE = 25
ROUNDS = {True: 400, False: 100}  # with the people above 10,000 steps at full length, 2,500 otherwise


@dataclass
class PlatformOfPeople(Platform):
    """Decides by the simulated platform's own rights, and remembers what it took."""

    people: dict[str, Person] = field(default_factory=dict)
    clock: MovingClock | None = None
    took: list[tuple[str, str]] = field(default_factory=list)  # openid, text
    refused: Counter[int] = field(default_factory=Counter)
    losing: set[str] = field(default_factory=set)  # whose next answer is lost on its way back

    async def send(self, envelope: Envelope) -> Outcome:
        assert envelope.channel is Channel.CUSTOMER
        assert self.clock is not None
        await asyncio.sleep(0)
        person = self.people[envelope.openid]
        code = 43004 if not person.following else person.rights.refusal(self.clock.now())
        if code is not None:
            self.refused[code] += 1
            return Outcome(call=Call.REFUSED, code=code, reaction=Reaction.DEFER)
        person.rights.spend()
        self.took.append((envelope.openid, envelope.text))
        if envelope.openid in self.losing:
            self.losing.discard(envelope.openid)
            return Outcome(call=Call.UNKNOWN)
        return Outcome(call=Call.ACCEPTED)


@dataclass
class Talk:
    """One patient, their open episode, and what was written to them."""

    contact: Contact
    episode: Episode
    person: Person
    sent: dict[str, str] = field(default_factory=dict)  # key → text
    withheld: set[str] = field(default_factory=set)  # taken back, or the talk changed hands before they left


class Story:
    """The desk and the platform side by side."""

    def __init__(self, room: DeskRoom, platform: PlatformOfPeople, dice: Random) -> None:
        self.room = room
        self.platform = platform
        self.dice = dice
        self.talks: list[Talk] = []
        self.done: Counter[str] = Counter()

    async def begin(self) -> None:
        for number in range(PEOPLE):
            contact, episode = await self.room.talk(name=f"p{number}", wrote=False)
            assert contact.openid is not None
            person = Person(openid=contact.openid, name="", following=True)
            self.platform.people[contact.openid] = person
            self.talks.append(Talk(contact, episode, person))

    async def acts(self, talk: Talk, action: Action) -> None:
        now = self.room.now
        if not talk.person.following:
            talk.person.following = True
            await self.room.patients.follow(talk.person.openid, now)
            action = Action.FOLLOW
        talk.person.rights.open(BUDGETS[action], now)
        await self.room.outbox.rights.note_action(talk.contact.id, action, now)

    async def sends(self, talk: Talk, *, later: bool = False) -> str:
        """Send something new; what the meter says and whether it is refused must be one."""
        now, key = self.room.now, f"{self.dice.getrandbits(60)}"
        text = f"话{key}"
        meter = await self.room.replies.meter(talk.contact.id, now)
        assert (meter.left > 0) is (meter.form in {Form.FREE, Form.LAST})
        try:
            if later:
                at = now + timedelta(seconds=self.dice.choice((30, 600, 40_000)))
                await self.room.replies.send_later(talk.episode.id, text, key=key, at=at, by=LI, now=now)
            else:
                await self.room.replies.send(talk.episode.id, text, key=key, by=LI, now=now)
        except NotNowError:
            assert self.room.desk.episodes[talk.episode.id].owner != LI.id
            self.done["not theirs"] += 1
        except FieldErrors as error:
            self.done["refused before" if meter.left == 0 else f"refused for {sorted(error.fields)}"] += 1
        else:
            assert meter.left > 0
            talk.sent[key] = text
            self.done["sent"] += 1
        return key

    async def step(self, talk: Talk, what: str) -> None:
        self.done[what] += 1
        now = self.room.now
        if what in {action.value for action in Action}:
            await self.acts(talk, Action(what))
        elif what in {"send", "later"}:
            await self.sends(talk, later=what == "later")
        elif what == "send twice":
            key = await self.sends(talk)
            if key in talk.sent:
                await self.room.replies.send(talk.episode.id, talk.sent[key], key=key, by=LI, now=now)
        elif what == "take back":
            key = await self.sends(talk)
            if key in talk.sent:
                try:
                    await self.room.replies.take_back(key, by=LI, now=now)
                    talk.withheld.add(key)
                except StaleError:
                    self.done["too late"] += 1
        elif what == "leave" and talk.person.following:
            talk.person.following = False
            talk.person.rights.close()
            await self.room.patients.unfollow(talk.contact, now)
            await self.room.outbox.rights.note_unfollow(talk.contact.id, now)
        elif what == "transfer":
            talk.withheld.add(await self.sends(talk))
            owner = self.room.desk.episodes[talk.episode.id].owner
            self.room.desk.change(talk.episode.id, owner=WANG.id if owner == LI.id else LI.id)
        elif what == "close":
            talk.withheld.add(await self.sends(talk))
            self.room.desk.change(talk.episode.id, state=EpisodeState.CLOSED, owner=None)
            talk.episode = self.room.desk.add(talk.contact.id, LI, now)
        elif what == "lose answer" and await self.sends(talk) in talk.sent:
            self.platform.losing.add(talk.person.openid)

    async def agree(self) -> None:
        """The ledger says what the platform would; everything sent has one honest end."""
        now = self.room.now
        pages = await self.room.store.rights.of([talk.contact.id for talk in self.talks])
        for talk in self.talks:
            page = pages[talk.contact.id]
            open_now = page.customer_until is not None and page.customer_until > now
            assert (page.customer_left if open_now else 0) == talk.person.rights.remaining(now)

    async def settle(self) -> None:
        """What each message came to is what the platform took of it."""
        taken = Counter(text for _, text in self.platform.took)
        assert max(taken.values(), default=0) == 1, "something was sent twice"
        ends: Counter[State] = Counter()
        for talk in self.talks:
            theirs = {text for openid, text in self.platform.took if openid == talk.person.openid}
            assert theirs <= set(talk.sent.values()), "something went to somebody else"
            rows = await self.room.outbox.by_keys([f"desk/{LI.id}/{key}" for key in talk.sent])
            assert len(rows) == len(talk.sent)
            for key, text in talk.sent.items():
                row = rows[f"desk/{LI.id}/{key}"]
                ends[row.state] += 1
                if row.state is State.ACCEPTED:
                    assert taken[text] == 1
                elif row.state is not State.UNKNOWN:
                    assert taken[text] == 0
                if key in talk.withheld:
                    assert taken[text] == 0
        self.done.update({state.value: number for state, number in ends.items()})


async def test_ledger_meter_and_platform_agree_through_thousands_of_steps_at_the_desk(
    database: Database, clock: MovingClock, full_length: bool
) -> None:
    dice = Random(20261130)
    platform = PlatformOfPeople(clock=clock)
    room = DeskRoom(database, clock, platform)
    await database.create_indexes(room.stores)
    story = Story(room, platform, dice)
    await story.begin()
    for _ in range(ROUNDS[full_length]):
        steps = [(talk, dice.choice(STEPS)) for talk in story.talks]
        await asyncio.gather(*(story.step(talk, what) for talk, what in steps))
        await room.deliver(timedelta(seconds=dice.choice(PAUSES)))
        await story.agree()
    await room.deliver(timedelta(days=3))
    await story.settle()
    done = story.done
    assert platform.refused == Counter()  # the ledger knew each time
    assert done[State.WAITING.value] == done[State.CLAIMED.value] == 0
    assert {each for each in done if each.startswith("refused for")} <= {"refused for ['at']"}
    assert min(done[each] for each in ("accepted", "dropped", "unknown", "refused before", "not theirs")) > 0
    assert done["accepted"] > ROUNDS[full_length]  # the sequence was no silence
