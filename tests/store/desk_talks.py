"""Talks at the desk of `tests.desks`: taken, given away, closed; and what the transcript keeps of them."""

from tests.desks import NOON, A, Stage
from wxbot.actors import Actor
from wxbot.conversations.models import (
    Cause,
    Ending,
    EndingKind,
    Episode,
    Handover,
)
from wxbot.followups.models import FollowUp, FollowUpKind
from wxbot.history.models import ContactId, Kind
from wxbot.staff.models import AccountId

ANN = ContactId("ann")


def handover(to: Actor | None, reason: str = "我要去吃饭") -> Handover:
    """What a colleague writes who gives a talk away."""
    return Handover(at=NOON, by=AccountId(""), to=AccountId(to.id) if to else None, reason=reason, asked="价格")


async def taken(stage: Stage, contact: str = "ann", by: Actor = A) -> Episode:
    """A patient asks, a colleague takes it."""
    episode = await stage.asks(contact)
    return await stage.desk.take(episode.id, reason="熟人", by=by, now=stage.now)


async def ended(stage: Stage, episode: Episode, by: Actor = A, kind: EndingKind = EndingKind.GREETING) -> Episode:
    """A colleague closes it."""
    ending = Ending(kind=kind, by=by.by, at=stage.now)
    return await stage.desk.close(episode.id, ending, note="说清楚了", revision=episode.revision, by=by, now=stage.now)


async def lines(stage: Stage) -> list[Kind]:
    """What the transcript keeps, in order."""
    return [each.kind for each in await stage.history.timeline(ANN)]


async def task(stage: Stage, kind: FollowUpKind, reason: str) -> FollowUp:
    """A task about a contact, such as those that a request for a person leaves."""
    return await stage.tasks.open(
        key=f"{kind.value}:1",
        kind=kind,
        reason=reason,
        contact_id=ANN,
        patient_id=None,
        due_at=stage.now,
        now=stage.now,
    )


async def asked_with_task(stage: Stage) -> tuple[Episode, FollowUp]:
    """A request for a person, with its task."""
    kept = await task(stage, FollowUpKind.HANDOFF, "请求人工")
    episode = await stage.desk.open(
        key="1", contact_id=ANN, cause=Cause.ASKED, reason="请求人工", followup_id=kept.id, now=stage.now
    )
    return episode, kept
