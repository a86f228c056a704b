"""What is a colleague's at the desk stays theirs: keys and ids that one knows or guesses do and show nothing."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from tests.console.conftest import Browser, Clinic, Page, SignIn
from tests.console.test_desk_pages import DESK, actor, episode_of, taken, waiting
from wxbot.actors import SYSTEM
from wxbot.conversations.escalation.promise_models import Promise, PromiseState
from wxbot.conversations.intake.service import IntakeForm
from wxbot.conversations.models import EpisodeId
from wxbot.history.models import ContactId
from wxbot.staff.models import AccountId
from wxbot.staff.permissions import Role

SECRET = "蓝鲸七三九"
CANNED = "/console/settings/canned"
QUALITY = "/console/quality"


@dataclass
class Scene:
    """李's talk with what is in it, 王 who is another colleague with a talk of their own, and a supervisor."""

    clinic: Clinic
    li: Browser
    wang: Browser
    lead: Browser
    lis: ContactId
    wangs: ContactId

    async def unsettled(self) -> list[str]:
        """The keys of what is shown as not arrived in 李's talk."""
        return [each.key for each in await self.clinic.app.services.chat.replies.unsettled(self.lis)]

    async def failed(self, key: str = "k1", words: str = f"{SECRET}，明天见") -> str:
        """李's message that did not leave; its key in the outbox."""
        page = await self.li.post(f"{DESK}/{self.lis}/reply", {"text": words, "key": key}, htmx=True)
        assert page.shows("data-sent"), page.text
        rows = self.clinic.app.database.collection("outbox")
        row = await rows.find_one_and_update(
            {"variables.words": words}, {"$set": {"state": "failed", "reason": "45015"}}
        )
        return str(row["key"])

    async def promised(self, contact_id: ContactId, owner: str) -> Promise:
        """Something that a colleague promised."""
        account = AccountId((await actor(self.clinic, owner)).id)
        promise = Promise(
            id=f"line:{owner}:{contact_id}",
            contact_id=contact_id,
            episode_id=EpisodeId("e"),
            made_by=account,
            owner=account,
            made_at=self.clinic.now,
            due_at=self.clinic.now + timedelta(hours=1),
            words=f"{SECRET}一小时内答复",
        )
        await self.clinic.app.services.chat.promises.note(promise)
        return promise


@pytest.fixture
async def scene(clinic: Clinic, sign_in: SignIn) -> Scene:
    clinic.stand_still()
    li, wang = await sign_in(Role.RECEPTION, "li"), await sign_in(Role.RECEPTION, "wang")
    lead = await sign_in(Role.MANAGER)
    lis = await waiting(clinic, "小林")
    await taken(li, lis)
    wangs = await waiting(clinic, "小陈")
    await taken(wang, wangs)
    await lead.get(DESK)
    return Scene(clinic, li, wang, lead, lis, wangs)


# -- messages ------------------------------------------------------------------------------------------------------


async def test_a_colleagues_failed_message_is_not_put_away_by_its_key(scene: Scene) -> None:
    key = await scene.failed()
    for contact_id in (scene.lis, scene.wangs):
        page = await scene.wang.post(f"{DESK}/{contact_id}/put-away", {"key": key}, htmx=True)
        assert page.status == 404 or page.shows("data-refused"), page.text[:500]
    assert await scene.unsettled() == [key]
    page = await scene.wang.get(f"{DESK}/{scene.lis}")
    assert page.shows(SECRET), "everybody at the desk reads the talk"
    assert not page.shows("put-away")


async def test_its_author_who_answers_now_or_a_supervisor_puts_it_away(scene: Scene) -> None:
    key = await scene.failed()
    assert (await scene.li.get(f"{DESK}/{scene.lis}")).shows("put-away")
    await scene.li.post(f"{DESK}/{scene.lis}/put-away", {"key": key}, htmx=True)
    assert await scene.unsettled() == []
    key = await scene.failed("k2", f"{SECRET}，后天见")
    assert (await scene.lead.get(f"{DESK}/{scene.lis}")).shows("put-away")
    await scene.lead.post(f"{DESK}/{scene.lis}/take-over", {"reason": "投诉"}, htmx=True)
    await scene.lead.post(f"{DESK}/{scene.lis}/put-away", {"key": key}, htmx=True)
    assert await scene.unsettled() == []


async def test_who_answers_the_contact_now_sees_to_what_a_colleague_left(scene: Scene) -> None:
    key = await scene.failed()
    rows = scene.clinic.app.database.collection("episodes")
    wang = await actor(scene.clinic, "wang")
    await rows.update_one({"contact_id": scene.lis}, {"$set": {"owner": wang.id}})
    await scene.wang.post(f"{DESK}/{scene.lis}/put-away", {"key": key}, htmx=True)
    assert await scene.unsettled() == []


async def test_sending_again_puts_no_colleagues_message_away(scene: Scene) -> None:
    key = await scene.failed()
    await scene.wang.post(f"{DESK}/{scene.wangs}/reply", {"text": "您好", "key": "w1", "again": key}, htmx=True)
    page = await scene.wang.post(f"{DESK}/{scene.wangs}/photo-again", {"key": "w2", "again": key}, htmx=True)
    assert page.status == 404
    assert await scene.unsettled() == [key]


