"""How a talk at the desk ends, over a real mongod: by whom, when not, and what becomes of its task."""

import asyncio

import pytest

from tests.auditing import entries
from tests.conftest import ManualClock
from tests.desks import A, B, Stage, agent, set_stage
from tests.store.desk_talks import ANN, asked_with_task, ended, handover, lines, taken, task
from wxbot.actors import SYSTEM
from wxbot.conversations.episodes import changes
from wxbot.conversations.models import (
    Cause,
    Ending,
    EndingKind,
    Episode,
    EpisodeState,
)
from wxbot.database import Database
from wxbot.errors import StaleError
from wxbot.followups.models import FollowUpKind
from wxbot.history.models import ContactId, Kind
from wxbot.workflow import NotNowError

MANY = 20


@pytest.fixture
async def stage(database: Database, clock: ManualClock) -> Stage:
    return await set_stage(database, clock)


async def test_handing_over_what_is_read_at_that_moment_succeeds(stage: Stage) -> None:
    await stage.available(B)
    for number in range(10):
        episode = await taken(stage, f"c{number}")
        after, *_ = await asyncio.gather(
            stage.desk.hand_over(episode.id, handover(None), revision=episode.revision, by=A, now=stage.now),
            stage.desk.seen(episode.id, by=A, now=stage.now),
            stage.answers(f"c{number}", "o:1", A),
        )
        assert after.state is EpisodeState.WAITING


async def test_of_many_who_close_one_does_and_says_it_once(stage: Stage, database: Database) -> None:
    episode = await taken(stage)
    results = await asyncio.gather(*(ended(stage, episode) for _ in range(MANY)), return_exceptions=True)
    assert len([each for each in results if isinstance(each, Episode)]) == 1
    assert {type(each) for each in results} <= {Episode, StaleError, NotNowError}
    assert (await lines(stage)).count(Kind.CONVERSATION_CLOSED) == 1
    assert len(await entries(database, "conversation:closed")) == 1


async def test_it_is_not_closed_over_what_the_patient_wrote_meanwhile(stage: Stage) -> None:
    episode = await taken(stage)
    await stage.writes("ann", "m:2", "还有一个问题")
    with pytest.raises(StaleError):
        await ended(stage, episode)
    assert await stage.desk.of_contact(ANN) is not None


async def test_the_clock_does_not_end_what_was_answered_at_that_moment(stage: Stage) -> None:
    episode = await taken(stage)
    await stage.answers("ann", "o:1", A)
    ending = Ending(kind=EndingKind.CLIENT, by=SYSTEM.by, at=stage.now)
    with pytest.raises(StaleError):
        await stage.desk.close(
            episode.id,
            ending,
            note="",
            revision=episode.revision,
            version=episode.version,
            by=SYSTEM,
            now=stage.now,
        )
    assert await ended(stage, episode)  # by its owner, who wrote the answer


async def test_writing_and_closing_at_once_lose_nothing(stage: Stage) -> None:
    for number in range(15):
        contact = f"c{number}"
        episode = await taken(stage, contact, agent("abcde"[number % 5]))
        by = agent("abcde"[number % 5])
        close, heard = await asyncio.gather(
            ended(stage, episode, by), stage.writes(contact, "m:2"), return_exceptions=True
        )
        kept = await stage.desk.of_contact(ContactId(contact))
        if isinstance(close, Episode):
            assert (heard, kept) == (None, None)  # the words are the bot's
        else:
            assert isinstance(close, StaleError)
            assert kept is not None
            assert kept.unread == 2


async def test_a_close_closes_its_task_with_the_note_as_outcome(stage: Stage) -> None:
    await asked_with_task(stage)
    danger = await task(stage, FollowUpKind.DANGER, "流血")
    episode = await stage.desk.open(
        key="2", contact_id=ANN, cause=Cause.DANGER, reason="流血", followup_id=danger.id, now=stage.now
    )
    episode = await stage.desk.take(episode.id, by=A, now=stage.now)
    await ended(stage, episode)
    done, still = await stage.tasks.find("handoff:1"), await stage.tasks.find("danger:1")
    assert done is not None
    assert still is not None
    assert (done.outcome, done.closed_at, still.closed_at) == ("问候结束：说清楚了", stage.now, None)


async def test_a_close_that_died_in_the_middle_is_finished_by_the_clock(stage: Stage) -> None:
    episode, asked = await asked_with_task(stage)
    ending = Ending(kind=EndingKind.GREETING, by=A.by, at=stage.now)
    await stage.episodes.replace(episode, changes.closed(episode, ending, note="好了", by=A, now=stage.now))
    assert await stage.tasks.is_open(asked.id)
    stage.pass_time(10)
    assert await stage.desk.assign(stage.now) == 1
    assert not await stage.tasks.is_open(asked.id)
    assert (await lines(stage)).count(Kind.CONVERSATION_CLOSED) == 1
    assert await stage.desk.assign(stage.now) == 0


async def test_a_patient_who_needs_nobody_ends_it(stage: Stage) -> None:
    _, asked = await asked_with_task(stage)
    assert await stage.desk.end_by_patient(ANN, line_ids=("m:9",), now=stage.now)
    [episode] = await stage.episodes.of_contact(ANN, 10)
    assert episode.ending == Ending(kind=EndingKind.CLIENT, by="patient", at=stage.now, evidence=("m:9",))
    assert not await stage.tasks.is_open(asked.id)
    assert not await stage.desk.end_by_patient(ANN, line_ids=(), now=stage.now)


async def test_an_erased_contact_leaves_no_words_and_nobody_owns_them(stage: Stage) -> None:
    first = await taken(stage)
    await ended(stage, first)
    second = await taken(stage)
    await stage.available(B)
    await stage.desk.hand_over(second.id, handover(B), revision=second.revision, by=A, now=stage.now)
    assert await stage.desk.erase(ANN, stage.now) == 2
    for each in await stage.episodes.of_contact(ANN, 10):
        assert (each.state, each.preview, each.reason, each.outcome) == (EpisodeState.CLOSED, "", "", "")
        assert [(one.reason, one.asked) for one in each.handovers] in ([], [("", "")])
    assert await stage.episodes.efforts() == {}
    assert await stage.desk.erase(ANN, stage.now) == 0
