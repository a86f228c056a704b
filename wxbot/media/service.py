"""Use cases of media: note, fetch, show, erase."""

from collections.abc import Collection
from datetime import datetime, timedelta

from wxbot.actors import Actor
from wxbot.clock import Clock
from wxbot.errors import NotFoundError, PlatformError
from wxbot.group_commit import GroupCommit
from wxbot.history.models import ContactId
from wxbot.logs import get_logger
from wxbot.media.formats import photo_type
from wxbot.media.models import LIVES_AT_PLATFORM, MOST_BYTES, Media, MediaKind, MediaState
from wxbot.media.ports import MediaSource, VoiceConverter
from wxbot.media.store import MediaStore

log = get_logger(__name__)

READ = "patients:patient:read"
LEASE = timedelta(minutes=2)  # longer than fetching and decoding one may take
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)  # between attempts, each twice the last
AT_ONCE = 5  # fetched in one run of the job
MP3 = "audio/mpeg"


class MediaLibrary:
    """What patients sent beside words. The platform forgets it after three days (reference §7.9)."""

    def __init__(self, store: MediaStore, *, source: MediaSource, voices: VoiceConverter, clock: Clock) -> None:
        self._store = store
        self._source = source
        self._voices = voices
        self._clock = clock
        self._notes: GroupCommit[Media, None] = GroupCommit(store.insert)

    async def note(
        self, line_id: str, contact_id: ContactId, kind: MediaKind, platform_ids: tuple[str, ...], noted_at: datetime
    ) -> None:
        """That there is something to fetch; noting it again changes nothing. `platform_ids`: the better one first."""
        ids = tuple(dict.fromkeys(each for each in platform_ids if each))
        if not ids:
            return
        await self._notes.add(
            Media(
                id=line_id,
                contact_id=contact_id,
                kind=kind,
                platform_ids=ids,
                noted_at=noted_at,
                due_at=noted_at,
            )
        )

    async def keep_sent(self, media_id: str, contact_id: ContactId, data: bytes, now: datetime) -> None:
        """Keep a photo that a colleague sends; `media_id` is its line's. Keeping it again changes nothing."""
        await self._store.insert_kept(
            Media(
                id=media_id,
                contact_id=contact_id,
                kind=MediaKind.PHOTO,
                platform_ids=(),
                noted_at=now,
                due_at=now,
                state=MediaState.KEPT,
                content_type=photo_type(data) or "",
                size=len(data),
                data=data,
            )
        )

    async def forget(self, media_id: str) -> None:
        """Delete one that was not sent after all."""
        await self._store.forget(media_id)

    async def photo(self, media_id: str) -> bytes | None:
        """The bytes of a photo to be sent; None when it was erased."""
        found = await self._store.get(media_id)
        return None if found is None else found.data

    async def fetch(self, now: datetime) -> int:
        """Fetch what is due, also what a process that vanished had begun; the number kept."""
        kept = 0
        for _ in range(AT_ONCE):
            machine_now = self._clock.machine_now()
            it = await self._store.claim(now, machine_now, machine_now + LEASE)
            if it is None:
                break
            kept += await self._fetch(it, now)
        return kept

    async def described(self, line_ids: Collection[str]) -> dict[str, Media]:
        """What is known of the media of those lines of the transcript, without their bytes."""
        return {each.id: each for each in await self._store.described(line_ids)} if line_ids else {}

    async def read(self, media_id: str, *, by: Actor) -> Media:
        """One with its bytes, for who may read patients. Raises ForbiddenError, NotFoundError."""
        by.must(READ)
        found = await self._store.get(media_id)
        if found is None or found.state is not MediaState.KEPT or found.data is None:
            raise NotFoundError("no such medium")
        return found

    async def erase(self, contact_id: ContactId) -> int:
        """Delete what a contact sent; the number."""
        return await self._store.erase(contact_id)

    async def _fetch(self, it: Media, now: datetime) -> bool:
        try:
            data = await self._from_platform(it)
        except PlatformError as error:
            if now - it.noted_at > LIVES_AT_PLATFORM:
                await self._end(it, MediaState.GONE)
            else:
                pause = min(FIRST_PAUSE * 2 ** min(it.attempts - 1, 10), LONGEST_PAUSE)
                await self._store.try_again(it.id, now + pause)
                log.warning("media_not_fetched_yet", media_id=it.id, code=error.code, attempts=it.attempts)
            return False
        if data is None:
            await self._end(it, MediaState.GONE)
            return False
        shown = await self._shown(it.kind, data)
        if shown is None:
            await self._end(it, MediaState.REFUSED)
            return False
        kept = await self._store.keep(it.id, *shown)
        log.info("media_kept", media_id=it.id, kind=it.kind.value, bytes=len(shown[0]))
        return kept

    async def _from_platform(self, it: Media) -> bytes | None:
        for platform_id in it.platform_ids:
            data = await self._source.fetch(platform_id)
            if data is not None:
                return data
        return None

    async def _shown(self, kind: MediaKind, data: bytes) -> tuple[bytes, str] | None:
        """The bytes and their content type as a browser gets them; None for what is not shown."""
        if len(data) > MOST_BYTES:
            return None
        if kind is MediaKind.PHOTO:
            content_type = photo_type(data)
            return None if content_type is None else (data, content_type)
        mp3 = await self._voices.playable(data)
        return None if mp3 is None else (mp3, MP3)

    async def _end(self, it: Media, state: MediaState) -> None:
        await self._store.end(it.id, state)
        log.warning("media_not_kept", media_id=it.id, kind=it.kind.value, state=state.value)
