"""How the Official Account is: every part asked at once, each for a few seconds at most, and what must be mended."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from wxbot.account import checks
from wxbot.account.checks import Check, Level
from wxbot.account.ports import Alerted, Cards, Platform, PutBack, Quota, ServiceStatus
from wxbot.account.refusals import LOOKED_BACK, MOST_ROWS, Refusals, by_code
from wxbot.account.store import AccountStore
from wxbot.actors import Actor
from wxbot.errors import ClinicError, PlatformError
from wxbot.logs import get_logger
from wxbot.messaging import Channel

log = get_logger(__name__)

READ = "settings:account:read"
PROBE_SECONDS = 3.0  # a part that has not answered by then is reported as silent; the page does not wait longer
QUOTAS = {  # the calls that are used up first, as staff know them (reference §9)
    "/cgi-bin/message/custom/send": Channel.CUSTOMER.label,
    "/cgi-bin/message/template/send": Channel.TEMPLATE.label,
    "/cgi-bin/message/subscribe/bizsend": Channel.NOTICE.label,
    "/cgi-bin/qrcode/create": "生成二维码",
    "/cgi-bin/menu/create": "推送菜单",
    "/cgi-bin/user/info": "查询关注者",
}
SILENT = "没有在 3 秒内回答，请稍后再检查；若一直如此，请检查服务器的网络。"
NO_DATABASE = "数据库没有回答：请管理员检查 MongoDB 是否在运行。"


@dataclass(frozen=True, kw_only=True)
class Report:
    """The whole picture. `todo` is what somebody must do, each sentence once, the worst first."""

    at: datetime
    checks: tuple[Check, ...]
    todo: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether nobody has to do anything."""
        return not self.todo


class Health:
    """Examines the account. Nothing is changed by looking."""

    def __init__(  # noqa: PLR0913 - what it looks at
        self,
        store: AccountStore,
        platform: Platform,
        status: ServiceStatus,
        *,
        cards: Cards,
        refusals: Refusals,
        alerted: Alerted,
        put_back: PutBack,
    ) -> None:
        self._store = store
        self._platform = platform
        self._status = status
        self._cards = cards
        self._refusals = refusals
        self._alerted = alerted
        self._put_back = put_back

    async def examine(self, *, by: Actor, now: datetime, zone: tzinfo) -> Report:
        """Ask every part at once. Raises ForbiddenError; a part that fails is reported as such."""
        by.must(READ)
        parts: tuple[tuple[str, str, Callable[[datetime, tzinfo], Awaitable[Check]]], ...] = (
            ("settings", "服务设置", self._settings),
            ("token", "访问凭证", self._token),
            ("callback", "消息推送地址", self._callback),
            ("last_push", "最近一次推送", self._last_push),
            ("refused", "最近 48 小时的平台错误", self._refused),
            ("alerted", "危险征兆提醒", self._told),
            ("conversations", "会话有没有人看", self._conversations),
            ("quotas", "今日调用次数", self._quotas),
            ("templates", "模板与订阅通知", self._templates),
            ("jobs", "定时任务", self._jobs),
            ("database", "数据库", self._database),
            ("disk", "磁盘空间", self._disk),
            ("clock", "服务器时间", self._clock),
        )
        found = await asyncio.gather(*(_probe(key, title, ask(now, zone)) for key, title, ask in parts))
        return Report(at=now, checks=tuple(found), todo=_todo(found))

    async def _told(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.alerted(await self._alerted())

    async def _conversations(self, now: datetime, _zone: tzinfo) -> Check:
        return checks.conversations(await self._put_back(now))

    async def _database(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.diagnosed("database", "数据库", await self._status.database())

    async def _disk(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.diagnosed("disk", "磁盘空间", await self._status.storage())

    async def _token(self, now: datetime, _zone: tzinfo) -> Check:
        return checks.token(await self._platform.token_ends_at(), now)

    async def _callback(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.callback(await self._platform.check_callback())

    async def _last_push(self, _now: datetime, _zone: tzinfo) -> Check:
        status = self._status
        return checks.last_push(await status.last_push_at(), status.machine_now(), status.unanswered_pushes())

    async def _quotas(self, _now: datetime, _zone: tzinfo) -> Check:
        """Those that answer; a failure is reported only when none does."""
        found = await asyncio.gather(*(self._platform.quota(path) for path in QUOTAS), return_exceptions=True)
        named = list(zip(QUOTAS.values(), found, strict=True))
        answered = [(name, each) for name, each in named if isinstance(each, Quota)]
        for each in found if not answered else ():
            if isinstance(each, BaseException):
                raise each
        return checks.quotas(answered)

    async def _templates(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.templates(await self._platform.templates(), self._cards())

    async def _clock(self, _now: datetime, _zone: tzinfo) -> Check:
        there = await self._platform.server_time()
        return checks.skew(there, self._status.machine_now())

    async def _jobs(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.jobs(await self._status.job_runs(), self._status.machine_now())

    async def _settings(self, _now: datetime, _zone: tzinfo) -> Check:
        return checks.settings(self._status.setting_problems())

    async def _refused(self, now: datetime, zone: tzinfo) -> Check:
        await self._refusals.flush(self._store)
        rows, todo = [], []
        for code, times, last_at, paths in by_code(await self._store.refusals(now - LOOKED_BACK, MOST_ROWS)):
            advice = self._platform.explain(code)
            at = f"{last_at.astimezone(zone):%m月%d日 %H:%M}"
            rows.append((str(code), f"{times:,}", at, advice.sentence, "、".join(paths)))
            if advice.alarm:
                todo.append(f"{advice.sentence}（错误码 {code}，最近一次 {at}，共 {times} 次）")
        return Check(
            key="refused",
            title="最近 48 小时的平台错误",
            level=Level.NOTICE if todo else Level.FINE,
            says="没有错误。" if not rows else f"出现过 {len(rows)} 种错误，说明见下。",
            todo=tuple(todo),
            columns=("错误码", "次数", "最近一次", "说明", "接口"),
            rows=tuple(rows),
        )


async def _probe(key: str, title: str, answer: Awaitable[Check]) -> Check:
    """The part's own answer, or why there is none."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await answer
    except TimeoutError:
        return Check(key=key, title=title, level=Level.UNKNOWN, says=SILENT, todo=(f"{title}：{SILENT}",))
    except PlatformError as error:
        return Check(key=key, title=title, level=Level.WRONG, says=error.advice, todo=(_with_code(error),))
    except ClinicError as error:
        return Check(key=key, title=title, level=Level.WRONG, says=str(error), todo=(str(error),))
    except Exception as error:  # noqa: BLE001 - whatever it is, the page answers and says which part failed
        log.warning("health_probe_failed", part=key, error=type(error).__name__)
        says = NO_DATABASE if key in {"database", "jobs", "last_push"} else "没有查到，请稍后再检查。"
        return Check(key=key, title=title, level=Level.UNKNOWN, says=says, todo=(says,))


def _with_code(error: PlatformError) -> str:
    return error.advice if error.code is None else f"{error.advice}（错误码 {error.code}）"


def _todo(found: Sequence[Check]) -> tuple[str, ...]:
    """Each sentence once: a wrong secret fails every call alike."""
    order = (Level.WRONG, Level.UNKNOWN, Level.NOTICE, Level.FINE)
    ranked = sorted(found, key=lambda check: order.index(check.level))
    return tuple(dict.fromkeys(sentence for check in ranked for sentence in check.todo))