async def test_taking_back_is_for_ones_own_and_for_the_talk_it_was_written_in(scene: Scene) -> None:
    await scene.li.post(f"{DESK}/{scene.lis}/reply", {"text": f"{SECRET}，您好", "key": "k1"}, htmx=True)
    for browser, contact_id in ((scene.wang, scene.lis), (scene.wang, scene.wangs), (scene.li, scene.wangs)):
        page = await browser.post(f"{DESK}/{contact_id}/take-back", {"key": "k1"}, htmx=True)
        assert page.status == 404
        assert SECRET not in page.text
    assert len(await scene.unsettled()) == 1
    page = await scene.li.post(f"{DESK}/{scene.lis}/take-back", {"key": "k1"}, htmx=True)
    assert page.shows(f'data-box="{SECRET}，您好"')


async def test_in_a_colleagues_talk_nothing_is_done(scene: Scene) -> None:
    before = await episode_of(scene.clinic, scene.lis)
    forms: dict[str, dict[str, str]] = {
        "reply": {"text": "您好", "key": "w1"},
        "refuse": {},
        "hand-over": {"reason": "我要", "to": ""},
        "snooze": {"minutes": "30", "why": "等片子"},
        "wake": {},
        "close": {"note": "完了", "reason": "完了"},
        "take": {"reason": "我来"},
        "phone": {"reason": "打电话"},
        "invite": {},
        "seen": {},
        "typing": {},
    }
    for name, fields in forms.items():
        await scene.wang.post(f"{DESK}/{scene.lis}/{name}", fields, htmx=True)
    after = await episode_of(scene.clinic, scene.lis)
    assert after == before
    assert await scene.unsettled() == []


async def test_drafts_and_whispers_are_not_shown_to_others(scene: Scene) -> None:
    await scene.li.post(f"{DESK}/{scene.lis}/draft", {"text": f"{SECRET}草稿", "edit": "0"})
    await scene.lead.post(
        f"{DESK}/{scene.lis}/note", {"text": f"{SECRET}悄悄话", "key": "n1", "whisper": "yes"}, htmx=True
    )
    assert (await scene.li.get(f"{DESK}/{scene.lis}")).shows(f"{SECRET}草稿", f"{SECRET}悄悄话")
    for path in (f"{DESK}/{scene.lis}", f"{DESK}/{scene.lis}/lines", f"{DESK}/{scene.lis}/print", f"{DESK}/mentions"):
        assert SECRET not in (await scene.wang.get(path)).text, path
    answer = await scene.wang.post(f"{DESK}/{scene.lis}/draft", {"text": "我的", "edit": "0"})
    assert SECRET not in answer.text
    page = await scene.wang.post(f"{DESK}/{scene.lis}/note", {"text": "看看", "key": "n1", "whisper": "yes"}, htmx=True)
    assert page.status == 403
    assert (await scene.li.get(f"{DESK}/{scene.lis}")).shows(f"{SECRET}草稿")


# -- promises ------------------------------------------------------------------------------------------------------


async def test_a_promise_is_marked_by_who_must_keep_it_in_its_own_talk(scene: Scene) -> None:
    promise = await scene.promised(scene.lis, "li")
    promises = scene.clinic.app.services.chat.promises
    for contact_id in (scene.lis, scene.wangs):
        page = await scene.wang.post(f"{DESK}/{contact_id}/promise", {"promise": promise.id}, htmx=True)
        assert page.status == 404 or page.shows("data-refused")
    assert (await scene.li.post(f"{DESK}/{scene.wangs}/promise", {"promise": promise.id}, htmx=True)).status == 404
    assert [each.state for each in await promises.open_of(scene.lis)] == [PromiseState.OPEN]
    assert not (await scene.wang.get(f"{DESK}/{scene.lis}")).shows("已做到")
    page = await scene.li.post(f"{DESK}/{scene.lis}/promise", {"promise": promise.id}, htmx=True)
    assert page.shows("已记为「已兑现」")


async def test_who_answers_now_keeps_what_a_colleague_promised(scene: Scene) -> None:
    promise = await scene.promised(scene.wangs, "li")
    assert (await scene.wang.get(f"{DESK}/{scene.wangs}")).shows("已做到")
    page = await scene.wang.post(f"{DESK}/{scene.wangs}/promise", {"promise": promise.id}, htmx=True)
    assert page.shows("已记为「已兑现」")


# -- canned replies, practice, ratings -------------------------------------------------------------------------------


