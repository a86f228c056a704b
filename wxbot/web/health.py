"""/healthz: the process lives. /readyz: the parts of wxbot/readiness.py are in order. /metrics: what it counts."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from wxbot.errors import ClinicError
from wxbot.metrics import PUSHES_UNANSWERED, READY
from wxbot.web.keys import READINESS, UNANSWERED

PROBE_SECONDS = 3.0  # a part that does not answer by then is not ready


async def alive(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """200 when every part answers, else 503; both say which part is how, in words."""
    probes = request.app[READINESS]
    found = await asyncio.gather(*(_probe(probe) for probe in probes.values()))
    parts = dict(zip(probes, found, strict=True))
    everything = all(part["ok"] for part in parts.values())
    for name, part in parts.items():
        READY.labels(name).set(1 if part["ok"] else 0)
    return web.json_response(
        {"status": "ready" if everything else "degraded", "parts": parts}, status=200 if everything else 503
    )


async def metrics(request: web.Request) -> web.Response:
    """Prometheus text format."""
    PUSHES_UNANSWERED.set(request.app[UNANSWERED].lately())
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _probe(probe: Any) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return {"ok": True, **await probe()}
    except TimeoutError:
        return {"ok": False, "problem": f"no answer within {PROBE_SECONDS:.0f} s"}
    except ClinicError as error:
        return {"ok": False, "problem": getattr(error, "advice", str(error))}
    except Exception as error:  # noqa: BLE001 - whatever it is, the part is not ready
        return {"ok": False, "problem": type(error).__name__}
