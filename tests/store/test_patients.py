"""People over a real mongod: recognising in company, consents, races between processes, erasure."""

import asyncio
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.encryption import KEYS
from wxbot.database import Database
from wxbot.errors import InvalidInputError, NotFoundError
from wxbot.history.models import ContactId, Interaction, Kind, PatientId
from wxbot.history.service import History
from wxbot.history.store import HistoryStore
from wxbot.patients.birthday_words import BirthdayError
from wxbot.patients.models import Birthday, Calendar, Consent, ConsentTopic, Contact
from wxbot.patients.service import Patients
from wxbot.patients.stores.contacts import CONTACTS
from wxbot.patients.stores.patients import PATIENTS, PatientStore

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=20)
OPENID = "oPatient0000000000000000001"


def solar(year: int, month: int, day: int) -> Birthday:
    return Birthday(calendar=Calendar.SOLAR, year=year, month=month, day=day)


@pytest.fixture
async def patients(database: Database) -> Patients:
    await database.create_indexes([PatientStore, HistoryStore])  # type: ignore[list-item]
    return another_process(database)


def another_process(database: Database) -> Patients:
    return Patients(PatientStore(database, KEYS), History(HistoryStore(database)))


async def kinds(database: Database, contact: Contact) -> list[Kind]:
    return [line.kind for line in reversed(await History(HistoryStore(database)).timeline(contact.id))]


def granted(contact: Contact) -> dict[str, bool]:
    return {consent.topic.value: consent.granted for consent in contact.consents}


# -- recognising -------------------------------------------------------------------------------------------------


async def test_a_new_openid_becomes_a_contact_and_stays_the_same_one(patients: Patients) -> None:
    first = await patients.recognise(OPENID, NOW)
    assert (first.openid, first.following, first.created_at) == (OPENID, True, NOW)
    assert first.alias.startswith("访客·")
    assert first.consents == ()
    assert await patients.recognise(OPENID, LATER) == first
    assert await patients.contact_by_openid(OPENID) == first
    assert await patients.contact_by_openid("oNobody") is None


async def test_many_pushes_at_once_are_recognised_together(patients: Patients, database: Database) -> None:
    openids = [f"oMany{number % 40}" for number in range(200)]
    found = await asyncio.gather(*(patients.recognise(openid, NOW) for openid in openids))
    assert [contact.openid for contact in found] == openids
    assert len({contact.id for contact in found}) == 40
    assert await database.collection(CONTACTS).count_documents({}) == 40


async def test_four_processes_that_meet_the_same_newcomers_create_each_once(
    patients: Patients, database: Database
) -> None:
    processes = [patients, *(another_process(database) for _ in range(3))]
    openids = [f"oRace{number}" for number in range(60)]
    found = await asyncio.gather(*(process.recognise(openid, NOW) for openid in openids for process in processes))
    by_openid: dict[str | None, set[ContactId]] = {}
    for contact in found:
        by_openid.setdefault(contact.openid, set()).add(contact.id)
    assert {openid: len(ids) for openid, ids in by_openid.items()} == dict.fromkeys(openids, 1)
    assert await database.collection(CONTACTS).count_documents({}) == 60


@pytest.mark.parametrize(
    ("collection", "query"),
    [
        (CONTACTS, {"openid": {"$in": ["oA", "oB"]}}),
        (CONTACTS, {"following": False, "unfollowed_at": {"$lte": NOW}}),
        (PATIENTS, {"birthday_keys": {"$in": ["S05-12", "L08-15"]}, "contact_id": {"$gt": ""}}),
        (PATIENTS, {"contact_id": {"$in": ["c1", "c2"]}, "relation": "self"}),
        (PATIENTS, {"contact_id": "c1"}),
    ],
)
async def test_every_question_is_answered_from_an_index(
    patients: Patients, database: Database, collection: str, query: dict[str, object]
) -> None:
    await patients.recognise(OPENID, NOW)
    plan = await database.collection(collection).find(query).explain()
    assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])
    assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])


# -- following ---------------------------------------------------------------------------------------------------


