"""The second factor."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from wxbot.staff.codes import accepted_step, new_secret, uri

SECRET = "JBSWY3DPEHPK3PXP" * 2
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "taken"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_code_is_taken_within_half_a_minute_of_its_time(seconds: int, taken: bool) -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))

    assert (accepted_step(secret, code, NOW, after=0) is not None) is taken


def test_a_code_is_good_once() -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW)
    step = accepted_step(secret, code, NOW, after=0)

    assert step is not None
    assert accepted_step(secret, code, NOW, after=step) is None


@pytest.mark.parametrize("code", ["", "abc", "12345", "１２３４５６", "00000000"])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert accepted_step(SECRET, code, NOW, after=0) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    secret = new_secret()
    code = pyotp.TOTP(secret).at(NOW)

    assert accepted_step(secret, f"{code[:3]} {code[3:]}", NOW, after=0) is not None


def test_the_qr_code_names_the_clinic_and_the_login() -> None:
    assert uri(SECRET, login="xiaolin", clinic="晨光诊所").startswith("otpauth://totp/")
    assert "xiaolin" in uri(SECRET, login="xiaolin", clinic="晨光诊所")
