"""The care plans that patients follow, kept in step with what is published while the service runs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from wxbot.care.models import CarePlan, Due
from wxbot.care.occurrences import expanded
from wxbot.care.plans.following import came_to_be, followed, still_followed
from wxbot.care.plans.records import Interval, LiveVersion, PlanRecord, PlanVersion, Running, version_id
from wxbot.care.plans.seeds import digest, first_record, first_version, follows_file, live_of, next_of_file
from wxbot.care.plans.store import PlanStore
from wxbot.errors import StaleError
from wxbot.logs import get_logger
from wxbot.templates.seeds import LONG_AGO

log = get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Course:
    """One plan with the versions that somebody still follows, in order; `plans` are theirs, by number."""

    versions: tuple[LiveVersion, ...]
    plans: Mapping[int, CarePlan]
    pauses: tuple[Interval, ...] = ()
    retirements: tuple[Interval, ...] = ()

    def in_force(self, now: datetime) -> CarePlan | None:
        """The plan that new patients begin; None where nobody does."""
        if self._retired_at(now):
            return None
        return next((self.plans[each.number] for each in reversed(self.versions) if each.effective_from <= now), None)

    def _retired_at(self, moment: datetime) -> bool:
        return any(each.holds(moment) for each in self.retirements)

    def follows(self, number: int, each: Due) -> bool:
        """Whether a step of that version is one of its patient's course: the version counts, and whether it began."""
        began = came_to_be(each.anchor)
        version = followed(self.versions, began, each.due_at)
        return version is not None and version.number == number and not self._retired_at(began)

    def held_back(self, now: datetime) -> bool:
        """Whether a pause keeps steps back. What becomes afterwards of those that fell due in it: see `catch_up`."""
        return any(pause.holds(now) for pause in self.pauses)