async def test_the_first_follow_turns_care_on_and_leaves_marketing_alone(
    patients: Patients, database: Database
) -> None:
    contact, welcome = await patients.follow(OPENID, NOW, scene="desk-1", wording="welcome.first:1")
    assert welcome is True
    assert (contact.following, contact.followed_at, contact.scene) == (True, NOW, "desk-1")
    assert contact.consents == (
        Consent(topic=ConsentTopic.CARE, granted=True, at=NOW, source="follow", wording="welcome.first:1"),
    )
    assert not contact.allows(ConsentTopic.MARKETING)
    assert sorted(await kinds(database, contact)) == [Kind.CONSENT_CHANGED, Kind.CONTACT_FOLLOWED]


async def test_a_follow_handled_again_after_a_crash_is_welcomed_again_and_noted_once(
    patients: Patients, database: Database
) -> None:
    first, _ = await patients.follow(OPENID, NOW)
    again, welcome = await patients.follow(OPENID, NOW + timedelta(seconds=40))
    assert welcome is True
    assert again.followed_at == NOW
    assert (await kinds(database, first)).count(Kind.CONTACT_FOLLOWED) == 1


async def test_a_follow_of_somebody_we_welcomed_long_ago_is_nothing_new(patients: Patients) -> None:
    first, _ = await patients.follow(OPENID, NOW)
    assert await patients.follow(OPENID, LATER) == (first, False)


async def test_who_returns_within_the_grace_keeps_everything(patients: Patients) -> None:
    contact, _ = await patients.follow(OPENID, NOW, scene="desk-1")
    contact = await patients.set_consent(
        contact.id, ConsentTopic.MARKETING, granted=True, now=NOW, source="chat", wording="w"
    )
    patient = await patients.self_patient(contact, NOW)
    gone = await patients.unfollow(contact, NOW + timedelta(days=1))
    assert (gone.following, gone.unfollowed_at) == (False, NOW + timedelta(days=1))
    back, welcome = await patients.follow(OPENID, NOW + timedelta(days=2), scene="poster")
    assert welcome is True
    assert (back.id, back.scene, back.unfollowed_at) == (contact.id, "desk-1", None)
    assert granted(back) == {"care": True, "marketing": True}
    assert back.patient_ids == (patient.id,)
    assert await patients.due_for_erasure(NOW + timedelta(days=30)) == []


async def test_who_had_stopped_care_is_not_started_again_by_following(patients: Patients) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    await patients.stop_messages(contact, NOW, "chat:TD")
    await patients.unfollow(contact, LATER)
    back, _ = await patients.follow(OPENID, LATER + timedelta(hours=1))
    assert granted(back) == {"care": False, "marketing": False}


async def test_a_repeated_unfollow_keeps_the_first_moment(patients: Patients, database: Database) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    await patients.unfollow(contact, LATER)
    assert (await patients.unfollow(contact, LATER + timedelta(days=1))).unfollowed_at == LATER
    assert (await kinds(database, contact)).count(Kind.CONTACT_UNFOLLOWED) == 1


async def test_an_unfollow_from_before_the_latest_follow_changes_nothing(patients: Patients) -> None:
    contact, _ = await patients.follow(OPENID, LATER)
    assert await patients.unfollow(contact, NOW) == contact


# -- reachability ------------------------------------------------------------------------------------------------


async def test_switched_off_messages_are_remembered_until_they_write_again(patients: Patients) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    marked = await patients.mark_unreachable(contact.id, 48002, NOW)
    assert (marked.refuses_messages, marked.following) == (True, True)
    cleared = await patients.clear_refusal(contact.id)
    assert (cleared.refuses_messages, cleared.following) == (False, True)


@pytest.mark.parametrize("code", [40003, 43004, 50005])
async def test_the_platforms_word_that_they_left_stops_sending_and_erases_nothing(
    patients: Patients, code: int
) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    marked = await patients.mark_unreachable(contact.id, code, NOW)
    assert (marked.following, marked.unfollowed_at) == (False, None)
    assert await patients.due_for_erasure(NOW + timedelta(days=365)) == []
    assert (await patients.clear_refusal(contact.id)).following is True


async def test_another_code_marks_nothing(patients: Patients) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    assert await patients.mark_unreachable(contact.id, 45015, NOW) == contact


async def test_a_late_push_of_somebody_who_unfollowed_does_not_bring_them_back(patients: Patients) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    gone = await patients.unfollow(contact, LATER)
    assert await patients.clear_refusal(contact.id) == gone


