"""设置 · 用语识别 over HTTP: the lists, a sentence to try, wrong words, two editors, another process, and the files."""

import html
import re
from pathlib import Path

import pytest

from config.content import load_content
from config.toml_files import read_file
from config.words_file import WordsFile
from tests.console.conftest import Browser, Clinic, Page, SignIn
from wxbot.actors import COMMAND_LINE
from wxbot.staff.permissions import Role
from wxbot.understanding.models import Intent

W = "/console/settings/words"
BOOK = f"{W}/entrance.book"
HIDDEN = re.compile(r'<input type="hidden" name="(revision|seen)" value="([^"]*)"', re.DOTALL)


def fields_of(page: Page, words: str | None = None) -> dict[str, str]:
    """What the browser would send of the editor, with other words where given."""
    hidden = {name: html.unescape(value) for name, value in HIDDEN.findall(page.text)}
    typed = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert typed is not None
    return {**hidden, "words": html.unescape(typed[1]) if words is None else words}


def words_of(clinic: Clinic, key: str) -> tuple[str, ...]:
    return clinic.app.services.word_lists.current.by_key[key].words


def intent(clinic: Clinic, text: str) -> Intent:
    services = clinic.app.services
    return services.reader.read(text, today=clinic.now.date()).intent


async def test_every_list_stands_there_with_what_it_is_for(admin: Browser) -> None:
    page = await admin.get(W)
    assert page.status == 200
    for each in load_content().words.lists:
        assert page.shows(each.name, each.about)
        assert (await admin.get(f"{W}/{each.key}")).status == 200


async def test_a_new_word_counts_with_the_next_message_and_is_noted(clinic: Clinic, admin: Browser) -> None:
    assert intent(clinic, "整个号子") is not Intent.ENTRANCE
    page = await admin.get(BOOK)
    saved = await admin.post(BOOK, fields_of(page, "预约\n  整个号子 \n\n预约！"))
    assert saved.shows("已保存", "管理员小周", "原来的词")
    assert words_of(clinic, "entrance.book") == ("预约", "整个号子")
    assert intent(clinic, "整个号子") is Intent.ENTRANCE
    openid = await clinic.person()
    assert await clinic.say(openid, "整个号子") == await clinic.say(openid, "预约")
    audit = await admin.get("/console/audit?subject=word_list%3Aentrance.book")
    assert audit.shows("修改词单「预约」")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "入口的词单不能是空的"),
        ("预约\n取消预约", "「取消预约」已经在词单「我的预约」里"),
        ("预约\n" + "很" * 41, "最多 40 个"),
        ("预约\n！！", "只有标点"),
        ("预约\n１２", "是数字，数字留给选项的序号"),
        ("\n".join(f"预约词{number}" for number in range(301)), "最多 300 个词"),
    ],
)
async def test_wrong_words_are_told_and_nothing_is_lost(
    clinic: Clinic, admin: Browser, words: str, sentence: str
) -> None:
    before = words_of(clinic, "entrance.book")
    page = await admin.get(BOOK)
    again = await admin.post(BOOK, fields_of(page, words))
    assert again.status == 422
    assert again.shows(sentence)
    assert fields_of(again)["words"].split() == words.split()
    assert words_of(clinic, "entrance.book") == before


async def test_the_second_editor_sees_what_the_first_one_changed(clinic: Clinic, admin: Browser) -> None:
    page = await admin.get(BOOK)
    await admin.post(BOOK, fields_of(page, "预约\n挂号"))
    late = await admin.post(BOOK, fields_of(page, "预约\n约一个"))
    assert late.shows("您编辑期间", "约一个")
    assert words_of(clinic, "entrance.book") == ("预约", "挂号")
    await admin.post(BOOK, fields_of(late))
    assert words_of(clinic, "entrance.book") == ("预约", "约一个")