class LivePlans:
    """All plans with the versions that are followed, loops written out.

    They begin as the files say, which works while the database is away; `refresh` swaps in what is published.
    """

    def __init__(self, plans: Iterable[CarePlan], *, store: PlanStore | None = None) -> None:
        self._store = store
        self._files = {plan.key: plan for plan in plans}
        self._revision = -1  # of what is kept, when it was read last
        self._courses: dict[str, Course] = {}
        self._owners: dict[int, tuple[Course, int]] = {}  # a version's plan, by identity → its course and number
        self._versions: tuple[CarePlan, ...] = ()
        self._follow({key: _always(plan) for key, plan in self._files.items()})

    @property
    def versions(self) -> tuple[CarePlan, ...]:
        """Every version of every plan that somebody may still follow: what is to be asked what is due."""
        return self._versions

    def in_force(self, now: datetime) -> tuple[CarePlan, ...]:
        """The plans that new patients begin at `now`."""
        found = (course.in_force(now) for course in self._courses.values())
        return tuple(plan for plan in found if plan is not None)

    def file_plan(self, key: str) -> CarePlan | None:
        """What the files say of that key, whatever is followed now."""
        return self._files.get(key)

    def chosen(self, found: Iterable[Due], now: datetime) -> list[Due]:
        """Those of the due steps that are to be sent: of the version that each patient follows, and not paused."""
        return self.not_paused(self.followed(found), now)

    def not_paused(self, found: Iterable[Due], now: datetime) -> list[Due]:
        """Those of the followed steps that no pause of their plan keeps back."""
        owned = ((each, self._owners.get(id(each.plan))) for each in found)
        return [each for each, owner in owned if owner is not None and not owner[0].held_back(now)]

    def pause_over(self, step: Due) -> Interval | None:
        """The pause of its plan, over by now, in which a step fell due."""
        owner = self._owners.get(id(step.plan))
        pauses = owner[0].pauses if owner is not None else ()
        return next((each for each in pauses if each.until is not None and each.holds(step.due_at)), None)

    def resumed(self, since: datetime, now: datetime) -> list[tuple[str, Interval]]:
        """The pauses that ended in (since, now], with the key of their plan."""
        return [
            (key, each)
            for key, course in self._courses.items()
            for each in course.pauses
            if each.until is not None and since < each.until <= now
        ]

    def followed(self, found: Iterable[Due]) -> list[Due]:
        """Those of the steps that are in their patients' courses, paused or not, in the same order, each key once.

        `found` are steps of `versions`; where two versions have one under the same key, the earlier counts.
        """
        kept: dict[str, Due] = {}
        for each in found:
            owner = self._owners.get(id(each.plan))  # none for a version that was replaced in this moment
            if owner is not None and owner[0].follows(owner[1], each):
                kept.setdefault(each.key, each)
        return list(kept.values())

    def with_next(self, plan: CarePlan, running: Running, now: datetime) -> "LivePlans":
        """The same as if `plan` were published now, to try it; nothing is kept, and it follows no news."""
        course = self._courses.get(plan.key, Course(versions=(), plans={}))
        before = tuple(each for each in course.versions if each.effective_from < now)
        number = max((each.number for each in before), default=0) + 1
        version = LiveVersion(number=number, effective_from=now, running=running)
        plans = {each.number: course.plans[each.number] for each in before} | {number: expanded(plan)}
        tried = LivePlans(())
        tried._follow({**self._courses, plan.key: replace(course, versions=(*before, version), plans=plans)})
        return tried

    # -- keeping up ----------------------------------------------------------------------------------------

    async def seed(self, now: datetime) -> int:
        """Bring what the files say into the database and read what is followed; the number of plans that are new.

        Several processes may do so at once. A file that changed becomes a new version unless somebody wrote in the
        console: then the console's plan stays.
        """
        if self._store is None:
            return 0
        known = {each.id: each for each in await self._store.all()}
        versions = [first_version(plan, now) for key, plan in self._files.items() if key not in known]
        added = await self._store.add_new([first_record(each) for each in versions], versions)
        for key, plan in self._files.items():
            record = known.get(key)
            if record is not None and follows_file(record) and record.file_digest != digest(plan):
                try:
                    await self._store.save_and_notify(*next_of_file(record, plan, now))
                except StaleError:  # another process started with the same files in the same moment
                    log.info("care_plan_taken_over_elsewhere", plan=key)
        await self.refresh(now, at_once=True)
        return added

    async def refresh(self, now: datetime, *, at_once: bool = False) -> bool:
        """Follow what is published; whether anything was read again. Usually one small read.

        Versions that begin later are read with the others: nothing has to happen at their moment.
        """
        if self._store is None:
            return False
        revision = await self._store.revision()  # before what it tells of: news in between are read next time
        if revision == self._revision and not at_once:
            return False
        records = await self._store.all()
        ids = [version_id(each.id, live.number) for each in records for live in each.live]
        versions = await self._store.versions_by_id(ids)
        self._follow({each.id: _course(each, versions, now) for each in records})
        self._revision = revision
        return True

    def _follow(self, courses: dict[str, Course]) -> None:
        plans = {id(plan): (course, number) for course in courses.values() for number, plan in course.plans.items()}
        self._courses, self._owners = courses, plans
        self._versions = tuple(plan for course in courses.values() for plan in course.plans.values())


def _always(plan: CarePlan) -> Course:
    version = live_of(first_version(plan, LONG_AGO))
    return Course(versions=(version,), plans={version.number: expanded(plan)})


def _course(record: PlanRecord, versions: Mapping[str, PlanVersion], now: datetime) -> Course:
    kept = {each.number: versions[version_id(record.id, each.number)].plan for each in record.live}
    plans = {number: expanded(plan) for number, plan in kept.items()}
    live = still_followed(record.live, [plans[each.number].steps for each in record.live], now)
    return Course(
        versions=live,
        plans={each.number: plans[each.number] for each in live},
        pauses=record.pauses,
        retirements=record.retirements,
    )


def plans_of(plans: "LivePlans | Sequence[CarePlan]") -> LivePlans:
    """Plans that were given as they are, in force always and for everybody, or those that are followed."""
    return plans if isinstance(plans, LivePlans) else LivePlans(plans)
