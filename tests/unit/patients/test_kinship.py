"""What a kinship term tells, and who may be meant by it."""

from datetime import UTC, datetime

import pytest

from wxbot.history.models import PatientId
from wxbot.patients.models import Gender, Patient, Relation
from wxbot.patients.relatives import Relative, gender_of


@pytest.mark.parametrize("term", ["妈", "妈妈", "老婆", "女儿", "婆婆", "奶奶", "女朋友", "外甥女", "姐姐"])
def test_terms_for_women(term: str) -> None:
    assert gender_of(term) is Gender.FEMALE


@pytest.mark.parametrize("term", ["爸", "老公", "儿子", "女婿", "爷爷", "男朋友", "岳父", "弟弟"])
def test_terms_for_men(term: str) -> None:
    assert gender_of(term) is Gender.MALE


@pytest.mark.parametrize("term", ["孩子", "朋友", "同事", "宝宝", ""])
def test_terms_that_tell_no_gender(term: str) -> None:
    assert gender_of(term) is Gender.UNKNOWN


def relative(relation: Relation, name: str | None, gender: Gender) -> Relative:
    patient = Patient(
        id=PatientId("p"), name=name, created_at=datetime(2026, 1, 1, tzinfo=UTC), relation=relation, gender=gender
    )
    return Relative(patient=patient, relation=relation)


def test_a_father_is_never_taken_for_the_mother() -> None:
    mother = relative(Relation.PARENT, "李桂兰", Gender.FEMALE)
    assert mother.may_be(Relation.PARENT, "妈妈", "")
    assert mother.surely_is("妈妈", "")
    assert not mother.may_be(Relation.PARENT, "爸爸", "")


def test_a_parent_of_whom_no_gender_is_known_is_asked_for() -> None:
    parent = relative(Relation.PARENT, "李桂兰", Gender.UNKNOWN)
    assert parent.may_be(Relation.PARENT, "爸爸", "")
    assert not parent.surely_is("爸爸", "")


def test_another_name_is_another_person() -> None:
    child = relative(Relation.CHILD, "王小雨", Gender.FEMALE)
    assert child.surely_is("孩子", "王小雨")
    assert not child.may_be(Relation.CHILD, "孩子", "王小晴")
    assert not child.may_be(Relation.SPOUSE, "老婆", "王小雨")
