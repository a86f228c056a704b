"""Two records of one person as one, and back: nothing is lost, and parting is exact."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from wxbot.history.models import ContactId, PatientId
from wxbot.patients.combining import choices, combined, parted
from wxbot.patients.derived import indexed
from wxbot.patients.models import (
    Birthday,
    Calendar,
    ContactLink,
    Gender,
    Hold,
    HoldKind,
    Mark,
    Merge,
    Patient,
    Relation,
    Tag,
    Taken,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

MARKS = st.none() | st.builds(
    Mark, reason=st.sampled_from(["甲", "乙"]), by=st.just("staff:1"), at=st.datetimes(timezones=st.just(UTC))
)
TAGS = st.lists(
    st.builds(
        Tag,
        name=st.sampled_from(["VIP", "种植", "复查"]),
        by=st.just("staff:1"),
        at=st.just(NOW),
        expires_on=st.none() | st.sampled_from(["2026-12-01", "2027-01-01"]),
    ),
    max_size=3,
    unique_by=lambda tag: tag.name,
).map(tuple)


def records(patient_id: str) -> st.SearchStrategy[Patient]:
    holds = st.lists(
        st.builds(
            Hold,
            id=st.sampled_from([f"h1-{patient_id}", f"h2-{patient_id}"]),
            kind=st.sampled_from(list(HoldKind)),
            reason=st.sampled_from(["投诉", "出国"]),
            since=st.just(NOW),
            by=st.just("staff:1"),
            lifted_at=st.none() | st.just(NOW),
        ),
        max_size=2,
        unique_by=lambda hold: hold.id,
    ).map(tuple)
    return st.builds(
        Patient,
        id=st.just(PatientId(patient_id)),
        name=st.none() | st.sampled_from(["张三", "李四"]),
        created_at=st.just(NOW),
        birthday=st.none() | st.just(Birthday(calendar=Calendar.SOLAR, year=1990, month=5, day=12)),
        relation=st.sampled_from(list(Relation)),
        contact_id=st.none() | st.sampled_from([ContactId(f"c-{patient_id}"), ContactId("c-shared")]),
        other_contacts=st.sampled_from([(), (ContactLink(contact_id=ContactId("c-aunt"), relation=Relation.OTHER),)]),
        holds=holds,
        recovered=MARKS,
        offers_declined_at=st.none() | st.just(NOW),
        phone=st.none() | st.sampled_from(["+8613800138000", "+8613900139000"]),
        identity=st.none() | st.just("E12345678"),
        record_number=st.none() | st.just(f"R-{patient_id}"),
        gender=st.sampled_from(list(Gender)),
        note=st.sampled_from(["", "怕疼", "早上来"]),
        tags=TAGS,
        source=st.sampled_from(["self", "staff:1", "import:1"]),
        revision=st.integers(0, 9),
    ).map(indexed)


CHOSEN = st.dictionaries(st.sampled_from(["name", "phone", "note", "gender"]), st.sampled_from(list(Taken)))


def merge_of(one: Patient, two: Patient, after: Patient) -> Merge:
    return Merge(
        id="m1",
        survivor_id=one.id,
        merged_id=two.id,
        by="staff:1",
        at=NOW,
        taken={},
        survivor_before=one,
        merged_before=two,
        survivor_after=after,
        contact_ids=(),
    )


def without_revision(patient: Patient) -> Patient:
    return replace(patient, revision=0)


@given(one=records("one"), two=records("two"), chosen=CHOSEN)
def test_parting_restores_both_records_exactly(one: Patient, two: Patient, chosen: dict[str, Taken]) -> None:
    after, shell = combined(one, two, chosen)
    first, second, stays = parted(merge_of(one, two, after), after, shell)
    assert (without_revision(first), without_revision(second)) == (without_revision(one), without_revision(two))
    assert stays == ()
    assert (first.revision, second.revision) == (one.revision + 2, two.revision + 2)


def of_the_clinic(patient: Patient) -> bool:
    """Whether the record stays when its contact leaves WeChat."""
    return patient.source != "self" or patient.record_number is not None or patient.merged_into is not None


@given(one=records("one"), two=records("two"))
def test_a_merge_loses_nothing_the_survivor_lacks_and_nothing_that_protects(one: Patient, two: Patient) -> None:
    after, shell = combined(one, two, {})
    for field in ("name", "phone", "identity", "birthday"):
        assert getattr(after, field) == (getattr(one, field) or getattr(two, field))
    assert {tag.name for tag in after.tags} == {tag.name for tag in (*one.tags, *two.tags)}
    assert {hold.id for hold in after.holds} == {hold.id for hold in (*one.holds, *two.holds)}
    assert set(after.held_kinds) >= set(one.held_kinds)
    assert of_the_clinic(after) or not (of_the_clinic(one) or of_the_clinic(two))
    speakers = {after.contact_id, shell.contact_id, *(each.contact_id for each in after.other_contacts)}
    assert {one.contact_id, two.contact_id} <= speakers | {None}
    assert all(part in after.note for part in (one.note, two.note))


@given(one=records("one"), two=records("two"))
def test_the_duplicate_becomes_an_empty_pointer_that_no_search_finds(one: Patient, two: Patient) -> None:
    _, shell = combined(one, two, {})
    assert shell.merged_into == one.id
    kept = {"id", "created_at", "relation", "contact_id", "source", "merged_into", "revision"}
    blank = Patient(id=shell.id, name=None, created_at=shell.created_at)
    others = [field.name for field in fields(Patient) if field.name not in kept]
    assert [name for name in others if getattr(shell, name) != getattr(blank, name)] == []


def test_what_was_edited_after_the_merge_stays_and_is_named() -> None:
    one = indexed(Patient(id=PatientId("one"), name="张三", created_at=NOW, phone="+8613800138000"))
    two = indexed(Patient(id=PatientId("two"), name="张叁", created_at=NOW, note="怕疼", contact_id=ContactId("c2")))
    after, shell = combined(one, two, {"name": Taken.MERGED})
    edited = replace(after, note="怕疼，请慢慢来", revision=after.revision + 1)
    first, second, stays = parted(merge_of(one, two, after), edited, shell)
    assert (first.name, first.note, first.contact_id, stays) == ("张三", "怕疼，请慢慢来", None, ("note",))
    assert without_revision(second) == two


def test_a_contact_who_left_in_between_does_not_come_back() -> None:
    one = indexed(Patient(id=PatientId("one"), name="张三", created_at=NOW, source="staff:1"))
    two = indexed(Patient(id=PatientId("two"), name="张三", created_at=NOW, contact_id=ContactId("c2")))
    after, shell = combined(one, two, {})
    assert after.contact_id == "c2"
    left = replace(after, contact_id=None)
    first, second, _ = parted(merge_of(one, two, after), left, shell)
    assert (first.contact_id, second.contact_id) == (None, None)


def test_of_two_recoveries_the_later_counts_and_of_two_tags_the_one_that_lasts() -> None:
    early, late = Mark(reason="一", by="staff:1", at=NOW), Mark(reason="二", by="staff:1", at=NOW + timedelta(days=1))
    short, long = (Tag(name="VIP", by="staff:1", at=NOW, expires_on=end) for end in ("2026-12-01", None))
    one = Patient(id=PatientId("one"), name="张三", created_at=NOW, recovered=late, tags=(short,))
    two = Patient(id=PatientId("two"), name="张三", created_at=NOW, recovered=early, tags=(long,))
    after, _ = combined(one, two, {})
    assert (after.recovered, after.tags) == (late, (long,))


def test_the_preview_says_masked_what_each_record_holds() -> None:
    one = Patient(id=PatientId("one"), name="张三", created_at=NOW, phone="+8613800138000")
    two = Patient(id=PatientId("two"), name="张三", created_at=NOW, phone="+8613900139000", identity="E12345678")
    shown = {each.field: (each.survivor, each.merged, each.differs, each.taken) for each in choices(one, two)}
    assert shown["phone"] == ("138****8000", "139****9000", True, Taken.SURVIVOR)
    assert shown["identity"] == ("", "E123****5678", False, Taken.MERGED)
    assert shown["name"] == ("张三", "张三", False, Taken.SURVIVOR)
