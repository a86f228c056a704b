"""What is not kept for ever: the WeChat of a colleague who left it, and the originals of an old merge."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role
from wxbot.staff.wechat_binding import mark_of


async def test_a_colleague_who_left_wechat_keeps_the_account_and_loses_the_binding(clinic: Clinic) -> None:
    staff = clinic.app.services.staff
    made = await staff.create(by=COMMAND_LINE, login="xiaolin", name="小林", role=Role.RECEPTION, now=clinic.now)
    openid = await clinic.person("小林")
    await staff.wechat.scanned(await staff.wechat.start(by=made.account.actor, now=clinic.now), openid, clinic.now)
    await staff.wechat.confirm(mark_of(openid), by=made.account.actor, now=clinic.now)
    await clinic.platform.unfollow(openid)
    await clinic.move(timedelta(days=2))
    assert (await staff.account(made.account.id, by=COMMAND_LINE)).openid == openid
    await clinic.move(timedelta(days=1, hours=1))
    account = await staff.account(made.account.id, by=COMMAND_LINE)
    assert (account.openid, account.bound_at, account.disabled) == (None, None, False)
    assert openid not in str(await clinic.rows("staff"))
    (entry,) = await clinic.rows("audit", {"action": "staff:wechat_unbound"})
    assert (entry["subject"], entry["by"]) == (f"staff:{account.id}", "system")


async def test_thirty_days_after_a_merge_its_originals_are_gone_and_the_deed_is_remembered(clinic: Clinic) -> None:
    services = clinic.app.services
    one, two = [
        await services.records.create({"name": name}, by=COMMAND_LINE, now=clinic.now) for name in ("张三", "张叁")
    ]
    await services.merges.merge(one.id, two.id, {}, revisions=(1, 1), by=COMMAND_LINE, now=clinic.now)
    await clinic.move(timedelta(days=29, hours=23))
    assert await clinic.app.runner.run_now("forget_merges") == {"forgotten": 0}
    await clinic.move(timedelta(hours=2))
    assert await clinic.app.runner.run_now("forget_merges") == {"forgotten": 1}
    (row,) = await clinic.rows("merges")
    assert "张" not in str(row)
    assert (row["survivor_id"], row["merged_id"], row["by"]) == (one.id, two.id, COMMAND_LINE.by)
