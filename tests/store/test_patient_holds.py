"""Holds in the database: set, lifted by whom, over by themselves; what follows from a fact; those of older records."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.store.test_patient_records import NOW, READER, Room, room
from wxbot.actors import SYSTEM, Actor
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError
from wxbot.followups.models import FollowUpState
from wxbot.history.models import PatientId
from wxbot.patients.holding import TASKS_OBSOLETE
from wxbot.patients.lists import By
from wxbot.patients.models import ConsentTopic, HoldKind
from wxbot.patients.stores.patients import PATIENTS
from wxbot.staff.permissions import Role, permissions_of

__all__ = ["room"]

DAY = timedelta(days=1)
ANN = Actor(id="ann", name="小安", permissions=permissions_of(Role.CLINICIAN))
BEN = Actor(id="ben", name="小本", permissions=permissions_of(Role.CLINICIAN))
LEAD = Actor(id="lead", name="主管", permissions=permissions_of(Role.MANAGER))


async def kinds(room: Room, patient_id: PatientId) -> list[tuple[HoldKind, bool]]:
    return [(each.kind, each.stands(NOW)) for each in (await room.one(patient_id)).holds]


async def test_a_hold_says_why_from_when_until_when_and_by_whom_and_what_was_is_kept(room: Room) -> None:
    patient = await room.add()
    held = await room.holds.set(patient.id, HoldKind.PAUSED, " 出国 ", until=date(2026, 12, 1), by=ANN, now=NOW)
    (hold,) = held.holds
    assert (hold.reason, hold.since, hold.by, hold.stands(NOW)) == ("出国", NOW, "staff:ann", True)
    assert hold.until is not None
    assert not hold.stands(hold.until)
    assert hold.stands(hold.until - timedelta(seconds=1))
    again = await room.holds.set(patient.id, HoldKind.PAUSED, "出国", until=date(2026, 12, 1), by=BEN, now=NOW + DAY)
    assert again == held  # it stands already
    longer = await room.holds.set(patient.id, HoldKind.PAUSED, "住院", by=BEN, now=NOW + DAY)
    assert [(each.reason, each.lifted_by) for each in longer.holds] == [("出国", "staff:ben"), ("住院", "")]
    after = await room.holds.lift(patient.id, longer.holds[1].id, "出院了", by=ANN, now=NOW + 2 * DAY)
    assert [(each.lifted_by, each.lifted_why) for each in after.holds][1] == ("staff:ann", "出院了")
    assert (after.held_kinds, after.held_at) == ((), None)
    entries = await room.audit.of_subject(f"patient:{patient.id}", 10)
    assert [(each.action, each.reason) for each in entries][:3] == [
        ("patient:released", "出院了"),
        ("patient:held", "住院"),
        ("patient:held", "出国"),
    ]


@pytest.mark.parametrize(
    ("kind", "facts", "field"),
    [
        (HoldKind.PAUSED, {"reason": " "}, "reason"),
        (HoldKind.PAUSED, {"until": NOW.date() - DAY}, "until"),
        (HoldKind.PAUSED, {"until": NOW.date() + 400 * DAY}, "until"),
        (HoldKind.DECEASED, {"until": NOW.date() + DAY}, "until"),
        (HoldKind.DISPUTE, {"topics": [ConsentTopic.CARE]}, "topics"),
        (HoldKind.OPTED_OUT, {"topics": [ConsentTopic.HEALTH]}, "topics"),
    ],
)
async def test_a_hold_that_makes_no_sense_is_refused(
    room: Room, kind: HoldKind, facts: dict[str, Any], field: str
) -> None:
    patient = await room.add()
    with pytest.raises(FieldErrors) as refused:
        await room.holds.set(patient.id, kind, facts.pop("reason", "因为"), **facts, by=ANN, now=NOW)
    assert list(refused.value.fields) == [field]
    assert (await room.one(patient.id)).holds == ()


@pytest.mark.parametrize(
    ("kind", "others_may"), [(each, each not in {HoldKind.DISPUTE, HoldKind.DECEASED}) for each in HoldKind]
)
async def test_a_dispute_and_a_death_are_lifted_by_who_set_them_or_a_lead(
    room: Room, kind: HoldKind, others_may: bool
) -> None:
    patient = await room.add()

    async def set_by(actor: Actor) -> str:
        held = await room.holds.set(patient.id, kind, f"{actor.name}登记", by=actor, now=NOW)
        return held.holds[-1].id

    hold = await set_by(ANN)
    with pytest.raises(ForbiddenError):
        await room.holds.lift(patient.id, hold, "因为", by=READER, now=NOW)
    if others_may:
        await room.holds.lift(patient.id, hold, "因为", by=BEN, now=NOW)
    else:
        with pytest.raises(ForbiddenError):
            await room.holds.lift(patient.id, hold, "因为", by=BEN, now=NOW)
        await room.holds.lift(patient.id, hold, "登记错了", by=ANN, now=NOW)
        hold = await set_by(BEN)
        await room.holds.lift(patient.id, hold, "已了结", by=LEAD, now=NOW)
    assert [stands for _, stands in await kinds(room, patient.id)].count(True) == 0
    with pytest.raises(NotFoundError):
        await room.holds.lift(patient.id, "没有这条", "因为", by=LEAD, now=NOW)


async def test_of_who_has_died_every_open_task_ends(room: Room) -> None:
    twin, patient, other = await room.add("林小满"), await room.add("林小满"), await room.add("别人")
    await room.merge(patient.id, twin.id)
    tasks = [
        await room.tasks.open(
            key=f"t{number}", kind="phone", reason="回访", contact_id=None, patient_id=whom, due_at=NOW, now=NOW
        )
        for number, whom in enumerate([patient.id, twin.id, other.id])
    ]
    await room.holds.set(patient.id, HoldKind.DECEASED, "家属来电", by=ANN, now=NOW)
    ended = [await room.tasks.by_id(each.id) for each in tasks]
    assert [each.state for each in ended if each] == [
        FollowUpState.OBSOLETE,
        FollowUpState.OBSOLETE,
        FollowUpState.OPEN,
    ]
    assert ended[0] is not None
    assert ended[0].outcome == TASKS_OBSOLETE


async def test_a_danger_sign_holds_for_days_renews_itself_and_leaves_a_colleagues_own_alone(room: Room) -> None:
    patient = await room.add()
    facts: dict[str, Any] = {"cause": "followup:f1", "lasts": 14 * DAY}
    one = await room.holds.note_adverse(patient.id, "患者写到出血", **facts, now=NOW)
    two = await room.holds.note_adverse(patient.id, "患者写到出血", **facts, now=NOW + DAY)
    assert (len(two.holds), two.holds[0].until) == (1, NOW + 15 * DAY)
    assert one.holds[0].id == two.holds[0].id
    assert not two.holds[0].stands(NOW + 15 * DAY)
    later = await room.holds.note_adverse(patient.id, "患者写到发热", **facts, now=NOW + 20 * DAY)
    assert [each.reason for each in later.holds] == ["患者写到出血", "患者写到发热"]
    await room.holds.lift(patient.id, later.holds[1].id, "复查正常", by=BEN, now=NOW + 21 * DAY)
    await room.holds.set(patient.id, HoldKind.ADVERSE, "面诊时肿胀", by=BEN, now=NOW + 21 * DAY)
    mine = await room.holds.note_adverse(patient.id, "患者写到发热", **facts, now=NOW + 22 * DAY)
    assert (mine.holds[-1].reason, mine.holds[-1].until) == ("面诊时肿胀", None)


async def test_what_has_healed_lifts_what_held_because_it_had_not(room: Room) -> None:
    patient = await room.add()
    await room.holds.set(patient.id, HoldKind.UNRECOVERED, "还肿", by=BEN, now=NOW)
    await room.holds.set(patient.id, HoldKind.OBJECTION, "颜色不满意", by=BEN, now=NOW)
    await room.marks.recovered(patient.id, "复查愈合", by=ANN, now=NOW)
    assert await kinds(room, patient.id) == [(HoldKind.UNRECOVERED, False), (HoldKind.OBJECTION, True)]


async def test_lists_leave_out_what_is_over(room: Room) -> None:
    patient = await room.add("五月")
    await room.holds.set(patient.id, HoldKind.PAUSED, "出国", until=NOW.date() + DAY, by=SYSTEM, now=NOW)

    async def titles(days: int) -> list[str]:
        page = await room.lists().page(By.HOLD, "", "", by=READER, now=NOW + days * DAY)
        return [card.title for card in page.cards]

    assert [await titles(0), await titles(3)] == [["五月"], []]


# -- records from before there were kinds of holds -------------------------------------------------------------------

MARK = {"reason": "颜色不满意", "by": "staff:ann", "at": NOW - DAY}
OLD_FORMS: list[tuple[dict[str, Any], list[tuple[HoldKind, str, str]]]] = [
    ({"hold": None, "hold_set": None, "objection": None}, []),
    ({"hold": "费用争议", "hold_set": None, "objection": None}, [(HoldKind.PAUSED, "费用争议", "system")]),
    (
        {"hold": "出国", "hold_set": {"reason": "出国", "by": "staff:ben", "at": NOW}, "objection": MARK},
        [(HoldKind.OBJECTION, "颜色不满意", "staff:ann"), (HoldKind.PAUSED, "出国", "staff:ben")],
    ),
    ({"hold": None, "hold_set": None, "objection": MARK}, [(HoldKind.OBJECTION, "颜色不满意", "staff:ann")]),
]


@pytest.mark.parametrize(("old", "expected"), OLD_FORMS)
async def test_an_older_record_keeps_what_protects_its_patient(
    room: Room, old: dict[str, Any], expected: list[tuple[HoldKind, str, str]]
) -> None:
    patient = await room.add("老档案", phone="13800138000")
    rows = room.database.collection(PATIENTS)
    today = {"holds": "", "held_kinds": "", "held_at": ""}
    await rows.update_one({"_id": patient.id}, {"$set": old, "$unset": today})
    before = await room.one(patient.id)  # read as it is, before anything was written anew
    assert [(each.kind, each.reason, each.by) for each in before.holds] == expected
    assert all(each.stands(NOW) for each in before.holds)
    assert [await room.records.catch_up(), await room.records.catch_up()] == [len(before.holds) > 0, 0]
    after = await room.one(patient.id)
    assert (after.holds, after.phone) == (before.holds, "+8613800138000")
    for narrowed, kind in ((By.HOLD, HoldKind.PAUSED), (By.OBJECTION, HoldKind.OBJECTION)):
        page = await room.lists().page(narrowed, "", "", by=READER, now=NOW)
        assert [card.title for card in page.cards] == ["老档案"] * any(each[0] is kind for each in expected)
    row = await rows.find_one({"_id": patient.id})
    assert row is not None
    assert not expected or not {"hold", "hold_set", "objection"} & row.keys()


async def test_a_merge_of_before_is_undone_with_its_holds(room: Room) -> None:
    kept, twin = await room.add("张三"), await room.add("张三")
    merge = await room.merge(kept.id, twin.id)
    rows = room.database.collection("merges")
    await rows.update_one(
        {"_id": merge.id}, {"$set": {"merged_before.hold": "投诉"}, "$unset": {"merged_before.holds": ""}}
    )
    await room.merges.undo(merge.id, by=SYSTEM, now=NOW)
    assert [(each.kind, each.reason) for each in (await room.one(twin.id)).holds] == [(HoldKind.PAUSED, "投诉")]