async def test_reset_brings_the_words_of_the_files_back(clinic: Clinic, admin: Browser) -> None:
    shipped = words_of(clinic, "entrance.book")
    changed = await admin.post(BOOK, fields_of(await admin.get(BOOK), "预约"))
    back = await admin.post(f"{BOOK}/reset", {"revision": fields_of(changed)["revision"]})
    assert back.shows("已还原")
    assert not back.shows("原来的词：")
    assert words_of(clinic, "entrance.book") == shipped


async def test_a_reset_is_refused_while_another_list_has_one_of_the_words(clinic: Clinic, admin: Browser) -> None:
    changed = await admin.post(BOOK, fields_of(await admin.get(BOOK), "预约"))
    human = f"{W}/entrance.human"
    await admin.post(human, fields_of(await admin.get(human), "人工\n挂号"))
    refused = await admin.post(f"{BOOK}/reset", {"revision": fields_of(changed)["revision"]})
    assert refused.status == 422
    assert refused.shows("「挂号」已经在词单「人工服务」里")
    assert words_of(clinic, "entrance.book") == ("预约",)


async def test_a_late_reset_changes_nothing(clinic: Clinic, admin: Browser) -> None:
    changed = await admin.post(BOOK, fields_of(await admin.get(BOOK), "预约"))
    await admin.post(BOOK, fields_of(changed, "预约\n挂号"))
    late = await admin.post(f"{BOOK}/reset", {"revision": fields_of(changed)["revision"]})
    assert late.shows("没有还原")
    assert words_of(clinic, "entrance.book") == ("预约", "挂号")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("退订", ("不要再发消息", "立即停止关怀与营销消息", "words.stop")),
        ("别再发了，另外我周五的预约还在吗", ("另外说的", "我周五的预约还在吗", "stop.refusal")),
        ("你们消息好多啊", ("问患者要不要停止关怀消息", "stop.doubtful")),
        ("我的预约", ("服务入口", "words.entrance.my_appointments")),
        ("<b>x</b>", ("没有读懂", "&lt;b&gt;x&lt;/b&gt;")),
    ],
)
async def test_a_sentence_can_be_tried(admin: Browser, text: str, shown: tuple[str, ...]) -> None:
    page = await admin.post(W, {"text": text})
    assert page.status == 200
    for each in shown:
        assert each in page.text


async def test_an_empty_sentence_is_asked_for(admin: Browser) -> None:
    page = await admin.post(W, {"text": "  "})
    assert page.status == 422
    assert page.shows("请写一句话")


async def test_a_manager_reads_and_tries_and_only_the_admin_changes(clinic: Clinic, sign_in: SignIn) -> None:
    manager = await sign_in(Role.MANAGER)
    page = await manager.get(BOOK)
    assert page.shows("修改需要管理员的权限")
    assert (await manager.post(W, {"text": "退订"})).status == 200
    assert (await manager.post(BOOK, fields_of(page, "预约"))).status == 403
    assert (await manager.post(f"{BOOK}/reset", {"revision": "1"})).status == 403
    assert len(words_of(clinic, "entrance.book")) > 1


async def test_what_does_not_exist_leads_back(admin: Browser) -> None:
    assert (await admin.get(f"{W}/entrance.nothing")).status == 404
    assert (await admin.get(f"{W}/%23counter")).status == 404


async def test_exported_files_hold_what_was_set(clinic: Clinic, admin: Browser, tmp_path: Path) -> None:
    await admin.post(BOOK, fields_of(await admin.get(BOOK), '预约\n整"个"号'))
    files = await clinic.app.services.setting_files.files(by=COMMAND_LINE, now=clinic.now)
    (tmp_path / "words.toml").write_bytes(files["words.toml"])
    read = read_file(tmp_path, "words.toml", WordsFile).parsed
    assert read is not None
    assert read.lists[0].words == ("预约", '整"个"号')
    assert [each.key for each in read.lists] == [each.key for each in load_content().words.lists]
