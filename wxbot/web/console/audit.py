"""审计: who did or saw what, filtered and proved."""

from urllib.parse import urlencode

from aiohttp import web

from wxbot.actors import COMMAND_LINE, CONFIG_FILES, SYSTEM
from wxbot.audit.actions import action_label
from wxbot.audit.models import Entry, Filter, Problem, Verification
from wxbot.days import DayError, read_day
from wxbot.web.console.audit_names import names_of
from wxbot.web.console.audit_words import evidence, subject_link, subject_words
from wxbot.web.console.forms import Form
from wxbot.web.console.frame import actor_of, now_of, page, services_of

AUDIT = "/console/audit"
PER_PAGE = 50
PROVED_DAYS = 31  # what the button walks along; everything is for `wxbot audit verify`, which may take its time
LONGEST_SUBJECT = 120  # characters
LONGEST_NUMBER = 15  # digits of an entry's number: more than there will ever be

PROBLEMS = {
    Problem.EDITED: "内容和写入时不一致，可能被改过",
    Problem.MISSING: "这一条不见了，可能被删除",
    Problem.MOVED: "和前一条接不上，顺序可能被动过",
    Problem.CUT: "当天的结尾和留存的记录不一致，可能被截掉或替换",
    Problem.UNGUARDED: "当天的结尾记录不见了",
    Problem.UNKEYED: "没有密钥指纹，而它之前的记录已经有了，可能是后来补写的",
    Problem.UNKNOWN_KEY: "写入它的密钥不在这台机器上，无法核对",
    Problem.ANCHOR: "和数据库以外的记录不一致，可能被重写或截掉",
    Problem.SURPLUS: "数据库里多出不属于这条链的记录",
}


async def index(request: web.Request) -> web.StreamResponse:
    """The trail, newest first."""
    return await _trail(request, None)


async def verify(request: web.Request) -> web.StreamResponse:
    """Walk along the chain of the last days and say whether it holds."""
    found = await services_of(request).audit.verify_recent(by=actor_of(request), now=now_of(request), days=PROVED_DAYS)
    return await _trail(request, found)


async def _trail(request: web.Request, proof: Verification | None) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    form = Form(values={name: request.query.get(name, "").strip() for name in ("by", "action", "subject")})
    first, last = _day(request, form, "first"), _day(request, form, "last")
    if first and last and first > last:
        form.fail("last", "结束日期在开始日期之前")
    wanted = Filter(
        by=form.get("by"),
        action=form.get("action"),
        subject=form.get("subject")[:LONGEST_SUBJECT],
        first_day=first,
        last_day=last,
    )
    before = request.query.get("before", "")
    found: list[Entry] = []
    if form.ok:
        cursor = int(before) if before.isascii() and before.isdigit() and len(before) <= LONGEST_NUMBER else None
        found = await services.audit.entries(wanted, by=actor, before=cursor, limit=PER_PAGE + 1)
    people = [(account.actor.by, account.name) for account in await services.staff.accounts(by=actor)]
    people += [(actor.by, actor.name) for actor in (SYSTEM, COMMAND_LINE, CONFIG_FILES)]
    subjects = [*(entry.subject for entry in found[:PER_PAGE]), *filter(None, [form.get("subject")])]
    shown = await names_of(services, subjects) if actor.may("patients:patient:read") else {}
    narrowed = {name: value for name, value in form.values.items() if value}
    return await page(
        request,
        "audit/list.html",
        form=form,
        entries=found[:PER_PAGE],
        people=people,
        named={**shown, **{by: f"员工 {name}" for by, name in people}},
        actions=[(action, action_label(action)) for action in await services.audit.actions(by=actor)],
        action_label=action_label,
        subject_words=subject_words,
        subject_link=subject_link,
        narrowed=bool(narrowed),
        newest=f"{AUDIT}?{urlencode(narrowed)}" if before else "",
        older=f"{AUDIT}?{urlencode({**narrowed, 'before': found[PER_PAGE - 1].seq})}" if len(found) > PER_PAGE else "",
        proof=proof,
        problem=PROBLEMS[proof.broken.problem] if proof is not None and proof.broken is not None else "",
        proved_days=PROVED_DAYS,
        evidence=evidence(proof) if proof is not None else (),
    )


def _day(request: web.Request, form: Form, name: str) -> str:
    """A local day of the filter, ISO; empty when none is given or it is none."""
    given = request.query.get(name, "").strip()
    form.values[name] = given
    if not given:
        return ""
    try:
        return read_day(given).isoformat()
    except DayError as error:
        form.fail(name, error.sentence)
        return ""
