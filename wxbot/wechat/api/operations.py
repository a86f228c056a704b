"""Looking after the account: quotas, request ids, callback check, the platform's addresses (reference §3, §9)."""

from dataclasses import dataclass

from wxbot.wechat.transport import Transport
from wxbot.wechat.wire import Payload, Repeat


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One call's daily allowance. The platform's counters are off by about 1 %."""

    daily_limit: int
    used: int
    remain: int


class Operations:
    """What an operator asks the platform about the account itself."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def quota(self, path: str) -> Quota:
        """The allowance of the call at `path` (beginning with a slash, without host)."""
        answer = await self._transport.post("/cgi-bin/openapi/quota/get", {"cgi_path": path}, Repeat.READ)
        quota = answer.get("quota") or {}
        return Quota(
            daily_limit=int(quota.get("daily_limit", 0)),
            used=int(quota.get("used", 0)),
            remain=int(quota.get("remain", 0)),
        )

    async def clear_quota(self, path: str) -> None:
        """Set one call's counter to zero; 50 a month. Only on an operator's word."""
        await self._transport.post("/cgi-bin/openapi/quota/clear", {"cgi_path": path}, Repeat.ONCE)

    async def clear_all_quotas(self, app_id: str) -> None:
        """Set every counter to zero; 10 a month. Only on an operator's word."""
        await self._transport.post("/cgi-bin/clear_quota", {"appid": app_id}, Repeat.ONCE)

    async def look_up(self, rid: str) -> Payload:
        """What the platform recorded of one failed request within 7 days."""
        answer = await self._transport.post("/cgi-bin/openapi/rid/get", {"rid": rid}, Repeat.READ)
        return dict(answer.get("request") or {})

    async def check_callback(self) -> Payload:
        """Let the platform try our callback address: name resolution and connection, by carrier."""
        body = {"action": "all", "check_operator": "DEFAULT"}
        return await self._transport.post("/cgi-bin/callback/check", body, Repeat.READ)

    async def callback_addresses(self) -> tuple[str, ...]:
        """The addresses pushes come from. They change: a second line of defence at most."""
        return _addresses(await self._transport.get("/cgi-bin/getcallbackip"))

    async def api_addresses(self) -> tuple[str, ...]:
        """The addresses of the interface itself."""
        return _addresses(await self._transport.get("/cgi-bin/get_api_domain_ip"))


def _addresses(answer: Payload) -> tuple[str, ...]:
    return tuple(str(address) for address in answer.get("ip_list") or [])