async def test_a_private_canned_reply_is_its_authors_alone(scene: Scene) -> None:
    await scene.li.get(f"{CANNED}/new")
    page = await scene.li.post(f"{CANNED}/new", {"title": f"{SECRET}标题", "text": f"{SECRET}内容", "folder": "我的"})
    assert page.status == 200
    (reply,) = await scene.clinic.rows("canned_replies", {"value.title": f"{SECRET}标题"})
    one = f"{CANNED}/{reply['_id']}"
    for browser in (scene.wang, scene.lead):
        for path in (CANNED, f"{CANNED}?q={SECRET}", f"{CANNED}?folder=我的", one):
            assert SECRET not in _unasked(await browser.get(path)), path
        assert f"{SECRET}内容" not in (await browser.get(f"{DESK}/canned?q={SECRET}", htmx=True)).text
        for path, fields in (
            (one, {"title": "改", "text": "改", "folder": "", "revision": "1", "shared": "true"}),
            (f"{one}/archive", {"revision": "1"}),
            (f"{one}/restore", {"revision": "1"}),
        ):
            assert (await browser.post(path, fields)).status == 404, path
        await browser.post(f"{DESK}/canned/{reply['_id']}/used")
    assert await scene.clinic.rows("canned_replies", {"_id": reply["_id"]}) == [reply]


def _unasked(page: Page) -> str:
    """The page without the query that was typed."""
    return page.text.replace(f'value="{SECRET}"', "").replace(f"「{SECRET}」", "")


async def test_a_colleagues_practice_is_not_read_and_not_played(scene: Scene) -> None:
    practices = scene.clinic.app.services.review.practices
    li = await actor(scene.clinic, "li")
    practice = await practices.begin(practices.rules.cases[0].id, by=li, now=scene.clinic.now)
    await practices.reply(practice.id, f"{SECRET}，您好", by=li, now=scene.clinic.now)
    one = f"{QUALITY}/practice/{practice.id}"
    assert (await scene.wang.get(one)).status == 404
    for browser in (scene.wang, scene.lead):
        assert (await browser.post(f"{one}/reply", {"text": "替他答"})).status == 404
        assert (await browser.post(f"{one}/finish")).status == 404
    await practices.finish(practice.id, by=li, now=scene.clinic.now)
    assert "王" not in (await scene.li.get(one)).text
    assert one not in (await scene.wang.get(f"{QUALITY}/practice")).text
    assert (await scene.lead.get(one)).shows(SECRET), "who rates reads it"


async def test_a_colleagues_talk_and_its_rating_are_not_read_and_not_answered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wxbot.conversations.evaluation.rating.is_sampled", lambda _id: True)
    episode = await episode_of(scene.clinic, scene.lis)
    assert episode is not None
    await scene.lead.post(f"{DESK}/{scene.lis}/take-over", {"reason": "投诉"}, htmx=True)
    await scene.lead.post(f"{DESK}/{scene.lis}/close", {"note": "完了", "reason": f"{SECRET}"}, htmx=True)
    await scene.clinic.app.runner.run_now("measure_episodes")
    one = f"{QUALITY}/talks/{episode.id}"
    assert (await scene.wang.get(one)).status == 404
    assert (await scene.lead.get(f"{QUALITY}/talks")).shows(episode.id)
    for path in (f"{QUALITY}/records", f"{QUALITY}/talks"):
        assert episode.id not in (await scene.wang.get(path)).text, path
    for path, fields in (
        (f"{one}/answer", {"number": "1", "kind": "answer", "answer": "不是我"}),
        (f"{one}/answer", {"number": "1", "kind": "appeal", "appeal": "不是我"}),
        (f"{one}/rate", {"comment": "好"}),
        (f"{one}/decide", {"number": "1", "points": "100", "decision": "好"}),
    ):
        assert (await scene.wang.post(path, fields)).status in {403, 404}, path
    own = await scene.lead.post(f"{one}/rate", {"comment": "好"})
    assert own.status == 403, "nobody rates their own talk"
    assert await scene.clinic.rows("ratings") == []


@pytest.mark.parametrize("media_id", ["nothing", "m:1", "outbox:1:sent", "..%2F..%2Fetc%2Fpasswd"])
async def test_a_photo_that_is_not_there_is_not_found(scene: Scene, media_id: str) -> None:
    page = await scene.wang.get(f"/console/media/{media_id}")
    assert page.status == 404


async def test_a_brief_is_read_on_the_page_of_its_own_patient(scene: Scene) -> None:
    services, now = scene.clinic.app.services, scene.clinic.now
    li = await actor(scene.clinic, "li")
    form = IntakeForm(answers={services.review.intakes.fields[0].key: f"{SECRET}"}, health=True)
    await services.review.intakes.save(scene.lis, form, 0, by=li, now=now)
    theirs = await services.records.record_for(scene.lis, by=SYSTEM, now=now)
    another = await services.records.record_for(scene.wangs, by=SYSTEM, now=now)
    fields = {"contact": scene.lis, "revision": "1"}
    assert (await scene.wang.post(f"/console/patients/{another.id}/brief", fields)).status == 404
    assert (await services.review.intakes.one(scene.lis, by=li)).latest_receipt is None
    assert SECRET not in (await scene.wang.get(f"/console/patients/{another.id}/brief", htmx=True)).text
    assert (await scene.wang.post(f"/console/patients/{theirs.id}/brief", fields)).status == 200
    assert (await services.review.intakes.one(scene.lis, by=li)).latest_receipt is not None