# -- consents ----------------------------------------------------------------------------------------------------


async def test_stopping_and_resuming_is_written_down_word_for_word(patients: Patients, database: Database) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    stopped = await patients.stop_messages(contact, LATER, "chat:退订", wording="consent.stopped:1")
    assert granted(stopped) == {"care": False, "marketing": False}
    resumed = await patients.resume_messages(
        contact, LATER + timedelta(minutes=1), "chat:恢复", wording="consent.resumed:1"
    )
    assert granted(resumed) == {"care": True, "marketing": False}
    lines = await History(HistoryStore(database)).timeline(contact.id)
    said = [(line.text, line.payload["source"], line.payload["wording"]) for line in lines if line.at == LATER]
    assert sorted(said) == [
        ("不接收营销消息", "chat:退订", "consent.stopped:1"),
        ("停止接收关怀消息", "chat:退订", "consent.stopped:1"),
    ]


async def test_changes_that_meet_each_other_are_all_kept(patients: Patients, database: Database) -> None:
    contact, _ = await patients.follow(OPENID, NOW)
    other = another_process(database)
    await asyncio.gather(
        patients.set_consent(contact.id, ConsentTopic.MARKETING, granted=True, now=LATER, source="chat", wording="w"),
        other.mark_unreachable(contact.id, 48002, LATER),
        other.self_patient(contact, LATER),
        patients.self_patient(contact, LATER),
    )
    (after,) = (await patients.contacts([contact.id])).values()
    assert granted(after) == {"care": True, "marketing": True}
    assert after.refuses_messages is True
    assert len(after.patient_ids) == 1


async def test_a_consent_of_nobody_is_refused(patients: Patients) -> None:
    with pytest.raises(NotFoundError):
        await patients.set_consent(
            ContactId("nobody"), ConsentTopic.CARE, granted=True, now=NOW, source="chat", wording="w"
        )


# -- patients ----------------------------------------------------------------------------------------------------


async def test_a_contact_is_one_patient_themselves_however_many_ask(patients: Patients, database: Database) -> None:
    contact = await patients.recognise(OPENID, NOW)
    processes = [patients, another_process(database), another_process(database)]
    found = await asyncio.gather(*(process.self_patient(contact, NOW) for process in processes for _ in range(5)))
    assert len({patient.id for patient in found}) == 1
    assert found[0].contact_id == contact.id
    assert await patients.patients([found[0].id]) == {found[0].id: found[0]}


async def test_a_name_and_a_birthday_are_kept_and_the_transcript_says_only_which(
    patients: Patients, database: Database
) -> None:
    contact = await patients.recognise(OPENID, NOW)
    patient = await patients.self_patient(contact, NOW)
    await patients.set_name(patient.id, " 张 三 ", now=NOW)
    lunar = Birthday(calendar=Calendar.LUNAR, year=1987, month=6, day=3, leap_month=True)
    told = await patients.set_birthday(patient.id, lunar, now=NOW)
    assert (told.name, told.birthday, told.birthday_keys) == ("张三", lunar, ("L-06-03",))
    lines = await History(HistoryStore(database)).timeline(contact.id)
    assert sorted(str(line.payload["field"]) for line in lines) == ["birthday", "name"]
    assert all(line.text is None and "张" not in str(line) and "1987" not in str(line) for line in lines)


async def test_what_is_no_name_or_no_birthday_is_refused_and_changes_nothing(patients: Patients) -> None:
    patient = await patients.self_patient(await patients.recognise(OPENID, NOW), NOW)
    with pytest.raises(InvalidInputError):
        await patients.set_name(patient.id, "<script>", now=NOW)
    with pytest.raises(BirthdayError):
        await patients.set_birthday(patient.id, solar(2023, 2, 29), now=NOW)
    with pytest.raises(NotFoundError):
        await patients.set_name(PatientId("nobody"), "张三", now=NOW)
    assert (await patients.patients([patient.id]))[patient.id] == patient


async def test_a_child_born_today_at_the_clinics_date_may_be_told(patients: Patients) -> None:
    after_midnight_in_china = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    patient = await patients.self_patient(await patients.recognise(OPENID, NOW), NOW)
    told = await patients.set_birthday(patient.id, solar(2026, 11, 23), now=after_midnight_in_china)
    assert told.birthday == solar(2026, 11, 23)


