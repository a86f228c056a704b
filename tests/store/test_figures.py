"""Figures of closed episodes over a real mongod: written once, written again, read by day and person."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from cattrs import Converter

from config.content import load_content
from config.settings import Settings
from tests.auditing import NOBODY, RECEPTION, audit_of
from tests.clinics import FixedClinic
from tests.desks import HealthAnswers, Marks
from tests.encryption import KEYS
from tests.store.test_outbox_delivery import CLINIC
from tests.unasked import Unasked
from tests.unit.conversations.talks import ANN, LI, OPENED, episode, shipped, talk
from wxbot.actors import Actor
from wxbot.clinic.models import Block
from wxbot.conversations.evaluation.practice_models import PracticeRules
from wxbot.conversations.evaluation.review import Review, open_review
from wxbot.conversations.evaluation.stores.calibrations import CalibrationStore
from wxbot.conversations.evaluation.stores.figures import FiguresStore
from wxbot.conversations.evaluation.stores.practices import PracticeStore
from wxbot.conversations.evaluation.stores.ratings import IncidentStore, RatingStore
from wxbot.conversations.evaluation.stores.reports import ReportStore
from wxbot.conversations.evaluation.stores.self_scores import SelfScoreStore
from wxbot.conversations.intake.service import IntakeField, IntakeForm
from wxbot.conversations.intake.store import IntakeStore
from wxbot.conversations.models import Cause, Ending, EndingKind, Episode, EpisodeId, EpisodeState
from wxbot.conversations.rules import DeskRules
from wxbot.conversations.store import EpisodeStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.installation import read_installation
from wxbot.patients.models import Patient
from wxbot.quality.models import Circumstance, Finding, Severity
from wxbot.quality.service import Quality
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role, permissions_of

LEAD = Actor(id="1", name="主管小陈", permissions=permissions_of(Role.MANAGER))
AGENT = Actor(id="li", name="客服小李", permissions=permissions_of(Role.CONSULTANT))
OTHER = Actor(id="wu", name="客服小吴", permissions=permissions_of(Role.CONSULTANT))
DAY = date(2026, 11, 24)
HOUR = timedelta(hours=1)
PROMISES = "您好，一万二起，包好的。请问您缺牙多久了？"


LEXICON = Quality(read_installation(Settings.model_construct()).lexicon)
PRACTICE = Converter().structure(load_content().practice.model_dump(), PracticeRules)


class NotedTraining:
    """Remembers who is in training."""

    def __init__(self) -> None:
        self.trainees: set[str] = set()

    async def begin_training(self, account_id: AccountId) -> None:
        self.trainees.add(account_id)

    async def end_training(self, account_id: AccountId) -> None:
        self.trainees.discard(account_id)


TRAINING = NotedTraining()


class NotedAlerts:
    """Remembers which incidents the leads were told of: whose talk, and what, once each."""

    def __init__(self) -> None:
        self.told: dict[str, tuple[str | None, str]] = {}

    async def tell_of_incident(
        self, incident_id: str, contact_id: ContactId, agent: AccountId | None, words: str, now: datetime
    ) -> int:
        new = bool(contact_id) and now >= OPENED and incident_id not in self.told
        self.told.setdefault(incident_id, (agent, words))
        return int(new)


ALERTS = NotedAlerts()


class NoRosters:
    """Nobody has a roster."""

    async def everybody(self) -> dict[AccountId, tuple[Block, ...]]:
        return {}


ROSTERS = NoRosters()


class NobodyKnown:
    """No records, no bookings."""

    async def of_contacts(self, _contact_ids: object) -> dict[ContactId, list[Patient]]:
        return {}

    async def upcoming(self, _contact_id: ContactId, _now: datetime) -> list[object]:
        return []


def finds(text: str) -> Sequence[Finding]:
    if "包好" not in text:
        return LEXICON.findings(text, purpose="service", circumstances=(Circumstance.CHAT,))
    found = Finding(
        severity=Severity.BLOCK,
        start=0,
        end=2,
        words="包好",
        category="c",
        name="过度承诺",
        reason="",
        instead="",
        source="",
        grade=3,
    )
    return (found,)


@pytest.fixture
async def review(database: Database) -> Review:
    intakes, figures, tasks = IntakeStore(database, KEYS), FiguresStore(database), FollowUpStore(database)
    await database.create_indexes(
        [
            RatingStore(database),
            IncidentStore(database),
            intakes,
            figures,
            tasks,
            EpisodeStore(database),
            HistoryStore(database),
        ]
    )
    return open_review(
        lists=shipped(),
        fields=tuple(IntakeField(**each.model_dump()) for each in load_content().intake.fields),
        rules=DeskRules(),
        intakes=intakes,
        figures=figures,
        ratings=RatingStore(database),
        incidents=IncidentStore(database),
        practices=PracticeStore(database),
        practice=PRACTICE,
        training=TRAINING,
        alerts=ALERTS,
        history=History(HistoryStore(database)),
        patients=NobodyKnown(),
        contacts=Marks(),
        consents=HealthAnswers(),
        booking=NobodyKnown(),
        clinics=FixedClinic(CLINIC),
        audit=audit_of(database),
        find=finds,
        rosters=ROSTERS,
        surveys=Unasked(),
        reports=ReportStore(database),
        calibrations=CalibrationStore(database),
        self_scores=SelfScoreStore(database),
        tasks=FollowUps(tasks, history=History(HistoryStore(database)), audit=audit_of(database)),
    )


async def closed(database: Database, number: int = 1, answer: str = PROMISES, **fields: object) -> Episode:
    """A closed episode with its lines; `number` tells apart whose it is and when."""
    contact = ContactId(f"{ANN}{number}")
    shift = timedelta(minutes=number)
    lines = talk(("p", "种牙多少钱"), ("a", answer), ("p", "13857042219"))
    await HistoryStore(database).insert(
        [replace(line, id=f"{number}{line.id}", at=line.at + shift, contact_id=contact) for line in lines]
    )
    at = OPENED + shift + timedelta(minutes=5)
    it = episode(
        id=EpisodeId(f"e{number}"),
        key=f"k{number}",
        keys=(f"k{number}",),
        contact_id=contact,
        opened_at=OPENED + shift,
        first_waited_at=lines[0].at + shift,
        state=EpisodeState.CLOSED,
        closed_at=at,
        latest_at=at,
        ending=Ending(kind=EndingKind.AGENT, by=LI, at=at),
        **fields,
    )
    assert await EpisodeStore(database).insert(it)
    return it


async def test_a_closed_episode_is_measured_once_and_again_to_the_same(database: Database, review: Review) -> None:
    it = await closed(database)
    now = OPENED + timedelta(hours=1)
    assert await review.figures.catch_up(now) == 1
    assert await review.figures.catch_up(now) == 0
    kept = await review.figures.one(it.id, by=LEAD)
    assert (kept.owner, kept.day, kept.ending, kept.agent_turns) == ("li", "2026-11-24", EndingKind.AGENT, 1)
    assert set(kept.goals) == {"phone"}
    assert [hit.name for hit in kept.hits] == ["过度承诺"]
    assert await review.figures.note_closed(it) == kept
    assert await review.figures.period(DAY, DAY, by=LEAD) == [kept]


async def test_what_closed_between_two_runs_is_caught_up_with_whatever_its_order(
    database: Database, review: Review
) -> None:
    await closed(database, 9)
    assert await review.figures.catch_up(OPENED + timedelta(hours=1)) == 1
    await closed(database, 2)  # another process closed it earlier and was slow to write it
    assert await review.figures.catch_up(OPENED + timedelta(hours=1)) == 1


async def test_many_measured_ones_do_not_hide_a_new_one(
    database: Database, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxbot.conversations.evaluation.stores.figures.BATCH", 2)
    for number in range(1, 6):
        await closed(database, number)
    assert await review.figures.catch_up(OPENED + timedelta(hours=1)) == 5
    await closed(database, 6)
    assert await review.figures.catch_up(OPENED + timedelta(hours=1)) == 1


async def test_only_lines_of_the_episode_count(database: Database, review: Review) -> None:
    it = await closed(database)
    old = replace(
        talk(("a", "这是上一次的话，包好包好包好"))[0],
        id="old",
        at=OPENED - timedelta(hours=2),
        contact_id=it.contact_id,
    )
    late = replace(old, id="late", at=OPENED + timedelta(hours=2))
    await HistoryStore(database).insert([old, late])
    assert (await review.figures.note_closed(it)).agent_turns == 1


async def test_everybody_sees_their_own_figures_and_a_supervisor_all(database: Database, review: Review) -> None:
    it = await closed(database)
    await review.figures.note_closed(it)
    assert len(await review.figures.period(DAY, DAY, by=AGENT)) == 1
    assert await review.figures.period(DAY, DAY, by=OTHER) == []
    assert await review.figures.period(DAY, DAY, owner=None, by=OTHER) == []
    with pytest.raises(NotFoundError):
        await review.figures.one(it.id, by=OTHER)
    with pytest.raises(ForbiddenError):
        await review.figures.period(DAY, DAY, by=NOBODY)
    with pytest.raises(ForbiddenError):
        await review.figures.measure_again(DAY, DAY, by=AGENT)


async def test_figures_are_measured_again_when_something_was_learnt(database: Database, review: Review) -> None:
    it = await closed(database)
    await review.figures.note_closed(it)
    await review.intakes.save(it.contact_id, IntakeForm(answers={}, out_of_scope=True), 0, by=RECEPTION, now=OPENED)
    assert not (await review.figures.one(it.id, by=LEAD)).out_of_scope
    assert await review.figures.measure_again(DAY, DAY, by=LEAD) == 1
    assert (await review.figures.one(it.id, by=LEAD)).out_of_scope


async def test_days_in_the_wrong_order_and_too_many_are_refused(review: Review) -> None:
    for last in (DAY - timedelta(days=1), DAY + timedelta(days=92)):
        with pytest.raises(FieldErrors):
            await review.figures.period(DAY, last, by=LEAD)


async def test_an_erased_contact_leaves_numbers_without_a_name(database: Database, review: Review) -> None:
    it = await closed(database)
    await review.figures.note_closed(it)
    assert await review.erase(it.contact_id) == 2  # the figures and the incident of the forbidden promise
    kept = await review.figures.one(it.id, by=LEAD)
    assert (kept.contact_id, kept.hits, kept.agent_turns) == ("", (), 1)


async def test_who_needs_a_person_again_within_a_week_was_not_helped_the_first_time(
    database: Database, review: Review
) -> None:
    first = await closed(database)
    await review.figures.catch_up(OPENED + timedelta(hours=1))
    assert (await review.figures.one(first.id, by=LEAD)).came_back_at is None
    assert first.closed_at is not None
    again = replace(
        first,
        id=EpisodeId("e1b"),
        key="k1b",
        keys=("k1b",),
        opened_at=first.closed_at + timedelta(days=7),
        closed_at=first.closed_at + timedelta(days=7, minutes=5),
    )
    started = replace(
        again, id=EpisodeId("e1a"), key="k1a", keys=("k1a",), cause=Cause.STAFF, opened_at=first.closed_at + HOUR
    )
    for it in (started, again):
        assert await EpisodeStore(database).insert(it)
    await review.figures.note_closed(started)
    assert (await review.figures.one(first.id, by=LEAD)).came_back_at is None
    await review.figures.note_closed(again)
    assert (await review.figures.one(first.id, by=LEAD)).came_back_at == again.opened_at
    await review.figures.note_closed(first)  # measured again: the same
    assert (await review.figures.one(first.id, by=LEAD)).came_back_at == again.opened_at


async def test_after_more_than_a_week_it_is_another_matter(database: Database, review: Review) -> None:
    first = await closed(database)
    assert first.closed_at is not None
    await review.figures.note_closed(first)
    later = first.closed_at + timedelta(days=7, seconds=1)
    again = replace(first, id=EpisodeId("e1b"), key="k1b", keys=("k1b",), opened_at=later, closed_at=later + HOUR)
    assert await EpisodeStore(database).insert(again)
    await review.figures.note_closed(again)
    await review.figures.note_closed(first)
    assert (await review.figures.one(first.id, by=LEAD)).came_back_at is None
