"""The chat desk's sending side over a real mongod: real outbox, patients, transcript; episodes by a table."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.encryption import KEYS
from tests.store.test_outbox_delivery import CLINIC, MovingClock, Platform, TreatedLongAgo
from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.episodes.desk import Desk
from wxbot.conversations.hours.clocks import DeskTime
from wxbot.conversations.models import Cause, Ending, EndingKind, Episode, EpisodeId, EpisodeState
from wxbot.conversations.reading.stores.notes import NoteStore
from wxbot.conversations.replies.drafts import Drafts
from wxbot.conversations.replies.other_ways import OtherWays
from wxbot.conversations.replies.ownership import KIND, ConversationChecker
from wxbot.conversations.replies.reachability import ReachabilityReader
from wxbot.conversations.replies.service import Replies
from wxbot.conversations.replies.spoken_check import ReplyCheck
from wxbot.conversations.replies.store import DraftStore
from wxbot.conversations.replies.typing_sign import TypingPace
from wxbot.conversations.rules import DeskRules
from wxbot.database import Database
from wxbot.errors import NotFoundError, StaleError
from wxbot.followups.models import FollowUp
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId, Interaction
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.media.service import MediaLibrary
from wxbot.media.store import MediaStore
from wxbot.messaging import Purpose
from wxbot.outbox.ledger import Action
from wxbot.outbox.models import Message
from wxbot.outbox.preconditions import PreconditionsByKind
from wxbot.outbox.service import Outbox
from wxbot.outbox.stores.messages import OutboxStore
from wxbot.patients.models import Contact
from wxbot.patients.service import Patients
from wxbot.patients.stores.patients import PatientStore
from wxbot.quality.models import Entry, Severity
from wxbot.quality.spoken import SpokenCheck
from wxbot.staff.models import Account, AccountId
from wxbot.staff.permissions import Role, permissions_of
from wxbot.templates.models import Card, Template
from wxbot.templates.service import Templates

LI = Actor(id="7", name="小李", permissions=permissions_of(Role.RECEPTION))
WANG = Actor(id="8", name="小王", permissions=permissions_of(Role.CONSULTANT))
CHEN = Actor(id="9", name="陈主管", permissions=permissions_of(Role.MANAGER))

TEMPLATES = [
    Template(key="desk.reply", purpose=Purpose.SERVICE, text="{words}", name="同事的回复"),
    Template(
        key="desk.invitation",
        purpose=Purpose.SERVICE,
        text="您好，方便时请在这里回复一句。",
        notice_card=Card(template_id="NTC", title="咨询", fields={"thing1": "您的咨询有回复"}),
        template_card=Card(template_id="TPL", title="咨询", fields={"thing1": "您的咨询有回复"}),
    ),
]


def entry(words: str, severity: Severity, instead: str = "") -> Entry:
    return Entry(
        category="test",
        name="测试",
        words=(words,),
        severity=severity,
        reason="不能承诺",
        source="测试",
        instead=instead,
    )


LEXICON = [entry("包治", Severity.BLOCK, "多数人会明显好转"), entry("马上好", Severity.WARN)]


class EpisodeTable(Desk):
    """Episodes as a test sets them, in the place of the desk; remembers what it is told."""

    def __init__(self) -> None:
        self.episodes: dict[EpisodeId, Episode] = {}
        self.told: list[tuple[ContactId, str, str, str]] = []
        self.takes = 0

    def add(self, contact_id: ContactId, owner: Actor | None, now: datetime, **facts: Any) -> Episode:
        episode_id = EpisodeId(f"e{len(self.episodes)}")
        episode = Episode(
            id=episode_id,
            key=episode_id,
            contact_id=contact_id,
            cause=Cause.ASKED,
            reason="请求人工",
            opened_at=now,
            opened_by="patient",
            latest_at=now,
            state=EpisodeState.WAITING if owner is None else EpisodeState.ASSIGNED,
            owner=None if owner is None else AccountId(owner.id),
            patient_at=now,
            **facts,
        )
        self.episodes[episode_id] = episode
        return episode

    def change(self, episode_id: EpisodeId, **facts: Any) -> Episode:
        self.episodes[episode_id] = replace(self.episodes[episode_id], **facts)
        return self.episodes[episode_id]

    def end(self, episode_id: EpisodeId, by: Actor, now: datetime) -> None:
        ending = Ending(kind=EndingKind.GREETING, by=by.by, at=now)
        self.change(episode_id, state=EpisodeState.CLOSED, owner=None, ending=ending, closed_at=now)

    async def get(self, episode_id: EpisodeId, *, by: Actor) -> Episode:
        by.must("desk:conversation:read")
        if episode_id not in self.episodes:
            raise NotFoundError(episode_id)
        return self.episodes[episode_id]

    async def of_contact(self, contact_id: ContactId) -> Episode | None:
        return next((each for each in self.episodes.values() if each.contact_id == contact_id and each.is_open), None)

    async def take(self, episode_id: EpisodeId, *, reason: str = "", by: Actor, now: datetime) -> Episode:  # noqa: ARG002
        self.takes += 1
        if self.episodes[episode_id].owner is not None:
            raise StaleError("somebody was quicker")
        return self.change(episode_id, state=EpisodeState.ASSIGNED, owner=AccountId(by.id), owner_since=now)

    async def answered(
        self,
        contact_id: ContactId,
        *,
        line_id: str,
        words: str,
        by: str,
        **more: object,  # noqa: ARG002
    ) -> None:
        self.told.append((contact_id, line_id, words, by))


class NoShifts:
    """Nobody has a roster."""

    async def ends_in(self, account_id: AccountId, now: datetime) -> timedelta | None:  # noqa: ARG002
        return None


class NoAccounts:
    """The people of the tests have no accounts."""

    async def account(self, account_id: AccountId, *, by: Actor) -> Account:  # noqa: ARG002
        raise NotFoundError(account_id)


class NoSource:
    """Fetches nothing."""

    async def fetch(self, platform_id: str) -> bytes | None:  # noqa: ARG002
        return None


class NoVoices:
    """Converts nothing."""

    async def playable(self, data: bytes) -> bytes | None:  # noqa: ARG002
        return None


@dataclass
class Sign:
    """Where 正在输入 was shown."""

    shown: list[str] = field(default_factory=list)

    async def show(self, openid: str) -> bool:
        self.shown.append(openid)
        return True


class DeskRoom:
    """The desk's sending side with real neighbours."""

    def __init__(
        self, database: Database, clock: MovingClock, platform: Platform, rules: DeskRules | None = None
    ) -> None:
        self.clock = clock
        self.platform = platform
        self.database = database
        self.store = OutboxStore(database)
        patients, lines, tasks = PatientStore(database, KEYS), HistoryStore(database), FollowUpStore(database)
        self.draft_store, self.note_store = DraftStore(database, KEYS), NoteStore(database, KEYS)
        media = MediaStore(database, KEYS)
        self.stores = (self.store, patients, lines, tasks, self.draft_store, self.note_store, media)
        self.history = History(lines)
        self.patients = Patients(patients, self.history)
        self.followups = FollowUps(tasks, history=self.history, audit=audit_of(database))
        templates = Templates(TEMPLATES)
        self.outbox = Outbox(
            self.store,
            templates=templates,
            patients=self.patients,
            history=self.history,
            audit=audit_of(database),
            tasks=self.followups,
            sender=platform,
            clock=clock,
            clinics=FixedClinic(CLINIC),
        )
        self.desk = EpisodeTable()
        self.spoken = ReplyCheck(
            SpokenCheck(LEXICON),
            clinics=FixedClinic(CLINIC),
            times=DeskTime(FixedClinic(CLINIC), DeskRules()),
            transcript=self.history,
            duty=NoShifts(),
            accounts=NoAccounts(),
        )
        self.media = MediaLibrary(media, source=NoSource(), voices=NoVoices(), clock=clock)
        self.sign = Sign()
        self.drafts = Drafts(self.draft_store, clock, contacts=self.patients)
        reachability = ReachabilityReader(outbox=self.outbox, patients=self.patients, templates=templates, clock=clock)
        self.other_ways = OtherWays(
            desk=self.desk,
            outbox=self.outbox,
            reachability=reachability,
            followups=self.followups,
            clinics=FixedClinic(CLINIC),
        )
        self.replies = Replies(
            desk=self.desk,
            outbox=self.outbox,
            patients=self.patients,
            reachability=reachability,
            drafts=self.drafts,
            media=self.media,
            spoken=self.spoken,
            audit=audit_of(database),
            rules=rules or DeskRules(),
            typing=self.sign,
            pace=TypingPace(clock),
            other_ways=self.other_ways,
        )
        self.checker = ConversationChecker(self.desk, self.spoken)
        self.outbox.bind(
            PreconditionsByKind({KIND: self.checker}, otherwise=self.checker),
            TreatedLongAgo(),
            authored=self.desk,
            photos=self.media,
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def talk(self, owner: Actor | None = LI, *, wrote: bool = True, name: str = "ann") -> tuple[Contact, Episode]:
        """A patient who has just written, and their open episode."""
        contact, _ = await self.patients.follow(f"o-{name}", self.now)
        if wrote:
            await self.outbox.rights.note_action(contact.id, Action.MESSAGE, self.now)
        return contact, self.desk.add(contact.id, owner, self.now)

    async def send(self, episode: Episode, text: str = "您好", key: str = "k", by: Actor = LI, **more: Any) -> Message:
        return await self.replies.send(episode.id, text, key=key, by=by, now=self.now, **more)

    async def deliver(self, after: timedelta = timedelta(seconds=4)) -> Mapping[str, int]:
        """Time passes, so that nothing can be taken back any more; then what is due leaves."""
        self.clock.move(after)
        return await self.outbox.deliver_due(self.now)

    async def found(self, message: Message) -> Message:
        found = await self.outbox.find(message.key)
        assert found is not None
        return found

    async def lines(self, contact: Contact) -> list[Interaction]:
        """What the transcript says about messages, oldest first."""
        timeline = await self.history.timeline(contact.id)
        return [line for line in reversed(timeline) if line.kind.value.startswith("message:")]

    async def tasks(self) -> list[FollowUp]:
        return await self.followups.open_ones(by=SYSTEM)

    @property
    def texts(self) -> list[str]:
        """What the platform was handed, in order."""
        return [envelope.text for envelope in self.platform.sent]
