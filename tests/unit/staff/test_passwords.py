"""Which passwords are good enough, and how they are kept."""

import subprocess
import sys
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from config.content import SHIPPED
from config.password_words import read_password_words
from wxbot.staff.password_rules import problem_of
from wxbot.staff.passwords import Passwords, one_time


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "123456789",
        "1234567890",
        "Password123",
        "1111111111111",
        "abababababab",
        "xiaolin-2026",
        "晨光诊所的密码很长很长",
        "我叫林小雨我叫林小雨我叫",
        "x" * 129,
    ],
)
def test_a_weak_password_is_refused_with_a_reason(password: str) -> None:
    assert problem_of(password, login="xiaolin", name="林小雨", clinic="晨光诊所") != ""


@pytest.mark.parametrize("password", ["correct horse battery", "三个不相干的词：茶杯、火车、雨伞", "kd83-ßmq-2x_ü"])
def test_a_good_password_is_taken(password: str) -> None:
    assert problem_of(password, login="xiaolin", name="林小雨", clinic="晨光诊所") == ""


WORDS = read_password_words(SHIPPED, SHIPPED).parsed.words  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "password",
    [
        "woaini1314520",
        "5201314520131",
        "Woaini5201314!",
        "aa1234567890",
        "Yiyuan2026!!!",
        "zhensuo123456",
        "qiantai@2026",
        "Kouqiang8888",
        "P@ssw0rd2024",
        "1qaz2wsx3edc",
        "qwertyuiop123",
        "Admin@123456",
        "abcd12345678",
        "19900101abc!",
        "passwordpassword",
        "iloveyou1314!",
        "chenguang2026",  # the clinic's name in pinyin
        "linxiaoyu2026",  # their own
        "Hospital@2026",
        "weixin123456",
    ],
)
def test_what_everybody_tries_first_is_refused_with_a_clear_sentence(password: str) -> None:
    problem = problem_of(password, login="lxy", name="林小雨", clinic="晨光诊所", words=WORDS)
    assert "太常见" in problem


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "茶杯火车雨伞青蛙电梯台灯信号塔",
        "kd83-ßmq-2x_ü",
        "mei-ri-san-bei-cha-shui",
        "Tq7!vRz0wLp2",
        "x" * 3 + " unrelated lantern harbour " + "y" * 80,
    ],
)
def test_what_nobody_tries_first_is_taken_whatever_signs_it_has(password: str) -> None:
    assert problem_of(password, login="lxy", name="林小雨", clinic="晨光诊所", words=WORDS) == ""


def test_the_words_of_the_house_decide_too() -> None:
    password = "Gelatinkontor-7"
    assert problem_of(password) == ""
    assert "太常见" in problem_of(password, words=("gelatinkontor",))


@given(st.text(max_size=200))
def test_any_text_is_weighed_in_time_and_without_an_error(password: str) -> None:
    assert isinstance(problem_of(password, login="lxy", name="林小雨", clinic="晨光诊所", words=WORDS[:20]), str)


def test_a_clinics_folder_may_have_its_own_words(tmp_path: Path) -> None:
    shipped = read_password_words(tmp_path, SHIPPED)
    assert shipped.parsed is not None
    assert "yiyuan" in shipped.parsed.words
    (tmp_path / "passwords.toml").write_text('words = ["haitang", "chenguanglu88"]\n')
    own = read_password_words(tmp_path, SHIPPED)
    assert own.parsed is not None
    assert own.parsed.words == ("haitang", "chenguanglu88")
    (tmp_path / "passwords.toml").write_text('words = [""]\n')
    assert read_password_words(tmp_path, SHIPPED).problems


def test_starting_needs_none_of_the_lists_of_passwords() -> None:
    code = "import sys, wxbot.staff.service; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own words


def test_one_time_passwords_are_good_enough_and_never_twice_the_same() -> None:
    made = {one_time() for _ in range(50)}

    assert len(made) == 50
    assert {problem_of(each) for each in made} == {""}


async def test_a_password_is_kept_as_argon2id_and_recognised_in_any_width() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    kept = await passwords.hash("ＡＢＣ correct horse")

    assert kept.startswith("$argon2id$")
    assert await passwords.fits(kept, "ABC correct horse") is True
    assert await passwords.fits(kept, "ABC correct horsf") is False
    assert await passwords.fits(None, "ABC correct horse") is False
    assert await passwords.fits("no hash at all", "ABC correct horse") is False


async def test_a_hash_of_other_parameters_is_outdated() -> None:
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    kept = await cheap.hash("correct horse")

    assert cheap.outdated(kept) is False
    assert Passwords().outdated(kept) is True
    assert Passwords().outdated(await Passwords().hash("correct horse")) is False
