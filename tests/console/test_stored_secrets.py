"""The database as somebody finds it who carries the disk away: no known number and no secret is in it."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyotp

from tests.console.conftest import Browser, Clinic, SignIn
from tests.console.test_broadcast_pages import written as broadcast_with
from tests.console.test_import_pages import choose, press, upload, workbook, worked
from wxbot.actors import COMMAND_LINE
from wxbot.patients.models import Taken
from wxbot.staff.permissions import Role

MOBILES = ("13912345671", "13912345672", "13912345673", "13912345674", "13912345675", "13912345676")
IMPORTED, SECOND, TYPED, TWIN, PASTED, WRITTEN = MOBILES
IDENTITY, OTHER_IDENTITY = "11010519491231002X", "440524188001010014"
WRONG = "1391234567899"  # no telephone, but staff see whose it was meant to be
FREE_TEXT = {"interactions"}  # where what a patient wrote stands as they wrote it (docs/data-model.md)


def texts(value: Any) -> Iterator[str]:
    """Every text in a document, names of fields and parts of a workbook among them."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield str(name)
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)
    elif isinstance(value, bytes):
        yield value.decode("latin-1")
        if zipfile.is_zipfile(io.BytesIO(value)):
            with zipfile.ZipFile(io.BytesIO(value)) as book:
                yield from (book.read(name).decode("latin-1") for name in book.namelist())
    else:
        yield str(value)


async def second_factor(browser: Browser) -> str:
    """Switch the second factor on; its secret."""
    page = await browser.get("/console/me/codes")
    [secret] = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    code = pyotp.TOTP(secret).at(datetime.now(UTC))
    assert (await browser.post("/console/me/codes", {"code": code})).status == 200
    return str(secret)


async def a_day_of_work(clinic: Clinic, admin: Browser) -> None:
    """Everything that stores a number: imports, records, a merge, exports, a pasted list, words in a chat."""
    header = ["姓名", "手机", "证件号", "备注"]
    for rows in (
        [["李四", IMPORTED, IDENTITY, ""], ["王五", WRONG, "", ""], ["赵六", SECOND, "", ""]],
        [["李四", IMPORTED, IDENTITY, "早上来"]],
    ):
        page = await choose(admin, await upload(admin, workbook(header, *rows), f"{IMPORTED}.xlsx"), duplicates="fill")
        page = await press(admin, await worked(clinic, admin, page), "run")
        await worked(clinic, admin, page)
    records, merges = clinic.app.services.records, clinic.app.services.merges
    by, now = COMMAND_LINE, clinic.now
    first = await records.create({"name": "林晓满", "phone": TYPED, "identity": OTHER_IDENTITY}, by=by, now=now)
    twin = await records.create({"name": "林晓满", "phone": TWIN}, by=by, now=now, despite_duplicates=True)
    preview = await merges.preview(first.id, twin.id, by=by, now=now)
    chosen = {each.field: Taken.SURVIVOR for each in preview.choices}
    seen = (preview.survivor.patient.revision, preview.merged.patient.revision)
    await merges.merge(first.id, twin.id, chosen, revisions=seen, by=by, now=now)
    await admin.get(f"/console/patients?q={TYPED[-4:]}")
    await admin.post(f"/console/patients/{first.id}/phone", {"reason": "回电核对预约时间"})
    exports, columns = "/console/patients/exports", [("columns", "name"), ("reason", "周年回访用的名单")]
    await admin.get(exports)
    await admin.post(exports, [("scope", "all"), *columns, ("guarded", "phone"), ("guarded", "identity")])
    await clinic.app.runner.run_now("write_exports")
    await admin.post(exports, [("scope", "list"), ("numbers", f"{PASTED}\n{TYPED}"), *columns])  # still to be written
    await broadcast_with(admin, audience_kind="phones", phones=f"{TYPED}\n{PASTED}")
    openid = await clinic.person("小林")
    await clinic.book(openid, "洁牙", "陈晓晴", "明天", "下午2:30")
    await clinic.say(openid, f"我的电话是 {WRITTEN}")
    await clinic.tick()


async def test_no_number_and_no_secret_stands_in_the_database(clinic: Clinic, sign_in: SignIn) -> None:
    admin, colleague = await sign_in(Role.ADMIN), await sign_in(Role.MANAGER)
    secret = await second_factor(admin)
    page = await colleague.get("/console/me/codes")  # shown, not yet confirmed
    [pending] = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", page.text)
    await a_day_of_work(clinic, admin)
    token = await clinic.app._tokens.current()
    known = (*MOBILES, IDENTITY, OTHER_IDENTITY, WRONG, secret, pending, token)

    leaks = set()
    database = clinic.app.database.client[clinic.app.database.name]
    names = [name for name in await database.list_collection_names() if not name.startswith("system.")]
    documents = {name: await database[name].find().to_list(None) for name in names}
    for name, rows in documents.items():
        for text in (text for row in rows for text in texts(row)):
            spelled = re.sub(r"[ -]", "", text)
            leaks |= {(name, value) for value in known if value in spelled or value in text}

    assert leaks == {(name, WRITTEN) for name in FREE_TEXT}
    filled = {"patients", "merges", "import_rows", "exports", "export_files", "broadcasts", "staff", "tokens"}
    assert {name for name in filled if "enc1:" in str(documents[name])} == filled
