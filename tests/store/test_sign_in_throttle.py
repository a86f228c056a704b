"""Who guesses is slowed, and the person whose login it is gets in: by place, by known browser, over all places."""

import asyncio
from datetime import timedelta

import pytest

from tests.store.test_staff import PASSWORD, WRONG, Room, room, with_codes
from wxbot.actors import COMMAND_LINE
from wxbot.staff.devices import LIFETIME, Devices
from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.lockout import FREE_TRIES_OF_A_LOGIN, login_key, place_key
from wxbot.staff.models import Account

__all__ = ["room"]

HOME, ELSEWHERE = "192.0.2.1", "198.51.100.9"


async def known_browser(room: Room, login: str) -> tuple[Account, str]:
    """Somebody who has signed in before, and what their browser keeps."""
    opened = await room.enter(login, source=HOME)
    return opened.account, room.staff.access.known_device(opened.account, room.real)


async def guess(room: Room, login: str, times: int, source: str = ELSEWHERE, device: str = "") -> list[str]:
    """Wrong passwords, one after the other; what was answered."""
    answers = []
    for _ in range(times):
        with pytest.raises(SignInRefusedError) as refused:
            await room.staff.access.sign_in(login, WRONG, now=room.now, real=room.real, source=source, device=device)
        answers.append(str(refused.value))
    return answers


async def enters(room: Room, login: str, source: str, device: str = "") -> bool:
    """Whether the right password opens the door there."""
    try:
        await room.staff.access.sign_in(login, PASSWORD, now=room.now, real=room.real, source=source, device=device)
    except SignInRefusedError:
        return False
    return True


async def test_a_strangers_wrong_passwords_do_not_lock_out_the_right_one_elsewhere(room: Room) -> None:
    await room.hire("xiaolin")

    await guess(room, "xiaolin", 12)

    assert not await enters(room, "xiaolin", ELSEWHERE)
    assert await enters(room, "xiaolin", HOME)


async def test_a_stranger_at_the_same_address_does_not_lock_out_a_known_browser(room: Room) -> None:
    await room.hire("xiaolin")
    _, device = await known_browser(room, "xiaolin")

    for number in range(40):
        await guess(room, f"guess{number}", 1, source=HOME)
    await guess(room, "xiaolin", 10, source=HOME)

    assert not await enters(room, "xiaolin", HOME)
    assert await enters(room, "xiaolin", HOME, device)


async def test_an_attack_from_many_addresses_slows_unknown_browsers_only(room: Room) -> None:
    await room.hire("xiaolin")
    _, device = await known_browser(room, "xiaolin")

    for number in range(FREE_TRIES_OF_A_LOGIN // 2):
        await guess(room, "xiaolin", 2, source=f"203.0.113.{number}")

    assert not await enters(room, "xiaolin", "192.0.2.200")
    assert await enters(room, "xiaolin", "192.0.2.200", device)
    room.clock.move(timedelta(minutes=1))
    assert await enters(room, "xiaolin", "192.0.2.200")


async def test_below_a_hundred_failures_an_hour_are_looked_at_however_many_addresses_there_are(room: Room) -> None:
    await room.hire("xiaolin")
    looked_at = 0
    for minute in range(60):
        for number in range(6):
            [answer] = await guess(room, "xiaolin", 1, source=f"10.{minute}.{number}.1")
            looked_at += "不对" in answer
        room.clock.move(timedelta(minutes=1))
    assert FREE_TRIES_OF_A_LOGIN <= looked_at < 100


async def test_a_stolen_browser_has_five_tries_and_is_then_like_any_other(room: Room) -> None:
    await room.hire("xiaolin")
    _, device = await known_browser(room, "xiaolin")

    answers = await guess(room, "xiaolin", 11, device=device)

    assert ["不对" in each for each in answers] == [True] * 10 + [False]


async def test_a_hundred_guesses_at_once_from_a_known_browser_are_no_way_around_the_pause(room: Room) -> None:
    await room.hire("xiaolin")
    _, device = await known_browser(room, "xiaolin")

    async def one() -> str:
        return (await guess(room, "xiaolin", 1, device=device))[0]

    answers = await asyncio.gather(*(one() for _ in range(40)))

    assert len([answer for answer in answers if "不对" in answer]) <= 10


async def test_a_browser_is_known_for_one_login_only(room: Room) -> None:
    await room.hire("xiaolin")
    await room.hire("xiaochen")
    _, device = await known_browser(room, "xiaolin")

    await guess(room, "xiaochen", 5, device=device)

    assert not await enters(room, "xiaochen", ELSEWHERE, device)


@pytest.mark.parametrize("how", ["reset", "change"])
async def test_a_new_password_forgets_the_known_browsers(room: Room, how: str) -> None:
    account = await room.hire("xiaolin")
    _, device = await known_browser(room, "xiaolin")
    if how == "reset":
        await room.staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=room.now, password=f"{PASSWORD}!")
    else:
        await room.staff.self_service.change_password(
            PASSWORD, f"{PASSWORD}!", by=account.actor, now=room.now, session_id="", real=room.real
        )

    after = await room.staff.by_login("xiaolin", by=COMMAND_LINE)

    assert room.staff.access._devices.recognise(device, after, room.real) == ""


async def test_a_reset_ends_the_pauses_at_every_place(room: Room) -> None:
    account = await room.hire("xiaolin")
    for number in range(11):
        await guess(room, "xiaolin", 5, source=f"203.0.113.{number}")

    await room.staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=room.now, password=PASSWORD)

    assert await enters(room, "xiaolin", "203.0.113.1")


async def test_whatever_is_typed_as_a_login_meets_no_other_logins_key(room: Room) -> None:
    await room.hire("xiaolin")
    for typed in (f"xiaolin{HOME}", f"xiaolin:{HOME}", place_key("xiaolin", HOME), login_key("xiaolin")):
        await guess(room, typed, 5, source=ELSEWHERE)
        room.clock.move(timedelta(minutes=31))
    assert await enters(room, "xiaolin", HOME)


async def test_who_stole_a_password_does_not_lock_its_owner_out_of_the_code(room: Room) -> None:
    account, codes = await with_codes(room, "xiaolin")
    device = room.staff.access.known_device(account, room.real)
    thief = await room.enter("xiaolin", source=ELSEWHERE)
    for _ in range(6):
        with pytest.raises(SignInRefusedError):
            await room.staff.access.enter_code(thief.token, "000000", now=room.now, real=room.real)

    owner = await room.enter("xiaolin", source=HOME)
    room.clock.move(timedelta(seconds=31))
    opened = await room.staff.access.enter_code(
        owner.token, codes.at(room.real), now=room.now, real=room.real, device=device
    )

    assert await room.is_in(opened)


async def test_a_value_that_was_changed_or_is_too_old_is_nobodys(room: Room) -> None:
    account = await room.hire("xiaolin")
    devices = Devices(b"the installation's key")
    value = devices.issue(account, room.real)
    nonce, at, signature = value.split(".")

    assert devices.recognise(value, account, room.real) == nonce
    assert devices.recognise(value, account, room.real + LIFETIME + timedelta(seconds=1)) == ""
    assert Devices(b"another key").recognise(value, account, room.real) == ""
    for wrong in ("", ".", "..", "a.b.c", f"{nonce}.{int(at) + 1}.{signature}", f"x.{at}.{signature}", "\udc80" * 300):
        assert devices.recognise(wrong, account, room.real) == ""