async def test_who_celebrates_a_day_is_found_in_both_calendars(patients: Patients) -> None:
    day = date(2026, 7, 16)  # lunar 6-03, in a year without a leap 6th month
    born = {
        "oSolar": solar(1990, 7, 16),
        "oLunar": Birthday(calendar=Calendar.LUNAR, year=1990, month=6, day=3),
        "oLeap": Birthday(calendar=Calendar.LUNAR, year=1987, month=6, day=3, leap_month=True),
        "oOther": solar(1990, 7, 17),
        "oChild": solar(2013, 7, 16),
    }
    for openid, birthday in born.items():
        patient = await patients.self_patient(await patients.recognise(openid, NOW), NOW)
        await patients.set_birthday(patient.id, birthday, now=NOW)
    contacts = await patients.contacts(
        [each.contact_id for each in await patients.celebrations.on(day) if each.contact_id]
    )
    assert sorted(str(contact.openid) for contact in contacts.values()) == ["oLeap", "oLunar", "oSolar"]


async def test_a_child_is_not_written_to_about_a_grown_ups_birthday(patients: Patients, database: Database) -> None:
    contact = await patients.recognise(OPENID, NOW)
    child = await patients.self_patient(contact, NOW)
    mother = {"_id": "mother", "name": "王芳", "created_at": NOW, "relation": "parent", "contact_id": contact.id}
    await database.collection(PATIENTS).insert_one({**mother, "birthday_keys": []})
    await patients.set_birthday(PatientId("mother"), solar(1985, 7, 16), now=NOW)
    assert [each.id for each in await patients.celebrations.on(date(2026, 7, 16))] == ["mother"]
    await patients.set_birthday(child.id, solar(2014, 1, 1), now=NOW)
    assert await patients.celebrations.on(date(2026, 7, 16)) == []


# -- erasure -----------------------------------------------------------------------------------------------------


async def somebody_who_left(patients: Patients) -> Contact:
    contact, _ = await patients.follow(OPENID, NOW, scene="desk-1")
    patient = await patients.self_patient(contact, NOW)
    await patients.set_name(patient.id, "张三", now=NOW)
    await patients.set_birthday(patient.id, solar(1990, 7, 16), now=NOW)
    return await patients.unfollow(contact, LATER)


async def test_erasure_is_due_three_days_after_leaving_and_not_before(patients: Patients) -> None:
    contact = await somebody_who_left(patients)
    assert await patients.due_for_erasure(LATER + timedelta(days=3, seconds=-1)) == []
    assert [each.id for each in await patients.due_for_erasure(LATER + timedelta(days=3))] == [contact.id]


async def test_erasing_leaves_an_empty_contact_and_one_line_without_content(
    patients: Patients, database: Database
) -> None:
    contact = await somebody_who_left(patients)
    history = History(HistoryStore(database))
    await history.append(
        Interaction(id="chat", at=NOW, kind=Kind.MESSAGE_RECEIVED, contact_id=contact.id, text="我牙疼")
    )
    assert await patients.erase(contact.id, LATER, keep=()) is True
    (left,) = (await patients.contacts([contact.id])).values()
    assert (left.openid, left.alias, left.consents, left.scene, left.patient_ids) == (None, "", (), None, ())
    assert (left.following, left.erased_at) == (False, LATER)
    assert await database.collection(PATIENTS).count_documents({}) == 0
    assert await history.timeline(contact.id) == []
    line = await history.line(f"contact:{contact.id}:erased")
    assert line is not None
    assert (line.kind, line.contact_id, line.text, dict(line.payload)) == (Kind.CONTACT_ERASED, None, None, {})
    assert OPENID not in str(await database.collection(CONTACTS).find_one({"_id": contact.id}))
    assert await patients.due_for_erasure(LATER + timedelta(days=30)) == []


