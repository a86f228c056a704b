"""What is typed into the search box matches the keys of the patient meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxbot.patients.search_keys import MOST_WORDS, keys_of, plain, prefixes_of

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=8)
MOBILE = st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True)


def finds(query: str, keys: tuple[str, ...]) -> bool:
    """As the database does: for each word one of its prefixes begins a key."""
    words = prefixes_of(query)
    return bool(words) and all(any(key.startswith(way) for way in ways for key in keys) for ways in words)


@given(name=CHINESE, data=st.data())
def test_every_part_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    assert finds(name[start:end], keys_of(name=name))


@given(phone=MOBILE, length=st.integers(3, 11))
def test_every_tail_of_a_mobile_from_three_digits_on_finds_it(phone: str, length: int) -> None:
    assert finds(phone[-length:], keys_of(name=None, phone=phone))


@given(phone=MOBILE, other=MOBILE)
def test_another_telephone_is_not_found_by_a_whole_number(phone: str, other: str) -> None:
    assert finds(phone, keys_of(name=None, phone=other)) is (phone == other)


@given(name=CHINESE)
def test_the_keys_of_a_name_are_few_and_of_one_form(name: str) -> None:
    keys = keys_of(name=name)
    assert len(keys) <= len(name) + 13 * 2 * len(name)
    assert [key for key in keys if key != plain(key)] == []


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("张三丰", "zsf"),
        ("张三丰", "zhangsf"[:5]),
        ("张三丰", "ZhangSanFeng"),
        ("张三丰", "sanfeng"),
        ("张三丰", "sf"),
        ("单晓明", "shanxiaoming"),
        ("单晓明", "danxiao"),
        ("解晓东", "xiexd"[:3]),
        ("仇英", "qiuying"),
        ("曾子墨", "zzm"),
        ("尉迟恭", "yuchigong"),
        ("万俟卨", "moqi"),
        ("吕布", "lvbu"),
        ("吕布", "lubu"),
        ("欧阳娜娜", "oynn"),
        ("阿依古丽·买买提", "古丽买买提"),
        ("John O'Neil", "oneil"),
        ("JOHN Smith", "smith"),
        ("张三丰", "张 sf"),
        ("张三丰", "ｚｓｆ"),
    ],
)
def test_pinyin_initials_and_other_scripts_find_a_name(name: str, query: str) -> None:
    assert finds(query, keys_of(name=name))


@pytest.mark.parametrize(
    "query",
    ["138 0013 8000", "+86 138-0013-8000", "8613800138000", "１３８００１３８０００", "13800", "8000"],
)
def test_a_telephone_is_found_however_it_is_written(query: str) -> None:
    assert finds(query, keys_of(name="张三", phone="+8613800138000"))


def test_a_landline_is_found_by_its_tail_and_with_its_area_code() -> None:
    keys = keys_of(name=None, phone="+861062345678")
    assert [finds(query, keys) for query in ("5678", "010-6234 5678", "01062", "62345678")] == [True] * 4


def test_two_digits_are_too_few_for_a_tail() -> None:
    assert not finds("00", keys_of(name="张三", phone="+8613800138000"))


def test_a_record_number_is_found_by_its_beginning_and_its_tail() -> None:
    keys = keys_of(name=None, record_number="A-2024-00123")
    assert [finds(query, keys) for query in ("a2024", "A-2024-00123", "123", "00123", "23")] == [True] * 4 + [False]


@pytest.mark.parametrize(
    ("name", "query"), [("张三丰", "丰张"), ("张三丰", "zfs"), ("张三丰", "李"), ("张三丰", "张 李"), ("张三丰", "")]
)
def test_what_does_not_fit_is_not_found(name: str, query: str) -> None:
    assert not finds(query, keys_of(name=name, phone="+8613800138000"))


@given(query=st.text(max_size=60))
def test_any_query_is_understood_and_bounded(query: str) -> None:
    words = prefixes_of(query)
    assert len(words) <= MOST_WORDS
    assert [way for ways in words for way in ways if not way[:1].isupper() and way != plain(way)] == []
    assert [way for ways in words for way in ways if not way.isalnum()] == []


def test_a_nameless_record_has_no_keys() -> None:
    assert keys_of(name=None) == ()
