"""Calls that need an access token: adds it, changes a stale one once, repeats reads that failed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import aiohttp

from wxbot.clock import Clock
from wxbot.errors import PlatformError, Reaction
from wxbot.wechat.errors import BUSY_CODES, TOKEN_CODES
from wxbot.wechat.wire import Answer, Observe, Payload, Repeat, Request, Wire

PAUSES = (0.3, 1.0)  # seconds before a read is repeated; anything longer is the caller's business
NOTHING: frozenset[int] = frozenset()


class Tokens(Protocol):
    """Where access tokens come from."""

    async def current(self, stale: str | None = None) -> str:
        """A token to use now, and not `stale` if the platform has another."""
        ...


class Transport:
    """Get, post, upload and download under /cgi-bin and its neighbours.

    Only reads are repeated here, and any call once after its token was changed: an answer "token invalid" means
    nothing was done. All methods raise PlatformError; `ambiguous` is set only for Repeat.ONCE.
    """

    def __init__(  # noqa: PLR0913 - the parts it stands on
        self,
        http: aiohttp.ClientSession,
        base_url: str,
        tokens: Tokens,
        clock: Clock,
        observe: Observe | None = None,
        *,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._wire = Wire(http, base_url, clock, observe)
        self._tokens = tokens
        self._pauses = pauses

    async def get(
        self, path: str, *, repeat: Repeat = Repeat.READ, accept: frozenset[int] = NOTHING, **params: str
    ) -> Payload:
        """Read something; the few calls that change something by GET say so with `repeat`."""
        return await self._json(Request(method="GET", path=path, params=params, repeat=repeat, accept=accept))

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        repeat: Repeat,
        *,
        accept: frozenset[int] = NOTHING,
        proof: Sequence[str] = (),
    ) -> Payload:
        """Send JSON. `repeat` says what a second, equal call would do.

        `proof` names the fields of what the call makes: the platform answers some calls with the thing alone, without
        errcode. Any other change counts as done only with errcode 0.
        """
        request = Request(method="POST", path=path, body=body, repeat=repeat, accept=accept, proof=frozenset(proof))
        return await self._json(request)

    async def upload(
        self, path: str, form: Callable[[], aiohttp.FormData], *, proof: Sequence[str], **params: str
    ) -> Payload:
        """Send a multipart form. Uploading twice only leaves a second copy, so it is safe to repeat."""
        request = Request(
            method="POST", path=path, params=params, form=form, repeat=Repeat.SAFE, proof=frozenset(proof)
        )
        return await self._json(request)

    async def download(self, path: str, **params: str) -> Answer | Payload:
        """Fetch a file; the platform may answer with a JSON object instead (videos)."""
        request = Request(method="GET", path=path, params=params, repeat=Repeat.READ)

        async def fetch(token: str) -> Answer | Payload:
            return await self._wire.file(request, access_token=token)

        return await self._patiently(request, fetch)

    async def _json(self, request: Request) -> Payload:
        async def fetch(token: str) -> Payload:
            return await self._wire.json(request, access_token=token)

        found = await self._patiently(request, fetch)
        assert isinstance(found, dict)  # noqa: S101 - Wire.json promises it
        return found

    async def _patiently(self, request: Request, fetch: Callable[[str], Any]) -> Answer | Payload:
        pauses = self._pauses if request.repeat is Repeat.READ else ()
        for pause in pauses:
            token = await self._tokens.current()  # not repeated here: the keeper has been patient already
            try:
                return await self._authorized(fetch, token)
            except PlatformError as error:
                if not _passing(error):
                    raise
            await asyncio.sleep(pause)
        return await self._authorized(fetch, await self._tokens.current())

    async def _authorized(self, fetch: Callable[[str], Any], token: str) -> Answer | Payload:
        try:
            found: Answer | Payload = await fetch(token)
        except PlatformError as error:
            if error.code not in TOKEN_CODES:
                raise
            refusal = error
        else:
            return found
        fresh = await self._tokens.current(stale=token)
        if fresh == token:
            raise _hopeless(refusal)
        try:
            found = await fetch(fresh)
        except PlatformError as error:
            if error.code not in TOKEN_CODES:
                raise
            raise _hopeless(error) from None
        return found


def _passing(error: PlatformError) -> bool:
    """Whether a moment's patience may help."""
    return error.reaction is Reaction.RETRY and (error.code is None or error.code in BUSY_CODES)


def _hopeless(error: PlatformError) -> PlatformError:
    """A token error that a new token did not mend: a person must look (reference §3)."""
    return PlatformError(
        code=error.code, reaction=Reaction.ALARM, advice=error.advice, detail=error.detail, rid=error.rid
    )
