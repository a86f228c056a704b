"""What patients write is found at the desk as soon as they are answered, also what was written before the update."""

from jobs import check_message_index, index_messages
from tests.desks import A
from tests.scenarios.conftest import Clinic


async def found(clinic: Clinic, query: str) -> list[str]:
    hits = await clinic.app.services.chat.search.find(query, by=A, now=clinic.now)
    return [each.text for each in hits if each.line_id]


async def test_what_a_patient_wrote_is_found_when_it_was_answered(clinic: Clinic) -> None:
    person = await clinic.person()
    await clinic.say(person, "請問種植牙可以分期嗎")
    assert await found(clinic, "种植牙") == ["請問種植牙可以分期嗎"]
    assert await found(clinic, "分期") == ["請問種植牙可以分期嗎"]


async def test_messages_from_before_are_indexed_once_by_the_job(clinic: Clinic) -> None:
    person = await clinic.person()
    await clinic.say(person, "牙套磨嘴怎么办")
    await index_messages.run(clinic.app.services, clinic.now)
    for name in ("message_words", "message_words_state"):  # as an update finds them
        await clinic.app.database.collection(name).delete_many({})
    assert await found(clinic, "磨嘴") == []
    services = clinic.app.services
    assert (await check_message_index.run(services, clinic.now))["looked_at"] > 0
    assert await found(clinic, "磨嘴") == ["牙套磨嘴怎么办"]
    assert await check_message_index.run(services, clinic.now) == {"looked_at": 0}
    assert await found(clinic, "磨嘴") == ["牙套磨嘴怎么办"]
