"""Has voices decoded by a process of its own, one at a time, within limits of time and memory."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

from wxbot.logs import get_logger
from wxbot.media.formats import voice_format

log = get_logger(__name__)

SECONDS = 30.0  # how long the process is waited for
MODULE = "wxbot.media.decoding_process"

_IMPORTED_FROM = [str(Path(part).absolute()) for part in sys.path]


class VoiceProcess:
    """Makes voices playable outside of the service's own process."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def playable(self, data: bytes) -> bytes | None:
        """The voice as MP3; None when it is none by its bytes, or cannot be decoded within the limits."""
        form = voice_format(data)
        if form is None:
            return None
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                MODULE,
                form,
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(_IMPORTED_FROM)},  # and no secrets
            )
            try:
                async with asyncio.timeout(SECONDS):
                    mp3, _ = await process.communicate(data)
            except TimeoutError:
                log.warning("voice_decoding_stopped", reason="time")
                return None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if process.returncode != 0 or not mp3:
            log.warning("voice_decoding_stopped", reason="process ended", code=process.returncode)
            return None
        return mp3
