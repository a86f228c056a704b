"""After booking the page asks for subscriptions by WeChat's own component, signed for that page; else it says so."""

import json
from html import unescape
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY

from tests.ports import free_port
from tests.scenarios.conftest import Clinic, OpenClinic
from tests.scenarios.phones import OpenPhone, Page, Phone, booked

NOTICES = ["NTC_CARE", "NTC_VISIT"]


@pytest.fixture
async def public(open_clinic: OpenClinic) -> Clinic:
    """A clinic whose pages have an address."""
    port = free_port()
    return await open_clinic(http_port=port, public_url=f"http://127.0.0.1:{port}")


def between(text: str, before: str, after: str) -> str:
    return unescape(text.partition(before)[2].partition(after)[0])


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"wxbot_notices_{name}_total", labels) or 0.0


async def sdk(phone: Phone, path: str, body: dict[str, Any], *, origin: str = "") -> dict[str, Any]:
    """What the stand-in for the JS-SDK asks the platform."""
    headers = {"Origin": origin or phone.clinic.url, "Cookie": f"sim_openid={phone.openid}"}
    url = f"{phone.clinic.platform_url}/sim/jssdk/{path}"
    async with phone.session.post(url, data=json.dumps(body), headers=headers) as answer:
        found: dict[str, Any] = await answer.json()
        return found


def config_on(phone: Phone, page: Page) -> dict[str, Any]:
    config: dict[str, Any] = json.loads(between(page.text, 'data-config="', '"'))
    return {**config, "url": f"{phone.clinic.url}{page.path}?{page.query}"}


async def test_the_page_asks_once_and_what_is_tapped_counts(public: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await public.person(), at=public)
    asked, accepted = count("asked"), count("answered", answer="accepted")
    page = await booked(phone)
    assert "预约确认会发到您和" in page.text
    assert sorted(between(page.text, 'wx-open-subscribe template="', '"').split(",")) == NOTICES
    policy = page.headers["Content-Security-Policy"]
    assert f"script-src 'self' {public.platform_url};" in policy
    assert "unsafe" not in policy
    assert count("asked") == asked + 1
    said = config_on(phone, page)
    assert said["openTagList"] == ["wx-open-subscribe"]
    answer = await sdk(phone, "config", said)
    assert (answer["errMsg"], sorted(answer["notices"])) == ("config:ok", NOTICES)
    assert (await sdk(phone, "subscribe", {"template_ids": NOTICES, "accept": True}))["errMsg"] == "subscribe:ok"
    await public.platform.settled()
    contact = await public.app.services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    assert dict((await public.app.services.outbox.rights.of(contact.id)).grants) == dict.fromkeys(NOTICES, 1)
    assert count("answered", answer="accepted") == accepted + 2
    again = await phone.open(f"{page.path}?{page.query}")
    assert "wx-open-subscribe" not in again.text  # nothing more to gain
    assert "script-src 'self';" in again.headers["Content-Security-Policy"]


async def test_a_no_is_a_no_and_may_be_asked_after_the_next_booking(public: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await public.person(), at=public)
    page = await booked(phone)
    await sdk(phone, "subscribe", {"template_ids": NOTICES, "accept": False})
    await public.platform.settled()
    contact = await public.app.services.patients.contact_by_openid(phone.openid)
    assert contact is not None
    assert not any((await public.app.services.outbox.rights.of(contact.id)).grants.values())
    plain = await phone.open(page.path)  # the appointment itself asks nothing
    assert "wx-open-subscribe" not in plain.text


async def test_a_signature_holds_for_its_own_page_only(public: Clinic, phone_of: OpenPhone) -> None:
    phone = await phone_of(await public.person(), at=public)
    said = config_on(phone, await booked(phone))
    for wrong in (
        {**said, "url": f"{public.url}/w/me"},
        {**said, "signature": "0" * 40},
        {**said, "timestamp": said["timestamp"] + 1},
    ):
        assert (await sdk(phone, "config", wrong))["errMsg"] == "config:invalid signature"
    elsewhere = await sdk(phone, "config", said, origin="http://127.0.0.1:1")
    assert elsewhere["errMsg"] == "config:invalid url domain"
    assert (await sdk(phone, "subscribe", {"template_ids": ["a", "b", "c", "d"], "accept": True}))["errCode"] == 20003
    assert (await sdk(phone, "subscribe", {"template_ids": ["NTC_NONE"], "accept": True}))["errCode"] == 20001


async def test_without_a_ticket_or_an_address_a_sentence_stands_there(
    open_clinic: OpenClinic, public: Clinic, phone_of: OpenPhone
) -> None:
    phone = await phone_of(await public.person(), at=public)
    public.platform.faults.add("/cgi-bin/ticket/getticket", code=48001, times=9)
    page = await booked(phone)
    assert (page.status, "wx-open-subscribe" in page.text) == (200, False)
    assert "预约确认会发到您和" in page.text
    plain = await open_clinic(beside=public)
    other = await phone_of(await public.person("小周"), at=plain)
    page = await booked(other)
    assert (page.status, "wx-open-subscribe" in page.text) == (200, False)


async def test_the_script_of_the_sdk_is_served_by_the_platform(public: Clinic) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{public.platform_url}/open/js/jweixin-1.6.0.js") as answer,
    ):
        assert answer.status == 200
        assert "wx-open-subscribe" in await answer.text()
