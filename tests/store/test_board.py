"""The numbers of the first page over a real mongod, however many telephone calls are overdue."""

from datetime import datetime, timedelta
from functools import partial

from tests.auditing import audit_of
from tests.clinics import FixedClinic
from tests.conftest import ManualClock
from tests.store.test_outbox_delivery import CLINIC
from wxbot.board.models import Number, Topic
from wxbot.board.service import MOST_COUNTED, Board
from wxbot.booking.models import Appointment
from wxbot.conversations.models import Cause, Episode, EpisodeId, EpisodeState
from wxbot.conversations.store import EpisodeStore
from wxbot.database import Database, Mapper
from wxbot.followups.models import FollowUp, FollowUpId, FollowUpKind
from wxbot.followups.service import FollowUps
from wxbot.followups.stores.followups import FollowUpStore
from wxbot.history.models import ContactId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.outbox.stores.failed_messages import FailedMessageStore


class NobodyBooked:
    async def on_day(self, _day: object) -> list[Appointment]:
        return []


def task(number: int, kind: FollowUpKind, due_at: datetime) -> FollowUp:
    return FollowUp(
        id=FollowUpId(f"{kind}{number:05}"),
        key=f"{kind}:{number}",
        kind=kind,
        reason="",
        contact_id=ContactId("c"),
        patient_id=None,
        opened_at=due_at,
        due_at=due_at,
    )


def episode(number: int, at: datetime) -> Episode:
    return Episode(
        id=EpisodeId(f"e{number}"),
        key=f"asked:{number}",
        keys=(f"asked:{number}",),
        contact_id=ContactId(f"c{number}"),
        cause=Cause.ASKED,
        reason="",
        opened_at=at,
        opened_by="patient",
        state=EpisodeState.WAITING if number else EpisodeState.ASSIGNED,
        latest_at=at,
    )


async def test_overdue_calls_do_not_hide_who_waits_for_a_person(database: Database, clock: ManualClock) -> None:
    store, now = FollowUpStore(database), clock.now()
    await database.create_indexes([store, FailedMessageStore(database), EpisodeStore(database)])
    calls = [task(number, FollowUpKind.PHONE, now - timedelta(days=2)) for number in range(MOST_COUNTED + 50)]
    later = [task(number, FollowUpKind.PHONE, now + timedelta(days=2)) for number in range(9_000, 9_007)]
    episodes = EpisodeStore(database)
    for number in range(3):
        await episodes.insert(episode(number, now))
    mapper = Mapper(FollowUp)
    documents = [mapper.document(each) for each in (*calls, *later)]
    await database.collection("followups").insert_many(documents)
    board = Board(
        clinics=FixedClinic(CLINIC),
        booking=NobodyBooked(),  # type: ignore[arg-type]
        followups=FollowUps(store, history=History(HistoryStore(database)), audit=audit_of(database)),
        failed_messages=FailedMessageStore(database),
        waiting_chats=partial(episodes.count, EpisodeState.WAITING),
        approvals=(),
    )
    counted: dict[Topic, Number] = {number.topic: number for number in await board.numbers(now)}
    assert (counted[Topic.WAITING_CHATS].count, counted[Topic.WAITING_CHATS].capped) == (2, False)
    assert (counted[Topic.DUE_FOLLOWUPS].count, counted[Topic.DUE_FOLLOWUPS].capped) == (MOST_COUNTED, True)
    assert counted[Topic.CHECKS].count == 0
