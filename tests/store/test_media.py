"""Photos and voices: fetched once, kept encrypted, given up when the platform has them no more."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.auditing import NOBODY, RECEPTION
from tests.encryption import KEYS
from wxbot.clock import SystemClock
from wxbot.database import Database
from wxbot.errors import ForbiddenError, NotFoundError, PlatformError, Reaction
from wxbot.history.models import ContactId
from wxbot.media.models import MOST_BYTES, Media, MediaKind, MediaState
from wxbot.media.service import MediaLibrary
from wxbot.media.store import MediaStore
from wxbot.media.voices import VoiceProcess
from wxbot.simulator.media import sample_image, sample_voice

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ANN = ContactId("ann")
BUSY = PlatformError(code=-1, reaction=Reaction.RETRY, advice="busy")


class Platform:
    """What the platform has, by media id; an error is raised."""

    def __init__(self, **files: bytes | Exception) -> None:
        self.files = files
        self.asked: list[str] = []

    async def fetch(self, platform_id: str) -> bytes | None:
        self.asked.append(platform_id)
        found = self.files.get(platform_id)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
async def store(database: Database) -> MediaStore:
    store = MediaStore(database, KEYS)
    await database.create_indexes([store])
    return store


def library(store: MediaStore, platform: Platform) -> MediaLibrary:
    return MediaLibrary(store, source=platform, voices=VoiceProcess(), clock=SystemClock())


async def photo(media: MediaLibrary, *ids: str) -> None:
    await media.note("m:1", ANN, MediaKind.PHOTO, ids, NOW)


async def known(media: MediaLibrary) -> Media:
    return (await media.described(["m:1"]))["m:1"]


async def test_a_photo_is_fetched_once_and_kept_encrypted(store: MediaStore, database: Database) -> None:
    platform = Platform(a=sample_image())
    media = library(store, platform)
    await photo(media, "a")
    await photo(media, "a")
    assert await media.fetch(NOW) == 1
    assert await media.fetch(NOW) == 0
    found = await media.read("m:1", by=RECEPTION)
    assert (found.data, found.content_type, platform.asked) == (sample_image(), "image/png", ["a"])
    [row] = await database.collection("media").find({}).to_list(None)
    assert b"PNG" not in row["data"]
    assert (await known(media)).data is None


async def test_a_voice_is_kept_as_mp3_and_the_better_recording_is_preferred(store: MediaStore) -> None:
    platform = Platform(wide=sample_voice(), plain=b"")
    media = library(store, platform)
    await media.note("m:1", ANN, MediaKind.VOICE, ("wide", "plain"), NOW)
    assert await media.fetch(NOW) == 1
    found = await media.read("m:1", by=RECEPTION)
    assert (found.content_type, platform.asked) == ("audio/mpeg", ["wide"])


async def test_where_the_better_recording_is_gone_the_other_one_is_taken(store: MediaStore) -> None:
    platform = Platform(plain=sample_voice())
    media = library(store, platform)
    await media.note("m:1", ANN, MediaKind.VOICE, ("wide", "plain"), NOW)
    assert await media.fetch(NOW) == 1
    assert platform.asked == ["wide", "plain"]


@pytest.mark.parametrize(
    ("data", "state"),
    [
        (None, MediaState.GONE),
        (b"<html>", MediaState.REFUSED),
        (b"<svg onload=alert(1)>", MediaState.REFUSED),
        (b"", MediaState.REFUSED),
        (b"\xff\xd8\xff" + bytes(MOST_BYTES), MediaState.REFUSED),
    ],
)
async def test_what_is_gone_or_no_picture_is_given_up(store: MediaStore, data: bytes | None, state: MediaState) -> None:
    media = library(store, Platform() if data is None else Platform(a=data))
    await photo(media, "a")
    assert await media.fetch(NOW) == 0
    assert (await known(media)).state is state
    with pytest.raises(NotFoundError):
        await media.read("m:1", by=RECEPTION)


@pytest.mark.parametrize("data", [b"#!AMR\n", b"#!AMR\n" + b"\x3c" * 3, b"ID3" + bytes(1000), b"RIFF" + bytes(100)])
async def test_a_voice_that_cannot_be_decoded_is_given_up(store: MediaStore, data: bytes) -> None:
    media = library(store, Platform(a=data))
    await media.note("m:1", ANN, MediaKind.VOICE, ("a",), NOW)
    await media.fetch(NOW)
    assert (await known(media)).state is MediaState.REFUSED


async def test_a_platform_that_is_busy_is_asked_again_later_and_not_after_three_days(store: MediaStore) -> None:
    platform = Platform(a=BUSY)
    media = library(store, platform)
    await photo(media, "a")
    await media.fetch(NOW)
    await media.fetch(NOW)
    assert platform.asked == ["a"]
    await media.fetch(NOW + timedelta(seconds=10))
    assert (len(platform.asked), (await known(media)).state) == (2, MediaState.WAITING)
    platform.files["a"] = sample_image()
    assert await media.fetch(NOW + timedelta(minutes=1)) == 1
    platform.files["a"] = BUSY
    await media.note("m:2", ANN, MediaKind.PHOTO, ("a",), NOW)
    await media.fetch(NOW + timedelta(days=3, seconds=1))
    assert (await media.described(["m:2"]))["m:2"].state is MediaState.GONE


async def test_two_processes_fetch_one_between_them(store: MediaStore) -> None:
    platform = Platform(a=sample_image())
    first, second = library(store, platform), library(store, platform)
    await photo(first, "a")
    assert sum(await asyncio.gather(first.fetch(NOW), second.fetch(NOW))) == 1
    assert platform.asked == ["a"]


async def test_what_a_lost_process_had_begun_is_taken_over(store: MediaStore) -> None:
    media = library(store, Platform(a=sample_image()))
    await photo(media, "a")
    machine_now = SystemClock().machine_now()
    assert await store.claim(NOW, machine_now, machine_now - timedelta(seconds=1)) is not None
    assert await media.fetch(NOW) == 1


async def test_an_erasure_in_the_middle_of_a_fetch_leaves_nothing(store: MediaStore, database: Database) -> None:
    media = library(store, Platform(a=sample_image()))
    await photo(media, "a")
    machine_now = SystemClock().machine_now()
    claimed = await store.claim(NOW, machine_now, machine_now + timedelta(minutes=1))
    assert claimed is not None
    assert await media.erase(ANN) == 1
    assert not await store.keep(claimed.id, sample_image(), "image/png")
    assert await database.collection("media").count_documents({}) == 0


async def test_only_who_may_read_patients_sees_it(store: MediaStore) -> None:
    media = library(store, Platform(a=sample_image()))
    await photo(media, "a")
    await media.fetch(NOW)
    with pytest.raises(ForbiddenError):
        await media.read("m:1", by=NOBODY)


async def test_without_a_media_id_there_is_nothing_to_fetch(store: MediaStore) -> None:
    media = library(store, Platform())
    await media.note("m:1", ANN, MediaKind.PHOTO, ("", ""), NOW)
    assert await media.described(["m:1"]) == {}
