"""What staff set in the console counts in the chat at once, in every process."""

from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

from config.content import load_content
from tests.scenarios.conftest import Clinic, OpenClinic
from wxbot.actors import COMMAND_LINE
from wxbot.clinic.models import Closure, PractitionerId
from wxbot.clinic.parts import SettingKind
from wxbot.installation import read_installation
from wxbot.messaging import Purpose
from wxbot.setting_files import write_into

TUESDAY = date(2026, 11, 24)


async def days_offered(clinic: Clinic, openid: str) -> list[str]:
    await clinic.book(openid, "洁牙")
    return clinic.offered(openid)


async def test_a_closure_stops_the_hour_being_offered_here_at_once_and_elsewhere_after_a_look(
    open_clinic: OpenClinic,
) -> None:
    here = await open_clinic()
    there = await open_clinic(beside=here)  # pushes now reach the second process
    openid = await here.person()
    closure = Closure(first=TUESDAY, last=TUESDAY, reason="学习", practitioner_id=PractitionerId("chen"))
    assert any("11月24日" in words for words in await days_offered(there, openid))
    await here.app.services.closures.add(closure, by=COMMAND_LINE, now=here.now)
    assert closure in here.app.services.clinic.closures
    assert any("11月24日" in words for words in await days_offered(there, openid))
    await there.app.runner.run_now("refresh_settings")
    assert not any("11月24日" in words for words in await days_offered(there, openid))


async def test_a_retired_doctor_is_no_longer_offered_and_keeps_what_is_booked(clinic: Clinic) -> None:
    openid = await clinic.person()
    services = clinic.app.services
    stored = await services.clinic_settings.stored(by=COMMAND_LINE)
    await clinic.say(openid, "预约")
    assert any("洁牙" in words for words in clinic.offered(openid))
    await services.clinic_settings.retire(
        SettingKind.PRACTITIONERS,
        "chen",
        stored.practitioners[0].revision,
        retired=True,
        by=COMMAND_LINE,
        now=clinic.now,
    )
    await clinic.say(openid, "预约")
    assert not any("洁牙" in words for words in clinic.offered(openid))  # nobody else cleans teeth


async def test_a_new_name_is_said_in_the_next_answer(clinic: Clinic) -> None:
    openid = await clinic.person()
    services = clinic.app.services
    profile = (await services.clinic_settings.stored(by=COMMAND_LINE)).profile
    new = replace(profile.value, address="示例市新路1号")
    assert "新路1号" not in await clinic.say(openid, "地址")
    await services.clinic_settings.save_profile(new, profile.revision, by=COMMAND_LINE, now=clinic.now)
    assert "示例市新路1号" in await clinic.say(openid, "地址")


async def test_new_quiet_hours_count_for_the_next_message_that_would_leave(clinic: Clinic) -> None:
    openid = await clinic.person()
    await clinic.move_to("2026-11-23 22:00")
    await clinic.say(openid, "在吗")
    services = clinic.app.services
    contact = await services.patients.contact_by_openid(openid)
    assert contact is not None

    async def state_of(key: str) -> str:
        now = clinic.now
        message = services.outbox.message(
            key=key,
            contact_id=contact.id,
            purpose=Purpose.REMINDER,
            template="error.refused",
            now=now,
            expires_at=now + timedelta(days=2),
        )
        await services.outbox.enqueue([message])
        await services.outbox.deliver_due(now)
        found = await services.outbox.find(key)
        assert found is not None
        return f"{found.state.value} {found.reason}"

    assert await state_of("one") == "waiting quiet_hours"
    sending = (await services.clinic_settings.stored(by=COMMAND_LINE)).sending
    rules = replace(sending.value, quiet_start=time(23), quiet_end=time(7))
    await services.clinic_settings.save_sending(rules, sending.revision, by=COMMAND_LINE, now=clinic.now)
    await services.outbox.groups.cancel("one", "test", explanation="", now=clinic.now)
    assert (await state_of("two")).startswith("accepted")


async def test_what_was_set_goes_back_to_files_that_the_service_reads(clinic: Clinic, tmp_path: Path) -> None:
    services = clinic.app.services
    stored = await services.clinic_settings.stored(by=COMMAND_LINE)
    profile = replace(stored.profile.value, name="新名字诊所")
    await services.clinic_settings.save_profile(profile, 1, by=COMMAND_LINE, now=clinic.now)
    png = b"\x89PNG\r\n\x1a\n" + b"0" * 20
    await services.clinic_settings.save_photo(PractitionerId("chen"), png, 1, by=COMMAND_LINE, now=clinic.now)
    files = await services.setting_files.files(by=COMMAND_LINE, now=clinic.now)
    write_into(tmp_path / "out", files)
    options = clinic.app.settings.model_copy(update={"config_dir": tmp_path / "out"})
    installed = read_installation(options)
    assert (installed.clinic, [each.data for each in installed.photos]) == (services.clinic, [png])
    content = load_content(tmp_path / "out")
    assert content.clinic.name == "新名字诊所"
    assert [each.id for each in content.clinic.practitioners] == [each.id for each in services.clinic.practitioners]
    assert {each.key for each in content.templates} == set(services.templates.keys)
    noted = await clinic.rows("audit", {"action": "export:exported"})
    assert [row["by"] for row in noted] == [COMMAND_LINE.by]
