"""What is too long or too often at the desk is refused with a sentence, and nothing of it is kept or cut off."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_desk_pages import DESK, actor, episode_of, taken, waiting
from tests.console.test_desk_stream import listening
from tests.console.test_figures_pages import closed
from wxbot.conversations.evaluation.scoring import Mark, RubricItem
from wxbot.conversations.models import EpisodeId, Handover, Snooze
from wxbot.errors import FieldErrors
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role
from wxbot.web.console import rates

__all__ = ["closed"]

TOO_LONG = "最多 200 字，现在 201 字"
LONG = "长" * 201


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("take", {"reason": LONG}),
        ("take-over", {"reason": LONG}),
        ("unstick", {"reason": LONG}),
        ("hand-over", {"reason": LONG}),
        ("hand-over", {"reason": "午饭", "asked": LONG}),
        ("hand-over", {"reason": "午饭", "promised": LONG}),
        ("hand-over", {"reason": "午饭", "still_open": LONG}),
        ("snooze", {"minutes": "30", "why": LONG}),
        ("task", {"reason": LONG}),
        ("close", {"reason": "说清了", "note": LONG}),
        ("close", {"reason": LONG}),
        ("reply", {"text": "您好", "key": "k", "overriding": LONG}),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, Mapping) else str(each),
)
async def test_a_line_that_is_too_long_is_not_cut_but_refused(
    clinic: Clinic, admin: Browser, path: str, fields: dict[str, str]
) -> None:
    contact_id = await waiting(clinic)
    if path != "take":
        await taken(admin, contact_id)
    await admin.get(DESK)
    before = await episode_of(clinic, contact_id)
    page = await admin.post(f"{DESK}/{contact_id}/{path}", fields, htmx=True)
    assert page.shows("data-refused", TOO_LONG), page.text
    assert await episode_of(clinic, contact_id) == before


async def test_a_long_draft_is_kept_whole_and_an_endless_one_is_told_why_not(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await admin.get(DESK)
    address = f"{DESK}/{contact_id}/draft"
    kept = json.loads((await admin.post(address, {"text": "长" * 9_000, "edit": "0"})).text)
    by = await actor(clinic, "admin")
    assert await clinic.app.services.chat.drafts.of(contact_id, by=by) == ("长" * 9_000, False, kept["edit"])
    refused = json.loads((await admin.post(address, {"text": "长" * 10_001, "edit": str(kept["edit"])})).text)
    assert "草稿最多 10000 字" in refused["refused"]
    assert await clinic.app.services.chat.drafts.of(contact_id, by=by) == ("长" * 9_000, False, kept["edit"])


async def test_notes_and_canned_replies_say_how_long_they_may_be(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await admin.get(DESK)
    page = await admin.post(f"{DESK}/{contact_id}/note", {"text": "长" * 2_001, "key": "n"}, htmx=True)
    assert page.shows("data-refused", "最多 2000 字")
    for title, text in ((LONG, "好"), ("好", "长" * 5_000)):
        page = await admin.post("/console/settings/canned/new", {"title": title, "text": text, "folder": "一"})
        assert page.shows("不能超过")
    assert await clinic.rows("notes") == []


async def test_whom_the_intake_is_for_is_not_cut(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await admin.get(DESK)
    page = await admin.post(f"{DESK}/{contact_id}/intake", {"revision": "0", "relation": "长" * 101}, htmx=True)
    assert page.shows("最多 100 个字")
    assert await clinic.rows("intakes") == []


async def test_the_use_cases_bound_what_no_form_bounds(clinic: Clinic, admin: Browser) -> None:
    contact_id = await waiting(clinic)
    await taken(admin, contact_id)
    episode, by, now = await episode_of(clinic, contact_id), await actor(clinic, "admin"), clinic.now
    assert episode is not None
    desk = clinic.app.services.chat.desk
    handover = Handover(at=now, by=AccountId(by.id), to=None, reason="午饭")
    for name in ("reason", "asked", "promised", "still_open"):
        too_long = replace(handover, **{name: "长" * 501})  # type: ignore[arg-type]
        with pytest.raises(FieldErrors) as refusal:
            await desk.hand_over(episode.id, too_long, revision=episode.revision, by=by, now=now)
        assert list(refusal.value.fields) == [name]
    snooze = Snooze(until=now.replace(year=now.year + 1), why=LONG)
    with pytest.raises(FieldErrors) as refusal:
        await desk.snooze(episode.id, snooze, by=by, now=now)
    assert list(refusal.value.fields) == ["why"]
    assert await episode_of(clinic, contact_id) == episode


@pytest.mark.parametrize(
    "marks",
    [
        (Mark(item=RubricItem.CURT, level=1, words="长" * 501),),
        (Mark(item=RubricItem.CURT, level=1, line_id="1" * 301),),
        (Mark(item=RubricItem.CURT, level=9),),
        (Mark(item=RubricItem.CURT, level=1), Mark(item=RubricItem.CURT, level=2)),
    ],
    ids=["words", "line", "level", "twice"],
)
async def test_what_a_rating_marks_is_bounded(
    clinic: Clinic, closed: Browser, marks: tuple[Mark, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.is_sampled", lambda _id: True)
    assert closed
    by = await actor(clinic, "manager")
    with pytest.raises(FieldErrors) as refusal:
        await clinic.app.services.review.ratings.rate(EpisodeId("e1"), marks, "评语", by=by, now=clinic.now)
    assert list(refusal.value.fields) == ["marks"]
    assert await clinic.rows("ratings") == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "here"),
        ("POST", "{contact}/draft"),
        ("POST", "{contact}/check"),
        ("POST", "{contact}/typing"),
        ("POST", "{contact}/seen"),
        ("GET", "found?q=牙"),
        ("GET", "canned?q=t"),
        ("GET", "list"),
        ("GET", "{contact}/lines"),
        ("GET", "{contact}/side"),
    ],
)
async def test_what_is_asked_for_without_end_is_refused_for_that_account_alone(
    clinic: Clinic, sign_in: SignIn, method: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "BURST", 3)
    monkeypatch.setattr(rates, "PER_SECOND", 0.0)
    contact_id = await waiting(clinic)
    first, second = await sign_in(Role.RECEPTION), await sign_in(Role.RECEPTION, "second")
    address = f"{DESK}/{path}".replace("{contact}", contact_id)
    answers = {}
    for browser in (first, second):
        await browser.get("/console/")
        pages = [
            await browser.get(address, htmx=True)
            if method == "GET"
            else await browser.post(address, {"device": "d", "text": "您好", "edit": "0"}, htmx=True)
            for _ in range(4 if browser is first else 3)
        ]
        answers[browser] = [page.status for page in pages]
        if browser is first:
            assert pages[-1].shows("操作太频繁了，请停几秒再试")
    assert answers[first][-1] == 429
    assert all(status < 300 for status in (*answers[first][:-1], *answers[second]))


async def test_one_account_holds_so_many_streams_and_no_more(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_STREAMS", 1)
    browser, other = await sign_in(Role.RECEPTION), await sign_in(Role.RECEPTION, "second")
    async with listening(browser) as stream:
        await stream.hint()
        page = await browser.get(f"{DESK}/events")
        assert page.status == 429
        assert page.shows("打开的会话页面太多了")
        async with listening(other) as another:
            await another.hint()
