"""A conversation that nobody would look at: put back to the queue, and told on the health page."""

from tests.console.conftest import Clinic, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.history.models import ContactId
from wxbot.staff.permissions import Role

HEALTH = "/console/settings/account"


async def test_the_talk_of_a_disabled_account_is_in_the_queue_again_and_the_health_page_says_so(
    clinic: Clinic, sign_in: SignIn
) -> None:
    boss, _ = await sign_in(Role.ADMIN), await sign_in(Role.CONSULTANT)
    services = clinic.app.services
    account = next(row for row in await clinic.rows("staff") if row["login"] == "consultant")
    contact = await services.patients.contact_by_openid(await clinic.person("小张"))
    assert contact is not None
    known = await services.staff.account(account["_id"], by=COMMAND_LINE)
    begun = await services.chat.desk.start(contact.id, by=known.actor, now=clinic.now)
    for _ in range(3):
        await clinic.app.runner.run_now("check_visibility")
    assert (await boss.get(HEALTH)).shows("每个没有结束的会话都有人能看到")
    await services.staff.disable(known.id, by=COMMAND_LINE, now=clinic.now, revision=known.revision)
    for _ in range(3):
        await clinic.app.runner.run_now("check_visibility")
    kept = await services.chat.desk.of_contact(ContactId(contact.id))
    assert kept is not None
    assert (kept.id, kept.owner, kept.waiting_since is not None) == (begun.id, None, True)
    page = await boss.get(HEALTH)
    assert page.shows("接待人已停用或不再接待 1 个，已放回待回复", "最近 24 小时有 1 个会话不在任何人的列表里")
    audit = await boss.get("/console/audit?action=conversation:unstuck")
    assert audit.shows("不在任何人的列表里，放回待回复", "接待人已停用或不再接待")
