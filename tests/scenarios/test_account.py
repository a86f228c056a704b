"""Scene codes in WeChat: colleagues bind their WeChat, scans are counted, menus can be tapped."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import Result

from handlers import entrances
from tests.scenarios.conftest import Clinic
from tests.scenarios.test_operations import wxbot
from wxbot.account.models import ScenePurpose
from wxbot.actors import COMMAND_LINE
from wxbot.staff.models import Account
from wxbot.staff.permissions import Role
from wxbot.staff.wechat_binding import mark_of


async def colleague(clinic: Clinic, login: str = "xiaozhou") -> Account:
    """Somebody who works here."""
    made = await clinic.app.services.staff.create(
        by=COMMAND_LINE,
        login=login,
        name="前台小周",
        role=Role.RECEPTION,
        now=clinic.now,
        password="correct horse staple",
    )
    return made.account


async def code_of(clinic: Clinic, account: Account) -> str:
    """The scene of the code on their screen."""
    services = clinic.app.services
    scene = await services.staff.wechat.start(by=account.actor, now=clinic.now)
    await services.account.scenes.staff_code(scene, by=account.actor)
    return scene


async def confirm(clinic: Clinic, account: Account, openid: str) -> None:
    """They say on the screen that it was they."""
    await clinic.app.services.staff.wechat.confirm(mark_of(openid), by=account.actor, now=clinic.now)


async def scan(clinic: Clinic, openid: str, scene: str) -> str:
    push = await clinic.platform.scan(openid, scene)
    assert push.reply is not None
    return str(push.reply["text"])


async def openid_of(clinic: Clinic, account: Account) -> str | None:
    return (await clinic.app.services.staff.account(account.id, by=COMMAND_LINE)).openid


async def test_a_colleague_who_follows_already_is_bound_by_scanning_and_stays_a_patient(clinic: Clinic) -> None:
    account, openid = await colleague(clinic), await clinic.person("小周")
    answer = await scan(clinic, openid, await code_of(clinic, account))
    assert f"前台小周，您好！还差一步：请在后台核对编号 {openid[-4:]}" in answer
    assert await openid_of(clinic, account) is None
    await confirm(clinic, account, openid)
    assert await openid_of(clinic, account) == openid
    assert "我来帮您预约" in await clinic.say(openid, "预约")
    assert [row["action"] for row in await clinic.rows("audit") if row["action"] == "staff:wechat_bound"] == [
        "staff:wechat_bound"
    ]


async def test_a_colleague_who_follows_by_the_code_is_bound_and_follows(clinic: Clinic) -> None:
    account = await colleague(clinic)
    openid = await clinic.person("小周", follow=False)
    push = await clinic.platform.follow(openid, await code_of(clinic, account))
    assert push.reply is not None
    assert "确认绑定" in push.reply["text"]
    await confirm(clinic, account, openid)
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    assert contact.following
    assert contact.consents[0].wording.startswith("staff.bound@")
    assert await openid_of(clinic, account) == openid


async def test_a_second_person_is_refused_kindly_and_nothing_changes(clinic: Clinic) -> None:
    account = await colleague(clinic)
    first, second = await clinic.person("小周"), await clinic.person("患者")
    scene = await code_of(clinic, account)
    await scan(clinic, first, scene)
    await confirm(clinic, account, first)
    answer = await scan(clinic, second, scene)
    assert "没有绑定成功" in answer
    assert "如果您是来就诊的，回复「预约」" in answer
    assert await openid_of(clinic, account) == first


async def test_a_code_that_is_over_binds_nobody(clinic: Clinic) -> None:
    account, openid = await colleague(clinic), await clinic.person("小周")
    scene = await code_of(clinic, account)
    clinic.app.clock.move(timedelta(minutes=10, seconds=1))
    clinic.platform.clock.move(timedelta(minutes=9))  # the platform still thinks it works
    assert "没有绑定成功" in await scan(clinic, openid, scene)
    assert await openid_of(clinic, account) is None


async def test_a_wechat_that_is_another_accounts_is_refused(clinic: Clinic) -> None:
    one, other = await colleague(clinic), await colleague(clinic, "other")
    openid = await clinic.person("小周")
    await scan(clinic, openid, await code_of(clinic, one))
    await confirm(clinic, one, openid)
    assert "没有绑定成功" in await scan(clinic, openid, await code_of(clinic, other))
    assert await openid_of(clinic, other) is None


async def test_a_scan_whose_push_comes_three_times_is_counted_once(clinic: Clinic) -> None:
    scenes = clinic.app.services.account.scenes
    code = await scenes.create("海报", ScenePurpose.CHANNEL, request="r1", by=COMMAND_LINE, now=clinic.now)
    await scenes.generate(code.id, by=COMMAND_LINE, now=clinic.now)
    newcomer, known = await clinic.person("小新", follow=False), await clinic.person("老友")
    followed = await clinic.platform.follow(newcomer, code.scene)
    for _ in range(2):
        await clinic.platform.redeliver(followed)
    scanned = await clinic.platform.scan(known, code.scene)
    for _ in range(2):
        await clinic.platform.redeliver(scanned)
    kept = await scenes.one(code.id, by=COMMAND_LINE)
    contact = await clinic.app.services.patients.contact_by_openid(newcomer)
    assert contact is not None
    assert await scenes.label_of(contact.scene or "") == "海报"  # as the desk shows it
    assert await scenes.label_of("nothing") == ""
    assert (kept.scans, kept.followers) == (2, 1)
    assert [each.contact_id for each in kept.newcomers] == [contact.id]


async def test_who_comes_back_by_a_code_is_a_scan_and_no_new_follower(clinic: Clinic) -> None:
    scenes = clinic.app.services.account.scenes
    code = await scenes.create("海报", ScenePurpose.CHANNEL, request="r1", by=COMMAND_LINE, now=clinic.now)
    openid = await clinic.person("小回")
    await clinic.move(timedelta(hours=1))
    await clinic.platform.unfollow(openid)
    await clinic.platform.follow(openid, code.scene)
    kept = await scenes.one(code.id, by=COMMAND_LINE)
    assert (kept.scans, kept.followers) == (1, 0)


@pytest.mark.parametrize("key", sorted(entrances.MEANINGS))
async def test_every_key_offered_in_the_menu_editor_is_answered(clinic: Clinic, key: str) -> None:
    openid = await clinic.person()
    clinic.platform.menu = {"button": [{"type": "click", "name": "试", "key": key, "sub_button": []}]}
    answer = await clinic.tap_menu(openid, key)
    assert answer
    routed = [line for line in await clinic.story(openid) if line.payload.get("template")]
    assert not str(routed[-1].payload["template"]).startswith("fallback.")


def buttons(clinic: Clinic) -> list[str]:
    """What the phone shows at the bottom."""
    assert clinic.platform.menu is not None
    return [button["name"] for button in clinic.platform.menu["button"]]


async def push_by_hand(clinic: Clinic, folder: Path) -> Result:
    """`wxbot menu push`, as another process would run it."""
    settings = clinic.app.settings
    values = {
        "MONGODB_URI": settings.mongodb_uri.get_secret_value(),
        "MONGODB_DATABASE": settings.mongodb_database,
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": "a-secret-for-a-test-of-32-characters",
        "WECHAT_APP_ID": settings.wechat_app_id,
        "WECHAT_APP_SECRET": settings.wechat_app_secret.get_secret_value(),
        "WECHAT_TOKEN": settings.wechat_token.get_secret_value(),
        "WECHAT_AES_KEY": settings.wechat_aes_key.get_secret_value(),
        "WECHAT_API_BASE_URL": clinic.platform_url,
    }
    return await asyncio.to_thread(wxbot, folder, "menu", "push", **values)


async def test_the_menu_is_pushed_by_hand_from_the_file_and_later_from_the_console(
    clinic: Clinic, tmp_path: Path
) -> None:
    clinic.platform.menu = None
    result = await push_by_hand(clinic, tmp_path)
    assert (result.exit_code, "menu.toml's, version 1" in result.output) == (0, True), result.output
    assert buttons(clinic) == ["预约", "我的预约", "服务"]
    menus = clinic.app.services.account.menus
    shorter = replace(await menus.current(), buttons=(await menus.current()).buttons[:1])
    await menus.save(shorter, 0, by=COMMAND_LINE, now=clinic.now)
    result = await push_by_hand(clinic, tmp_path)
    assert (result.exit_code, "the console's, version 2" in result.output) == (0, True), result.output
    assert buttons(clinic) == ["预约"]


async def test_a_menu_that_wechat_refuses_says_so_and_fails(clinic: Clinic, tmp_path: Path) -> None:
    clinic.platform.faults.add("/cgi-bin/menu/create", code=48001)
    result = await push_by_hand(clinic, tmp_path)
    assert (result.exit_code, "48001" in result.output) == (1, True)
