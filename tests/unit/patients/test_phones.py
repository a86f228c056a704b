"""Telephone numbers as people write them, and how little of them is shown."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wxbot.patients import masking, phones
from wxbot.patients.identities import IdentityError, clean_identity


@pytest.mark.parametrize(
    ("text", "phone", "shown"),
    [
        ("13800138000", "+8613800138000", "138****8000"),
        (" +86 138-0013-8000 ", "+8613800138000", "138****8000"),
        ("8613800138000", "+8613800138000", "138****8000"),
        ("0086 138 0013 8000", "+8613800138000", "138****8000"),
        ("１３８００１３８０００", "+8613800138000", "138****8000"),
        ("'13800138000", "+8613800138000", "138****8000"),
        ("(010) 6234-5678", "+861062345678", "010****5678"),
        ("0571-87654321", "+8657187654321", "057*****4321"),
        ("400-800-1234", "+864008001234", "400***1234"),
        ("+852 9123 4567", "+85291234567", "852****4567"),
        ("13800138000.0", "+8613800138000", "138****8000"),
        ("138‑0013‑8000", "+8613800138000", "138****8000"),
        ("电话：13800138000", "+8613800138000", "138****8000"),
        ("Tel. 138 0013 8000。", "+8613800138000", "138****8000"),
        ("0571/87654321", "+8657187654321", "057*****4321"),
    ],
)
def test_a_number_is_understood_kept_in_one_form_and_shown_masked(text: str, phone: str, shown: str) -> None:
    assert (phones.parse(text), phones.masked(phones.parse(text))) == (phone, shown)


@pytest.mark.parametrize("text", ["", "62345678", "1380013800", "138001380000", "abc", "120", "13800138000转12", "<b>"])
def test_what_nobody_can_be_called_at_is_refused(text: str) -> None:
    with pytest.raises(phones.PhoneError):
        phones.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "138OOO38000",  # the keys of a telephone would make it 13866638000
        "138ooo38000",
        "１３８ＯＯＯ３８０００",
        "138ООО38000",  # Cyrillic
        "400-FLOWERS",
        "O13800138000",
        "张13800138000",
        "张三 13800138000",
        "1380013800*0",
        "138****8000",
        "*13800138000",
        "1380013800①",
        "⑬800138000",
        "1380013800²",
        "1380013800.0",  # ten digits, as a spreadsheet writes them
        "138001380.00",
        "0835-2345678/9",
        "0835-2345678-8",
        "1380013800/1",
        "13800138000#1",
        "13800138000;phone-context=+1",
    ],
)
def test_no_sign_becomes_a_digit_of_a_strangers_number(text: str) -> None:
    with pytest.raises(phones.PhoneError):
        phones.parse(text)


@given(digits=st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), at=st.integers(3, 10), sign=st.characters())
def test_a_number_with_another_sign_for_a_digit_is_refused(digits: str, at: int, sign: str) -> None:
    assume(not sign.isdecimal() and sign != "+")
    with pytest.raises(phones.PhoneError):
        phones.parse(digits[:at] + sign + digits[at + 1 :])


@given(text=st.text(max_size=40))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        phone = phones.parse(text)
    except phones.PhoneError:
        return
    assert phones.parse(phone) == phone
    assert phone.startswith("+")


@given(phone=st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True))
def test_of_a_mobile_seven_digits_are_shown_and_no_more(phone: str) -> None:
    shown = phones.masked(phone)
    assert shown == f"{phone[3:6]}****{phone[-4:]}"
    assert phones.digits(phone) == phone[3:]


def test_a_number_is_spoken_as_it_is_dialled() -> None:
    assert [phones.spoken(each) for each in ("+8613800138000", "+861062345678", "+85291234567")] == [
        "138 0013 8000",
        "010 6234 5678",
        "+852 9123 4567",
    ]


@given(number=st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=30))
def test_no_masking_shows_more_than_the_ends(number: str) -> None:
    ways = ((masking.identity(number), 8), (masking.openid(number), 8), (masking.record_number(number), 4))
    for masked, visible in ways:
        assert "****" in masked
        assert len(masked.replace("*", "")) <= min(visible, max(len(number) - 1, 0))


def test_nothing_is_shown_of_nothing() -> None:
    assert [masking.phone(None), masking.identity(None), masking.openid(""), masking.record_number(None)] == [""] * 4


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("11010519491231002x", "11010519491231002X"),
        ("110105 19491231 002X", "11010519491231002X"),
        ("e12345678", "E12345678"),
        ("Ｈ１２３４５６７８", "H12345678"),
    ],
)
def test_an_identity_number_is_kept_in_one_form(text: str, number: str) -> None:
    assert clean_identity(text) == number


@pytest.mark.parametrize("text", ["110105194912310021", "123", "=1+1", "身份证"])
def test_what_is_no_identity_number_is_refused(text: str) -> None:
    with pytest.raises(IdentityError):
        clean_identity(text)
