"""What `make chaos` counts as lost, twice or stuck: a verdict that could not fail would be worth nothing."""

import pytest

from tests.chaos.verdict import faults
from tests.processes.harness import World, key_of_push, until
from wxbot.simulator.pushes import PushResult

pytestmark = pytest.mark.processes
STRAY = {"MsgId": "1", "FromUserName": "o-stray"}


async def talk(world: World) -> list[PushResult]:
    """Somebody who books: pushes, answers, a message sent, an appointment."""
    service = await world.start(often="enqueue_care,deliver_outbox").ready()
    openid = await world.follower()
    pushes = [await world.say(openid, text) for text in ("预约", "洁牙", "1", "1", "你好")]

    async def confirmed() -> bool:
        return bool(world.platform.sent)

    await until(confirmed, "the confirmation is sent")
    await world.at_rest()
    await service.terminate()
    return pushes


async def test_the_verdict_of_chaos_names_what_is_lost_and_what_happened_twice(world: World) -> None:
    pushes = await talk(world)
    assert await faults(world, pushes) == []

    (row,) = await world.rows("appointments")
    await world.database.collection("appointments").insert_one({**row, "_id": "another", "request_key": "another"})
    lines = world.database.collection("interactions")
    received = (await world.rows("interactions", {"kind": "message:received"}))[-1]
    await lines.delete_one({"_id": received["_id"]})
    answer = (await world.rows("interactions", {"payload.channel": "passive"}))[0]
    await lines.insert_one({**answer, "_id": "another"})
    world.platform.sent.append(world.platform.sent[0])
    await world.database.collection("inbox").update_one({"_id": received["_id"]}, {"$set": {"state": "waiting"}})

    found = await faults(world, pushes)
    assert sorted({sentence.partition(":")[0] for sentence in found}) == ["lost", "stuck", "twice"]
    assert any("is not in the transcript" in sentence for sentence in found)
    assert any("was answered 2 times" in sentence for sentence in found)
    assert any("is booked 2 times" in sentence for sentence in found)
    assert any("messages reached" in sentence for sentence in found)


async def test_a_push_that_was_not_acknowledged_is_not_lost(world: World) -> None:
    pushes = await talk(world)
    assert await faults(world, [*pushes, PushResult(ok=False, fields=STRAY)]) == []
    (first, *_) = await faults(world, [*pushes, PushResult(ok=True, fields=STRAY)])
    assert (
        first == f"lost: {key_of_push(PushResult(ok=True, fields=STRAY))} was acknowledged and is not in the transcript"
    )
