"""Addresses of the platform and its check of our callback (reference §3)."""

from wxbot.simulator.api.endpoint import GET, OK, POST, Answer, Call, Endpoint
from wxbot.simulator.errors import ApiError

OWN_ADDRESSES = ("127.0.0.1",)  # a simulator pushes from the loopback
ACTIONS = ("dns", "ping", "all")
OPERATORS = ("CHINANET", "UNICOM", "CAP", "DEFAULT")


def addresses(_: Call) -> Answer:
    """GET /cgi-bin/getcallbackip and /cgi-bin/get_api_domain_ip."""
    return {"ip_list": list(OWN_ADDRESSES)}


async def check(call: Call) -> Answer:
    """POST /cgi-bin/callback/check: asks the callback URL for its echo."""
    if not call.platform.account.callback_url:
        raise ApiError(40201)
    action, operator = call.text("action"), call.text("check_operator")
    if action not in ACTIONS:
        raise ApiError(40202)
    if operator not in OPERATORS:
        raise ApiError(40203)
    reached = await call.platform.verify_callback()
    answer = dict(OK)
    if action in {"dns", "all"}:
        answer["dns"] = [{"ip": OWN_ADDRESSES[0], "real_operator": operator}]
    if action in {"ping", "all"}:
        loss = "0%" if reached else "100%"
        answer["ping"] = [
            {"ip": OWN_ADDRESSES[0], "from_operator": operator, "package_loss": loss, "time": "1.000ms"},
        ]
    return answer


ENDPOINTS = (
    Endpoint(GET, "/cgi-bin/getcallbackip", addresses),
    Endpoint(GET, "/cgi-bin/get_api_domain_ip", addresses),
    Endpoint(POST, "/cgi-bin/callback/check", check),
)
