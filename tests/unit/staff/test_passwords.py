"""Which passwords are good enough, and how they are kept."""

import pytest
from argon2 import PasswordHasher

from wxbot.staff.passwords import Passwords, one_time, problem_of


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
