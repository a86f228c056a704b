"""Accounts and sessions over a real mongod: signing in, pauses, the last administrator, WeChat."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pyotp
import pytest
from argon2 import PasswordHasher

from tests.conftest import ManualClock
from tests.encryption import KEYS
from wxbot.actors import COMMAND_LINE, Actor
from wxbot.audit.service import AuditTrail
from wxbot.audit.store import AuditStore
from wxbot.database import Database
from wxbot.errors import FieldErrors, ForbiddenError, NotFoundError, StaleError
from wxbot.staff.errors import SignInRefusedError
from wxbot.staff.models import Account, AccountId, ConsultantTeam, Opened
from wxbot.staff.passwords import Passwords
from wxbot.staff.permissions import Role, permissions_of
from wxbot.staff.service import Staff
from wxbot.staff.sessions import name_of
from wxbot.staff.store import StaffStore
from wxbot.staff.wechat_binding import mark_of

PASSWORD = "correct horse battery"
WRONG = "wrong wrong wrong"
OTHER = "three unrelated words"
ZONE = ZoneInfo("Asia/Shanghai")


class Room:
    """The staff room and what tests ask of it."""

    def __init__(self, database: Database, clock: ManualClock) -> None:
        self.database = database
        self.clock = clock
        self.audit = AuditTrail(AuditStore(database), timezone=ZONE, keys=KEYS)
        self.staff = Staff(
            StaffStore(database, KEYS),
            audit=self.audit,
            clinic_name=lambda: "晨光诊所",
            passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        )

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def real(self) -> datetime:
        return self.clock.machine_now()

    async def hire(self, login: str, role: Role = Role.RECEPTION) -> Account:
        made = await self.staff.create(
            by=COMMAND_LINE, login=login, name=f"{login}同事", role=role, now=self.now, password=PASSWORD
        )
        return made.account

    async def enter(self, login: str, password: str = PASSWORD, source: str = "192.0.2.1") -> Opened:
        return await self.staff.access.sign_in(login, password, now=self.now, real=self.real, source=source)

    async def refusal(self, login: str, password: str = WRONG, source: str = "192.0.2.1") -> str:
        with pytest.raises(SignInRefusedError) as caught:
            await self.enter(login, password, source)
        return str(caught.value)

    async def is_in(self, opened: Opened) -> bool:
        return await self.staff.access.find(opened.token, self.real) is not None

    async def actions(self) -> list[str]:
        rows = await self.database.collection("audit").find().sort("seq", 1).to_list(None)
        return [row["action"] for row in rows]


@pytest.fixture
async def room(database: Database, clock: ManualClock) -> Room:
    await database.create_indexes([StaffStore(database, KEYS), AuditStore(database)])
    return Room(database, clock)


# -- signing in ----------------------------------------------------------------------------------------------------


async def test_signing_in_opens_a_session_whose_token_is_kept_nowhere(room: Room) -> None:
    account = await room.hire("xiaolin")

    opened = await room.enter("  XiaoLin ")
    found = await room.staff.access.find(opened.token, room.real)

    assert found is not None
    assert found[1].id == account.id
    [row] = await room.database.collection("sessions").find().to_list(None)
    assert row["_id"] == name_of(opened.token)
    assert opened.token not in str(row)
    assert PASSWORD not in str(await room.database.collection("staff").find().to_list(None))
    assert await room.actions() == ["staff:created", "staff:signed_in"]


async def test_unknown_wrong_and_disabled_are_answered_alike(room: Room) -> None:
    await room.hire("xiaolin")
    gone = await room.hire("gone")
    await room.staff.disable(gone.id, by=COMMAND_LINE, revision=gone.revision, now=room.now)

    answers = {await room.refusal("xiaolin"), await room.refusal("nobody"), await room.refusal("gone", PASSWORD)}

    assert len(answers) == 1


@pytest.mark.parametrize("login", ["xiaolin", "nobody"])
async def test_five_failures_bring_a_pause_whether_the_login_exists_or_not(room: Room, login: str) -> None:
    await room.hire("xiaolin")
    for _ in range(5):
        assert "不对" in await room.refusal(login)

    assert "1 分钟后再试" in await room.refusal(login, PASSWORD)
    room.clock.move(timedelta(minutes=1))
    assert "不对" in await room.refusal(login)
    assert "2 分钟后再试" in await room.refusal(login, PASSWORD)


async def test_the_right_password_after_the_pause_resets_the_count(room: Room) -> None:
    await room.hire("xiaolin")
    for _ in range(5):
        await room.refusal("xiaolin")
    room.clock.move(timedelta(minutes=1))

    await room.enter("xiaolin")

    assert "不对" in await room.refusal("xiaolin")
    assert "staff:locked" in await room.actions()


async def test_a_hundred_guesses_at_once_are_no_way_around_the_pause(room: Room) -> None:
    await room.hire("xiaolin")

    answers = await asyncio.gather(*(room.refusal("xiaolin", f"guess number {number}") for number in range(40)))

    assert len([answer for answer in answers if "不对" in answer]) <= 5


async def test_one_address_that_tries_many_logins_is_paused_and_others_are_not(room: Room) -> None:
    await room.hire("xiaolin")
    for number in range(25):
        await room.refusal(f"guess{number}", source="198.51.100.9")

    assert "分钟后再试" in await room.refusal("xiaolin", PASSWORD, source="198.51.100.9")
    assert await room.is_in(await room.enter("xiaolin", source="192.0.2.1"))


async def test_a_hash_of_old_parameters_is_renewed_at_sign_in(room: Room) -> None:
    account = await room.hire("xiaolin")
    old = await Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)).hash(PASSWORD)
    await room.database.collection("staff").update_one({"_id": account.id}, {"$set": {"password_hash": old}})

    await room.enter("xiaolin")

    renewed = await room.staff.account(account.id, by=COMMAND_LINE)
    assert renewed.password_hash != old
    assert await room.is_in(await room.enter("xiaolin"))


# -- sessions ------------------------------------------------------------------------------------------------------


async def test_a_session_ends_after_half_an_hour_without_use(room: Room) -> None:
    await room.hire("xiaolin")
    opened = await room.enter("xiaolin")

    room.clock.move(timedelta(minutes=29))
    assert await room.is_in(opened)
    room.clock.move(timedelta(minutes=1))
    assert not await room.is_in(opened)


async def test_a_session_in_use_ends_after_twelve_hours(room: Room) -> None:
    await room.hire("xiaolin")
    opened = await room.enter("xiaolin")
    minutes = 0
    while (found := await room.staff.access.find(opened.token, room.real)) is not None:
        await room.staff.access.keep_alive(found[0], room.real)
        room.clock.move(timedelta(minutes=20))
        minutes += 20

    assert minutes == 12 * 60


async def test_use_is_written_down_once_a_minute_at_most(room: Room) -> None:
    await room.hire("xiaolin")
    opened = await room.enter("xiaolin")
    room.clock.move(timedelta(seconds=59))

    await room.staff.access.keep_alive(opened.session, room.real)

    found = await room.staff.access.find(opened.token, room.real)
    assert found is not None
    assert found[0].seen_at == opened.session.seen_at.replace(microsecond=found[0].seen_at.microsecond)


async def test_signing_out_everywhere_ends_every_session_and_nobody_elses(room: Room) -> None:
    account = await room.hire("xiaolin")
    await room.hire("other")
    mine = [await room.enter("xiaolin") for _ in range(3)]
    theirs = await room.enter("other")

    ended = await room.staff.self_service.sign_out_everywhere(by=account.actor, now=room.now)

    assert ended == 3
    assert [await room.is_in(opened) for opened in [*mine, theirs]] == [False, False, False, True]


async def test_nobody_ends_a_colleagues_session_from_their_own_page(room: Room) -> None:
    account = await room.hire("xiaolin")
    await room.hire("other")
    theirs = await room.enter("other")

    await room.staff.self_service.end_session(theirs.session.id, by=account.actor, now=room.now)

    assert await room.is_in(theirs)


# -- one's own account ---------------------------------------------------------------------------------------------


async def test_a_new_password_ends_the_other_sessions(room: Room) -> None:
    account = await room.hire("xiaolin")
    here, there = await room.enter("xiaolin"), await room.enter("xiaolin")

    await room.staff.self_service.change_password(
        PASSWORD, OTHER, by=account.actor, session_id=here.session.id, now=room.now, real=room.real
    )

    assert (await room.is_in(here), await room.is_in(there)) == (True, False)
    assert "不对" in await room.refusal("xiaolin", PASSWORD)
    assert await room.is_in(await room.enter("xiaolin", OTHER))


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong wrong wrong", OTHER, "old"), (PASSWORD, "short", "new"), (PASSWORD, PASSWORD, "new")],
)
async def test_a_password_that_cannot_be_is_refused_beside_its_field(
    room: Room, old: str, new: str, field: str
) -> None:
    account = await room.hire("xiaolin")

    with pytest.raises(FieldErrors) as caught:
        await room.staff.self_service.change_password(
            old, new, by=account.actor, session_id="", now=room.now, real=room.real
        )

    assert list(caught.value.fields) == [field]


async def with_codes(room: Room, login: str) -> tuple[Account, pyotp.TOTP]:
    account = await room.hire(login)
    enrolment = await room.staff.self_service.begin_codes(by=account.actor)
    generator = pyotp.TOTP(enrolment.secret)
    await room.staff.self_service.confirm_codes(
        PASSWORD, generator.at(room.real), by=account.actor, now=room.now, real=room.real
    )
    room.clock.move(timedelta(seconds=30))
    return account, generator


async def test_with_a_second_factor_the_password_alone_opens_nothing(room: Room) -> None:
    _, generator = await with_codes(room, "xiaolin")

    half = await room.enter("xiaolin")
    assert not await room.is_in(half)
    whole = await room.staff.access.enter_code(half.token, generator.at(room.real), now=room.now, real=room.real)

    assert await room.is_in(whole)
    assert not await room.is_in(half)


async def test_a_code_opens_once_even_for_two_at_the_same_moment(room: Room) -> None:
    _, generator = await with_codes(room, "xiaolin")
    halves = [await room.enter("xiaolin") for _ in range(2)]
    code = generator.at(room.real)

    answers = await asyncio.gather(
        *(room.staff.access.enter_code(half.token, code, now=room.now, real=room.real) for half in halves),
        return_exceptions=True,
    )

    assert sorted(type(answer).__name__ for answer in answers) == ["Opened", "SignInRefusedError"]


async def test_codes_are_not_guessed(room: Room) -> None:
    _, generator = await with_codes(room, "xiaolin")
    half = await room.enter("xiaolin")
    wrong = f"{(int(generator.at(room.real)) + 500_000) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(SignInRefusedError, match="动态码不对"):
            await room.staff.access.enter_code(half.token, wrong, now=room.now, real=room.real)

    with pytest.raises(SignInRefusedError, match="分钟后再试"):
        await room.staff.access.enter_code(half.token, generator.at(room.real), now=room.now, real=room.real)


async def test_the_second_factor_ends_with_password_and_code_or_by_an_administrator(room: Room) -> None:
    account, generator = await with_codes(room, "xiaolin")
    other, _ = await with_codes(room, "other")
    own = room.staff.self_service
    code = generator.at(room.real)

    for password, given, field in (("wrong", code, "password"), (PASSWORD, "000000", "code"), (PASSWORD, "", "code")):
        with pytest.raises(FieldErrors) as refused:
            await own.end_codes(password, given, by=account.actor, now=room.now, real=room.real)
        assert list(refused.value.fields) == [field]
    await own.end_codes(PASSWORD, code, by=account.actor, now=room.now, real=room.real)
    await room.staff.recovery.reset_codes(other.id, by=COMMAND_LINE, now=room.now)

    assert [await room.is_in(await room.enter(login)) for login in ("xiaolin", "other")] == [True, True]


async def test_codes_are_not_guessed_inside_a_session_either(room: Room) -> None:
    account, generator = await with_codes(room, "xiaolin")
    own = room.staff.self_service
    for _ in range(5):
        with pytest.raises(FieldErrors):
            await own.end_codes(PASSWORD, "000000", by=account.actor, now=room.now, real=room.real)
    with pytest.raises(SignInRefusedError, match="分钟后再试"):
        await own.end_codes(PASSWORD, generator.at(room.real), by=account.actor, now=room.now, real=room.real)
    assert (await room.enter("xiaolin")).session.awaiting_code


async def test_nobody_switches_a_second_factor_on_at_a_colleagues_open_screen(room: Room) -> None:
    account = await room.hire("xiaolin")
    own = room.staff.self_service
    secret = (await own.begin_codes(by=account.actor)).secret
    code = pyotp.TOTP(secret).at(room.real)
    for _ in range(5):
        with pytest.raises(FieldErrors) as refused:
            await own.confirm_codes("wrong", code, by=account.actor, now=room.now, real=room.real)
        assert list(refused.value.fields) == ["password"]
    with pytest.raises(SignInRefusedError):
        await own.confirm_codes(PASSWORD, code, by=account.actor, now=room.now, real=room.real)
    assert (await own.account(by=account.actor)).totp_secret is None


async def test_a_secret_that_was_seen_earlier_is_not_the_one_that_is_switched_on_later(room: Room) -> None:
    account = await room.hire("xiaolin")
    seen = await room.staff.self_service.begin_codes(by=account.actor)
    assert (await room.staff.self_service.begin_codes(by=account.actor)).secret == seen.secret
    assert (await room.staff.self_service.begin_codes(by=account.actor, anew=True)).secret != seen.secret


# -- administration ------------------------------------------------------------------------------------------------


async def test_a_login_is_taken_once_in_any_case(room: Room) -> None:
    await room.hire("xiaolin")

    with pytest.raises(FieldErrors) as caught:
        await room.hire("XIAOLIN")

    assert list(caught.value.fields) == ["login"]


async def test_a_one_time_password_must_be_changed(room: Room) -> None:
    made = await room.staff.create(by=COMMAND_LINE, login="xiaolin", name="林", role=Role.RECEPTION, now=room.now)

    opened = await room.enter("xiaolin", made.password)

    assert opened.account.must_change_password is True
    assert made.password not in str(await room.database.collection("audit").find().to_list(None))


async def test_a_reset_ends_sessions_and_pauses(room: Room) -> None:
    account = await room.hire("xiaolin")
    opened = await room.enter("xiaolin")
    for _ in range(6):
        await room.refusal("xiaolin")

    made = await room.staff.recovery.reset_password(account.id, by=COMMAND_LINE, now=room.now)

    assert not await room.is_in(opened)
    assert await room.is_in(await room.enter("xiaolin", made.password))


async def test_a_new_role_holds_in_the_session_that_is_open(room: Room) -> None:
    account = await room.hire("xiaolin")
    opened = await room.enter("xiaolin")

    await room.staff.edit(
        account.id,
        by=COMMAND_LINE,
        revision=1,
        name="林",
        role=Role.CONSULTANT,
        team=ConsultantTeam.ONLINE,
        now=room.now,
    )

    found = await room.staff.access.find(opened.token, room.real)
    assert found is not None
    assert found[1].actor.permissions == permissions_of(Role.CONSULTANT)


async def test_a_disabled_account_is_signed_out_at_once(room: Room) -> None:
    account = await room.hire("xiaolin")
    opened = await room.enter("xiaolin")

    await room.staff.disable(account.id, by=COMMAND_LINE, revision=1, now=room.now)

    assert not await room.is_in(opened)
    await room.staff.enable(account.id, by=COMMAND_LINE, revision=2, now=room.now)
    assert await room.is_in(await room.enter("xiaolin"))


async def test_of_two_editors_the_second_is_told(room: Room) -> None:
    account = await room.hire("xiaolin")
    await room.staff.edit(
        account.id, by=COMMAND_LINE, revision=1, name="林", role=account.role, team=None, now=room.now
    )

    with pytest.raises(StaleError):
        await room.staff.edit(
            account.id, by=COMMAND_LINE, revision=1, name="凌", role=account.role, team=None, now=room.now
        )


async def test_the_last_administrator_stays(room: Room) -> None:
    account = await room.hire("boss", Role.ADMIN)
    await room.hire("xiaolin")

    with pytest.raises(FieldErrors, match="至少要有一位"):
        await room.staff.disable(account.id, by=COMMAND_LINE, revision=1, now=room.now)
    with pytest.raises(FieldErrors, match="至少要有一位"):
        await room.staff.edit(
            account.id, by=COMMAND_LINE, revision=1, name="x", role=Role.MANAGER, team=None, now=room.now
        )

    assert (await room.staff.account(account.id, by=COMMAND_LINE)).role is Role.ADMIN


async def test_two_administrators_who_depose_each_other_at_the_same_moment_leave_one(room: Room) -> None:
    for number in range(5):
        first, second = await room.hire(f"a{number}", Role.ADMIN), await room.hire(f"b{number}", Role.ADMIN)
        await asyncio.gather(
            *(room.staff.disable(each.id, by=COMMAND_LINE, revision=1, now=room.now) for each in (first, second)),
            return_exceptions=True,
        )
        admins = [each for each in await room.staff.accounts(by=COMMAND_LINE) if each.role is Role.ADMIN]
        active = [each for each in admins if not each.disabled]
        assert len(active) == 1
        last = active[0]
        await room.database.collection("staff").delete_one({"_id": last.id})


async def test_only_administrators_touch_accounts_and_managers_may_look(room: Room) -> None:
    manager = Actor(id="m", name="主管", permissions=permissions_of(Role.MANAGER))
    reception = Actor(id="r", name="前台", permissions=permissions_of(Role.RECEPTION))

    assert await room.staff.accounts(by=manager) == []
    with pytest.raises(ForbiddenError):
        await room.staff.create(by=manager, login="x1", name="x", role=Role.ADMIN, now=room.now)
    with pytest.raises(ForbiddenError):
        await room.staff.accounts(by=reception)


async def test_somebody_unknown_is_not_found(room: Room) -> None:
    with pytest.raises(NotFoundError):
        await room.staff.recovery.reset_password(AccountId("nobody"), by=COMMAND_LINE, now=room.now)


# -- their WeChat --------------------------------------------------------------------------------------------------


async def bind(room: Room, account: Account, openid: str) -> Account:
    """Scan the code on the screen and say that it was oneself."""
    await room.staff.wechat.scanned(await room.staff.wechat.start(by=account.actor, now=room.now), openid, room.now)
    return await room.staff.wechat.confirm(mark_of(openid), by=account.actor, now=room.now)


async def test_a_scan_alone_binds_nothing_and_its_owner_says_whose_it_was(room: Room) -> None:
    account = await room.hire("xiaolin")
    scene = await room.staff.wechat.start(by=account.actor, now=room.now)

    for _ in range(2):  # the push may come twice
        waiting = await room.staff.wechat.scanned(scene, "openid-1", room.now)
        assert (waiting.openid, waiting.binding_openid) == (None, "openid-1")
    with pytest.raises(FieldErrors):
        await room.staff.wechat.scanned(scene, "openid-2", room.now)
    with pytest.raises(StaleError):  # the page showed another one
        await room.staff.wechat.confirm(mark_of("openid-2"), by=account.actor, now=room.now)
    bound = await room.staff.wechat.confirm(mark_of("openid-1"), by=account.actor, now=room.now)

    assert (bound.openid, bound.binding_openid, bound.binding_scene) == ("openid-1", None, None)
    assert (await room.actions()).count("staff:wechat_bound") == 1
    with pytest.raises(FieldErrors):
        await room.staff.wechat.confirm(mark_of("openid-1"), by=account.actor, now=room.now)


async def test_who_photographed_the_screen_is_rejected_and_the_code_is_void(room: Room) -> None:
    account = await room.hire("xiaolin")
    scene = await room.staff.wechat.start(by=account.actor, now=room.now)
    await room.staff.wechat.scanned(scene, "openid-of-another", room.now)

    for _ in range(2):
        await room.staff.wechat.reject(by=account.actor, now=room.now)

    with pytest.raises(FieldErrors):
        await room.staff.wechat.confirm(mark_of("openid-of-another"), by=account.actor, now=room.now)
    with pytest.raises(FieldErrors):
        await room.staff.wechat.scanned(scene, "openid-of-another", room.now)
    assert await room.actions() == ["staff:created", "staff:wechat_rejected"]


async def test_a_code_too_old_binds_nothing(room: Room) -> None:
    account = await room.hire("xiaolin")
    scene = await room.staff.wechat.start(by=account.actor, now=room.now)
    room.clock.move(timedelta(minutes=10))

    with pytest.raises(FieldErrors):
        await room.staff.wechat.scanned(scene, "openid-1", room.now)
    with pytest.raises(FieldErrors):
        await room.staff.wechat.scanned("staff_unknown", "openid-1", room.now)


async def test_a_scan_is_confirmed_within_ten_minutes(room: Room) -> None:
    account = await room.hire("xiaolin")
    await room.staff.wechat.scanned(await room.staff.wechat.start(by=account.actor, now=room.now), "o-1", room.now)
    room.clock.move(timedelta(minutes=10))
    with pytest.raises(FieldErrors):
        await room.staff.wechat.confirm(mark_of("o-1"), by=account.actor, now=room.now)


async def test_one_wechat_belongs_to_one_account_until_it_is_unbound(room: Room) -> None:
    first, second = await room.hire("first"), await room.hire("second")
    await bind(room, first, "openid-1")
    scene = await room.staff.wechat.start(by=second.actor, now=room.now)

    with pytest.raises(FieldErrors, match="另一个员工"):
        await room.staff.wechat.scanned(scene, "openid-1", room.now)
    await room.staff.wechat.unbind(by=first.actor, now=room.now)

    assert (await bind(room, second, "openid-1")).id == second.id


async def test_of_two_who_scanned_with_one_wechat_one_is_bound(room: Room) -> None:
    first, second = await room.hire("first"), await room.hire("second")
    for account in (first, second):
        scene = await room.staff.wechat.start(by=account.actor, now=room.now)
        await room.staff.wechat.scanned(scene, "openid-1", room.now)
    await room.staff.wechat.confirm(mark_of("openid-1"), by=first.actor, now=room.now)
    with pytest.raises(FieldErrors, match="另一个员工"):
        await room.staff.wechat.confirm(mark_of("openid-1"), by=second.actor, now=room.now)


async def test_another_wechat_takes_the_place_of_the_first_when_it_is_confirmed(room: Room) -> None:
    account = await room.hire("xiaolin")
    await bind(room, account, "openid-1")
    room.clock.move(timedelta(minutes=1))
    scene = await room.staff.wechat.start(by=account.actor, now=room.now)

    assert (await room.staff.wechat.scanned(scene, "openid-2", room.now)).openid == "openid-1"
    confirmed = await room.staff.wechat.confirm(mark_of("openid-2"), by=account.actor, now=room.now)
    assert confirmed.openid == "openid-2"


async def test_what_is_refused_to_the_last_administrator_leaves_no_entry(room: Room) -> None:
    admin = await room.hire("boss", Role.ADMIN)
    with pytest.raises(FieldErrors):
        await room.staff.disable(admin.id, by=COMMAND_LINE, revision=admin.revision, now=room.now)
    with pytest.raises(FieldErrors):
        await room.hire("boss")
    assert await room.actions() == ["staff:created"]


async def test_the_wechat_of_somebody_who_was_erased_is_no_accounts_any_more(room: Room) -> None:
    account = await room.hire("xiaolin")
    other = await room.hire("other")
    await room.staff.wechat.scanned(await room.staff.wechat.start(by=other.actor, now=room.now), "oLin", room.now)
    await bind(room, account, "oLin")
    for _ in range(2):
        await room.staff.wechat.forget("oLin", room.now)
    assert (await room.staff.account(account.id, by=COMMAND_LINE)).openid is None
    assert "oLin" not in str(await room.database.collection("staff").find().to_list(None))
    assert await room.actions() == ["staff:created", "staff:created", "staff:wechat_bound", "staff:wechat_unbound"]
