"""A colleague at the desk, and what a patient and they say to each other, for scenarios."""

from datetime import timedelta

from tests.scenarios.conftest import Clinic
from wxbot.actors import SYSTEM, Actor
from wxbot.conversations.models import AgentStatus, Ending, EndingKind, Episode
from wxbot.demo.accounts import seed_accounts
from wxbot.history.models import ContactId
from wxbot.ids import new_id
from wxbot.staff.permissions import Role

LEAVES = timedelta(seconds=6)  # an answer has left by then


async def contact_id_of(clinic: Clinic, openid: str) -> ContactId:
    contact = await clinic.app.services.patients.contact_by_openid(openid)
    assert contact is not None
    return contact.id


async def colleague(clinic: Clinic, role: Role = Role.RECEPTION) -> Actor:
    """The demo's colleague of that role, at the desk and available."""
    services = clinic.app.services
    await seed_accounts(services.staff, clinic.now)
    actor = (await services.staff.by_login(role.value, by=SYSTEM)).actor
    await services.chat.presence.beat(device=f"browser-{role.value}", looking_at=None, writes=False, by=actor)
    await services.chat.presence.set_status(AgentStatus.AVAILABLE, by=actor, now=clinic.now)
    return actor


async def open_episode(clinic: Clinic, openid: str) -> Episode | None:
    return await clinic.app.services.chat.desk.of_contact(await contact_id_of(clinic, openid))


async def episode_of(clinic: Clinic, openid: str) -> Episode:
    episode = await open_episode(clinic, openid)
    assert episode is not None
    return episode


async def take(clinic: Clinic, openid: str, by: Actor) -> Episode:
    """The colleague makes it theirs."""
    episode = await episode_of(clinic, openid)
    return await clinic.app.services.chat.desk.take(episode.id, reason="测试", by=by, now=clinic.now)


async def answer(clinic: Clinic, openid: str, text: str, by: Actor) -> None:
    """The colleague writes, and it leaves."""
    episode = await episode_of(clinic, openid)
    await clinic.app.services.chat.replies.send(episode.id, text, key=new_id(clinic.now), by=by, now=clinic.now)
    await clinic.move(LEAVES)


async def close(clinic: Clinic, openid: str, by: Actor, kind: EndingKind = EndingKind.GREETING) -> Episode:
    """The colleague ends it."""
    episode = await episode_of(clinic, openid)
    ending = Ending(kind=kind, by=by.by, at=clinic.now)
    return await clinic.app.services.chat.desk.close(
        episode.id, ending, note="已回复", revision=episode.revision, by=by, now=clinic.now
    )
