"""员工: who works here and as what."""

from aiohttp import web
from pydantic import BaseModel, Field

from wxbot.errors import FieldErrors
from wxbot.staff.models import Account, AccountId, ConsultantTeam, OneTimePassword
from wxbot.staff.permissions import PERMISSIONS, ROLE_NAMES, Role
from wxbot.staff.service import LONGEST_NAME, TEAM_NAMES
from wxbot.web.console.forms import Form, filled, parse, read_form, whole_number
from wxbot.web.console.frame import actor_of, now_of, page, see_other, services_of
from wxbot.web.console.submit import complain, submit

STAFF = "/console/staff"
ROLES = [(role.value, ROLE_NAMES[role]) for role in Role]
TEAMS = [(team.value, TEAM_NAMES[team]) for team in ConsultantTeam]
EDIT = "staff:account:edit"


class Edited(BaseModel):
    """What may be edited of an account."""

    name: str = Field(min_length=1, max_length=LONGEST_NAME)
    role: Role
    team: ConsultantTeam | None = None


class Created(Edited):
    """What a new account needs."""

    login: str = Field(min_length=2, max_length=32)


class Changed(Edited):
    """An edit of the account as it was at `revision`."""

    revision: int


async def index(request: web.Request) -> web.StreamResponse:
    """Everybody."""
    accounts = await services_of(request).staff.accounts(by=actor_of(request))
    return await page(
        request,
        "staff/list.html",
        accounts=[account for account in accounts if not account.disabled],
        former=[account for account in accounts if account.disabled],
        teams=TEAM_NAMES,
    )


async def new(request: web.Request) -> web.StreamResponse:
    """The form for a new account."""
    actor_of(request).must(EDIT)
    return await _new_form(request, filled({"role": Role.RECEPTION.value}))


async def create(request: web.Request) -> web.StreamResponse:
    """Make the account and show its password once."""
    return await submit(request, _create, again=_new_form)


async def _create(request: web.Request, form: Form) -> web.StreamResponse:
    given = parse(form, Created)
    made = await services_of(request).staff.create(
        by=actor_of(request),
        login=given.login,
        name=given.name,
        role=given.role,
        team=given.team,
        now=now_of(request),
    )
    return await _show_password(request, made, "账号已建好")


async def show(request: web.Request) -> web.StreamResponse:
    """One account: the form, and what else can be done with it."""
    account = await services_of(request).staff.account(_id(request), by=actor_of(request))
    return await _account_page(request, account, _form_of(account))


async def edit(request: web.Request) -> web.StreamResponse:
    """Change name and role."""
    return await submit(request, _edit, again=_again, overtaken=_overtaken)


async def _edit(request: web.Request, form: Form) -> web.StreamResponse:
    given = parse(form, Changed)
    await services_of(request).staff.edit(
        _id(request),
        by=actor_of(request),
        revision=given.revision,
        name=given.name,
        role=given.role,
        team=given.team,
        now=now_of(request),
    )
    return see_other(request, f"{STAFF}/{_id(request)}", done="已保存。新的角色从对方下一次操作起生效")


async def _again(request: web.Request, form: Form) -> web.StreamResponse:
    account = await services_of(request).staff.account(_id(request), by=actor_of(request))
    return await _account_page(request, account, form)


async def disable(request: web.Request) -> web.StreamResponse:
    """End the account: nobody signs in with it any more."""
    revision, actor = await _revision(request), actor_of(request)
    staff = services_of(request).staff
    try:
        await staff.disable(_id(request), by=actor, revision=revision, now=now_of(request))
    except FieldErrors as error:
        account = await staff.account(_id(request), by=actor)
        form = _form_of(account)
        complain(form, error)
        return await _account_page(request, account, form)
    return see_other(request, f"{STAFF}/{_id(request)}", done="账号已停用，对方的登录已全部退出")


async def enable(request: web.Request) -> web.StreamResponse:
    """Let them sign in again."""
    await services_of(request).staff.enable(
        _id(request), by=actor_of(request), revision=await _revision(request), now=now_of(request)
    )
    return see_other(request, f"{STAFF}/{_id(request)}", done="账号已启用")


async def reset_password(request: web.Request) -> web.StreamResponse:
    """A new password, shown once."""
    made = await services_of(request).staff.recovery.reset_password(
        _id(request), by=actor_of(request), now=now_of(request)
    )
    return await _show_password(request, made, "密码已重置")


async def reset_codes(request: web.Request) -> web.StreamResponse:
    """Take the second factor off."""
    await services_of(request).staff.recovery.reset_codes(_id(request), by=actor_of(request), now=now_of(request))
    return see_other(request, f"{STAFF}/{_id(request)}", done="动态码已关闭，对方可用密码登录后重新开启")


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End every session of a colleague."""
    ended = await services_of(request).staff.recovery.sign_out(_id(request), by=actor_of(request), now=now_of(request))
    return see_other(request, f"{STAFF}/{_id(request)}", done=f"已退出对方的 {ended} 处登录")


def _id(request: web.Request) -> AccountId:
    return AccountId(request.match_info["id"])


async def _revision(request: web.Request) -> int:
    """The revision that the button was pressed for; -1, which no account has, when there is none."""
    return whole_number((await read_form(request)).get("revision"), -1)


def _form_of(account: Account) -> Form:
    return filled(
        {
            "name": account.name,
            "role": account.role.value,
            "team": account.team.value if account.team else "",
            "revision": account.revision,
            "was_name": account.name,
            "was_role": account.role.value,
        }
    )


async def _new_form(request: web.Request, form: Form) -> web.StreamResponse:
    return await page(request, "staff/new.html", form=form, roles=ROLES, teams=TEAMS)


async def _account_page(
    request: web.Request, account: Account, form: Form, changes: list[tuple[str, str, str]] | None = None
) -> web.StreamResponse:
    services, actor = services_of(request), actor_of(request)
    trail = await services.audit.of_subject(account.subject, limit=20) if actor.may("audit:entry:read") else []
    return await page(
        request,
        "staff/account.html",
        account=account,
        form=form,
        roles=ROLES,
        teams=TEAMS,
        changes=changes or [],
        changed_by=(await services.staff.names([account.changed_by.removeprefix("staff:")])).get(
            account.changed_by.removeprefix("staff:"), "同事"
        ),
        trail=trail,
        may_edit=actor.may(EDIT),
        permissions=sum(account.role in roles for roles in PERMISSIONS.values()),
    )


async def _overtaken(request: web.Request, form: Form) -> web.StreamResponse:
    """What a colleague changed meanwhile, above the form that keeps what was typed."""
    account = await services_of(request).staff.account(_id(request), by=actor_of(request))
    was_role = form.get("was_role")
    rows = [
        ("姓名", form.get("was_name"), account.name),
        ("角色", dict(ROLES).get(was_role, was_role), ROLE_NAMES[account.role]),
    ]
    changes = [row for row in rows if row[1] != row[2]] or [("账号", "您打开时的内容", "停用、密码或动态码有变化")]
    form.values |= {"revision": str(account.revision), "was_name": account.name, "was_role": account.role.value}
    return await _account_page(request, account, form, changes)


async def _show_password(request: web.Request, made: OneTimePassword, words: str) -> web.StreamResponse:
    return await page(request, "staff/password.html", account=made.account, password=made.password, words=words)
