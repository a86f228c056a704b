"""How the service itself is, for the account's health page: implements wxbot.account.ports.ServiceStatus."""

from collections.abc import Callable, Sequence
from datetime import datetime

from config.setting_problems import missing_for_serving, stray_names
from config.settings import Settings
from wxbot.account.ports import CardUse, JobRun
from wxbot.clock import Clock
from wxbot.diagnostics.models import Finding
from wxbot.diagnostics.service import Diagnostics
from wxbot.dispatch.stores.inbox import InboxStore
from wxbot.scheduler.models import Job
from wxbot.scheduler.store import LockStore
from wxbot.templates.service import Templates


class LiveServiceStatus:
    """Asks the database, the disk, the inbox, the jobs and the settings."""

    def __init__(  # noqa: PLR0913 - what it feels
        self,
        *,
        diagnostics: Diagnostics,
        inbox: InboxStore,
        locks: LockStore,
        jobs: Sequence[Job],
        settings: Settings,
        clock: Clock,
        noticed: Callable[[datetime], Sequence[str]] = lambda _: (),
        unanswered: Callable[[], int] = lambda: 0,
    ) -> None:
        """`noticed`: what went wrong with the settings while the service ran, in words for staff; by machine time.

        `unanswered`: how many pushes of the last five minutes had no proper answer.
        """
        self.unanswered_pushes = unanswered
        self._diagnostics = diagnostics
        self._inbox = inbox
        self._locks = locks
        self._jobs = tuple(jobs)
        self._settings = settings
        self._clock = clock
        self._noticed = noticed
        self._since = clock.machine_now()

    def machine_now(self) -> datetime:
        """The machine's own time."""
        return self._clock.machine_now()

    async def database(self) -> Sequence[Finding]:
        """What was found about the database and its clock."""
        return (await self._diagnostics.database()).findings

    async def storage(self) -> Sequence[Finding]:
        """What was found about the data folder and the disks."""
        return await self._diagnostics.storage()

    async def last_push_at(self) -> datetime | None:
        """When WeChat last pushed something, by the machine's time."""
        return await self._inbox.latest_received()

    async def job_runs(self) -> Sequence[JobRun]:
        """Each job's latest run, whichever process ran it; a job is waited for since this process began at most."""
        runs = await self._locks.runs([job.name for job in self._jobs])
        return [
            JobRun(
                name=job.name,
                at=runs[job.name].at if job.name in runs else None,
                ok=runs[job.name].ok if job.name in runs else True,
                every=job.every,
                waited_since=max(runs[job.name].at, self._since) if job.name in runs else self._since,
            )
            for job in self._jobs
        ]

    def setting_problems(self) -> Sequence[str]:
        """Settings that are missing, do not fit together, or are no settings at all; in words for staff."""
        wrong = [
            f"设置项 {problem.where} 没有填写或不能这样用，请管理员修改后重启服务（运行 wxbot check 可看到怎样修改）。"
            for problem in missing_for_serving(self._settings)
        ]
        stray = [
            f"设置项 {problem.where} 不存在，可能是写错了名称，请管理员核对（运行 wxbot check 可看到正确的名称）。"
            for problem in stray_names()
        ]
        return [*wrong, *self._noticed(self._clock.machine_now()), *stray]


def cards_of(templates: Templates) -> Sequence[CardUse]:
    """Every card our templates fill, each with what it is bound to, under the account's own fields."""
    found = []
    for template in templates.all():
        for card, notice in ((template.template_card, False), (template.notice_card, True)):
            if card is None or not card.template_id:
                continue
            binding = templates.bindings.get(card.template_id)
            theirs = (field if binding is None else binding.theirs(field) for field in card.fields)
            found.append(
                CardUse(
                    template=templates.name_of(template.key),
                    template_id="" if binding is None else binding.template_id,
                    fields=tuple(field for field in theirs if field),
                    notice=notice,
                )
            )
    return found
