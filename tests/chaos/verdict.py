"""What must be true when everything has come to rest."""

from collections import Counter
from collections.abc import Sequence

from tests.processes.harness import World, key_of_push
from wxbot.simulator.pushes import PushResult


async def faults(world: World, pushes: Sequence[PushResult]) -> list[str]:
    """Everything that was lost or happened twice, a sentence each; empty when nothing was.

    A push is acknowledged when the platform got HTTP 200 in time. Each of those stands in the transcript once and was
    answered once, at once or later. Nobody holds an hour that somebody else holds too. No message was sent more
    often than the outbox says it may have been.
    """
    return [
        *await _pushes(world, pushes),
        *await _hours(world),
        *await _messages(world),
    ]


async def _pushes(world: World, pushes: Sequence[PushResult]) -> list[str]:
    acknowledged = {key_of_push(push) for push in pushes if push.ok and "MsgId" in (push.fields or {})}
    lines = {row["_id"] for row in await world.rows("interactions", {"kind": "message:received"})}
    found = [f"lost: {key} was acknowledged and is not in the transcript" for key in sorted(acknowledged - lines)]
    passive = Counter(row["ref"] for row in await world.rows("interactions", {"payload.channel": "passive"}))
    late = {row["key"].removeprefix("reply:") for row in await world.rows("outbox", {"key": {"$regex": "^reply:"}})}
    found += [f"twice: {key} was answered {times} times" for key, times in passive.items() if times > 1]
    found += [f"twice: {key} was answered at once and later" for key in sorted(set(passive) & late & acknowledged)]
    found += [f"lost: {key} was never answered" for key in sorted(acknowledged - set(passive) - late)]
    unfinished = await world.rows("inbox", {"state": {"$ne": "done"}})
    found += [f"stuck: {row['_id']} is still {row['state']}" for row in unfinished]
    return found


async def _hours(world: World) -> list[str]:
    taken = Counter(
        (row["practitioner_id"], row["start"]) for row in await world.rows("appointments", {"state": "booked"})
    )
    return [
        f"twice: {who} at {start:%F %R} is booked {times} times" for (who, start), times in taken.items() if times > 1
    ]


async def _messages(world: World) -> list[str]:
    found = []
    contacts = {row["_id"]: row["openid"] for row in await world.rows("contacts")}
    may: Counter[str] = Counter()
    must: Counter[str] = Counter()
    for row in await world.rows("outbox"):
        openid = contacts.get(row["contact_id"], "")
        may[openid] += row["state"] in {"accepted", "unknown", "delivered"}
        must[openid] += row["state"] in {"accepted", "delivered"}
    sent = Counter(each.openid for each in world.platform.sent)
    for openid in sorted(may | sent):
        if sent[openid] > may[openid]:
            found.append(f"twice: {sent[openid]} messages reached {openid}, {may[openid]} were written")
        if sent[openid] < must[openid]:
            found.append(
                f"lost: {must[openid]} messages count as sent to {openid}, {sent[openid]} reached the platform"
            )
    return found