async def test_a_patient_with_bookings_keeps_name_and_birthday_without_the_contact(patients: Patients) -> None:
    contact = await somebody_who_left(patients)
    spoken_for = await patients.spoken_for(contact.id)
    await patients.erase(contact.id, LATER, keep=spoken_for)
    kept = await patients.patients(spoken_for)
    assert len(kept) == 1
    assert await patients.spoken_for(contact.id) == set()
    assert [(each.name, each.birthday, each.contact_id) for each in kept.values()] == [
        ("张三", solar(1990, 7, 16), None)
    ]
    assert await patients.celebrations.on(date(2027, 7, 16)) == []


async def test_an_erasure_that_a_crash_left_half_done_is_due_again_and_finished(
    patients: Patients, database: Database
) -> None:
    contact = await somebody_who_left(patients)

    class PowerCutError(Exception):
        pass

    class FailingStore(PatientStore):
        async def detach_patients(self, contact_id: ContactId, keep: Collection[PatientId]) -> None:
            raise PowerCutError(contact_id, keep)

    failing = Patients(FailingStore(database, KEYS), History(HistoryStore(database)))
    with pytest.raises(PowerCutError):
        await failing.erase(contact.id, LATER, keep=())
    assert await patients.contact_by_openid(OPENID) is None
    assert [each.id for each in await patients.due_for_erasure(LATER + timedelta(days=3))] == [contact.id]
    assert await patients.erase(contact.id, LATER + timedelta(days=3), keep=()) is True
    assert await database.collection(PATIENTS).count_documents({}) == 0
    assert await patients.due_for_erasure(LATER + timedelta(days=30)) == []


async def test_who_returned_in_the_last_moment_is_not_erased(patients: Patients) -> None:
    contact = await somebody_who_left(patients)
    back, _ = await patients.follow(OPENID, LATER + timedelta(days=3))
    assert await patients.erase(contact.id, LATER + timedelta(days=3), keep=()) is False
    assert (await patients.contacts([contact.id]))[contact.id] == back


async def test_who_returns_after_the_erasure_is_somebody_new(patients: Patients) -> None:
    contact = await somebody_who_left(patients)
    await patients.erase(contact.id, LATER + timedelta(days=3), keep=())
    new, welcome = await patients.follow(OPENID, LATER + timedelta(days=4))
    assert welcome is True
    assert new.id != contact.id
    assert new.patient_ids == ()
    assert await patients.erase(contact.id, LATER + timedelta(days=5), keep=()) is False


# -- a person who is needed --------------------------------------------------------------------------------------


async def test_a_contact_is_marked_once_and_no_older_copy_takes_the_mark_away(
    patients: Patients, database: Database
) -> None:
    contact = await patients.recognise(OPENID, NOW)
    assert await patients.mark_conversation(contact.id, "episode-1")
    assert not await patients.mark_conversation(contact.id, "episode-1")
    marked = await patients.recognise(OPENID, NOW)
    assert (marked.conversation, marked.revision) == ("episode-1", contact.revision + 1)
    await asyncio.gather(
        *(another_process(database).stop_messages(contact, NOW, "chat:TD") for _ in range(3)),
        *(patients.mark_conversation(contact.id, f"episode-{number}") for number in range(2, 9)),
    )
    assert (await patients.recognise(OPENID, NOW)).conversation.startswith("episode-")
    assert (await patients.recognise(OPENID, NOW)).allows(ConsentTopic.CARE) is False


async def test_only_the_episode_that_is_over_is_forgotten(patients: Patients) -> None:
    contact = await patients.recognise(OPENID, NOW)
    await patients.mark_conversation(contact.id, "episode-1")
    await patients.mark_conversation(contact.id, "episode-2")
    assert not await patients.forget_conversation(contact.id, "episode-1")
    assert (await patients.recognise(OPENID, NOW)).conversation == "episode-2"
    assert await patients.forget_conversation(contact.id, "episode-2")
    assert (await patients.recognise(OPENID, NOW)).conversation == ""


async def test_an_erased_contact_is_not_marked_again(patients: Patients) -> None:
    contact = await patients.recognise(OPENID, NOW)
    await patients.mark_conversation(contact.id, "episode-1")
    await patients.unfollow(contact, NOW)
    assert await patients.part(contact.id, LATER)
    assert (await patients.contacts([contact.id]))[contact.id].conversation == ""
    assert not await patients.mark_conversation(contact.id, "episode-2")
    assert not await patients.mark_conversation(ContactId("nobody"), "episode-2")
