"""How signs are spoken: alone without the library's phrases, in a text by them."""

import subprocess
import sys

import pytest

from wxbot.pinyin import first_letters_in, phrases, syllable_of, syllables_in, syllables_of


@pytest.mark.parametrize(("sign", "spoken"), [("约", "yue"), ("长", "zhang"), ("吕", "lv"), ("a", "a"), ("😀", "😀")])
def test_a_sign_is_spoken_as_it_is_most_often(sign: str, spoken: str) -> None:
    assert syllable_of(sign) == spoken


def test_a_sign_has_all_its_readings() -> None:
    assert syllables_of("单") == ("dan", "chan", "shan")
    assert syllables_of("a") == ("a",)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("重庆", ["chong", "qing"]),
        ("长大", ["zhang", "da"]),
        ("长春银行", ["chang", "chun", "yin", "hang"]),
        ("洗牙 ABC", ["xi", "ya", " ABC"]),
        ("", []),
    ],
)
def test_signs_are_spoken_as_in_their_phrases(text: str, spoken: list[str]) -> None:
    assert syllables_in(text) == spoken


def test_first_letters_are_those_of_the_phrase() -> None:
    assert first_letters_in("重庆") == ["c", "q"]


def test_phrases_are_known() -> None:
    assert "重庆" in phrases()
    assert "庆重" not in phrases()


def test_single_signs_load_no_phrases() -> None:
    script = (
        "import sys; from wxbot.pinyin import syllable_of, syllables_of; syllable_of('约'), syllables_of('单');"
        "print('pypinyin.phrases_dict' in sys.modules)"
    )
    told = subprocess.check_output([sys.executable, "-c", script], text=True)  # noqa: S603 - our own words
    assert told.strip() == "False"
