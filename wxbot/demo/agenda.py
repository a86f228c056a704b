"""What happens on which day of the fortnight, and at which of the day's moments: the plan that is then played."""

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import partial
from typing import TypeAlias

from wxbot.clinic.models import Clinic
from wxbot.demo.colleagues import Colleagues
from wxbot.demo.people import People, Person
from wxbot.demo.phones import GREETINGS, QUERIES, THANKS, WISHES, PatientPhone
from wxbot.demo.visits import BookingMethod, Outcome, PlannedVisit, slots_of, visits_in
from wxbot.staff.permissions import Role

MOMENTS = (time(8, 40), time(10, 35), time(12, 50), time(14, 30), time(16, 40), time(19, 40))
MORNING, FORENOON, NOON, AFTERNOON, LATER, EVENING = range(len(MOMENTS))
CALLS = (NOON, AFTERNOON, LATER)  # when reception has time for people on the telephone
DAYS = 14
AHEAD = 7  # days after today on which visits are booked already
CHATS_A_DAY = 6  # besides bookings
WAITING = 4  # of yesterday's who asked for a person and nobody has answered yet
SUBSCRIBE, BY_CODE = 0.6, 0.6  # shares of those who follow

Action: TypeAlias = Callable[[], Awaitable[object]]
"""One thing that somebody does, at the clinic's present moment."""


@dataclass
class Agenda:
    """By day and moment: what patients do, person by person and each in order, and what colleagues do, in order."""

    patients: Mapping[tuple[date, int], dict[str, list[Action]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    staff: Mapping[tuple[date, int], list[Action]] = field(default_factory=lambda: defaultdict(list))


class Planner:
    """Fills an agenda. The same clinic, day and chance give the same one."""

    def __init__(  # noqa: PLR0913 - what it plans with
        self,
        clinic: Clinic,
        people: People,
        phones: Mapping[int, PatientPhone],
        colleagues: Colleagues,
        *,
        today: date,
        chance: random.Random,
    ) -> None:
        self._clinic = clinic
        self._people = people
        self._phones = phones
        self._colleagues = colleagues
        self._today = today
        self._first = today - timedelta(days=DAYS)
        self._chance = chance
        self._joined: dict[int, date] = {}
        self.agenda = Agenda()

    def plan(self) -> Agenda:
        """Everything."""
        self._beginning()
        slots = slots_of(
            self._clinic, self._day(-DAYS + 1), self._today, self._today + timedelta(days=AHEAD), self._chance
        )
        visits = visits_in(slots, self._people, self._first, self._today, self._chance)
        for visit in visits:
            self._visit(visit)
        self._others()
        self._daily()
        self._notes(visits)
        self._paperwork()
        return self.agenda

    # -- visits -----------------------------------------------------------------------------------------------

    def _visit(self, visit: PlannedVisit) -> None:
        person, slot, colleagues = visit.person, visit.slot, self._colleagues
        if visit.method is BookingMethod.PHONE:
            self._staff(visit.on, self._chance.choice(CALLS), lambda: colleagues.book(person, slot))
        else:
            at = self._chance.randrange(FORENOON, len(MOMENTS))
            self._join(person, visit.on, at)
            phone = self._phones[person.number]
            self._act(person, visit.on, at, lambda: phone.book(slot, visit.method))
            later = min(slot.start.date() - timedelta(days=1), self._today)
            changed = visit.on + timedelta(days=self._chance.randint(1, max(1, (later - visit.on).days)))
            if visit.outcome is Outcome.CANCELLED:
                self._act(person, changed, self._chance.choice(CALLS), phone.cancel)
            elif visit.outcome is Outcome.MOVED:
                self._act(person, changed, self._chance.choice(CALLS), phone.move)
        if visit.outcome is Outcome.MISSED:
            next_day = slot.start.date() + timedelta(days=1)
            self._staff(next_day, MORNING, lambda: colleagues.mark_no_show(slot))

    def _join(self, person: Person, day: date, at: int) -> None:
        """They follow the account, once; reception links those whom the old list knows."""
        if person.number in self._joined:
            return
        self._joined[person.number] = day
        phone, colleagues = self._phones[person.number], self._colleagues
        code = self._chance.randrange(9) if self._chance.random() < BY_CODE else None

        async def follow() -> None:
            scenes = colleagues.scenes
            await phone.follow(None if code is None or not scenes else scenes[code % len(scenes)].scene)
            if person in self._people.newcomers:
                await phone.introduce()
            elif person not in self._people.unrecorded:
                await colleagues.attempt(lambda: colleagues.link(person))

        self._act(person, day, at, follow)
        if self._chance.random() < SUBSCRIBE:
            self._act(person, day, at, phone.subscribe)

    def _others(self) -> None:
        """Who follows without a visit; some only say hello."""
        for person in (*self._people.known, *self._people.registered, *self._people.newcomers):
            if person.wechat and person.number not in self._joined:
                day, at = self._day(-self._chance.randrange(DAYS - 1)), self._chance.randrange(FORENOON, len(MOMENTS))
                self._join(person, day, at)
                if self._chance.random() < 0.5:  # noqa: PLR2004 - every second one has a question
                    self._say(person, day, at, self._chance.choice(QUERIES))
        for person in self._people.unrecorded:
            day, at = self._day(-self._chance.randrange(DAYS // 2)), self._chance.randrange(len(MOMENTS))
            self._join(person, day, at)
            if self._chance.random() < 0.7:  # noqa: PLR2004 - the others only follow
                self._say(person, day, at, self._chance.choice(GREETINGS))

    def _daily(self) -> None:
        """Small talk, wishes to speak with a person, misunderstandings; and the colleagues' round each day."""
        for ago in range(DAYS - 1, -1, -1):
            day = self._day(-ago)
            known = [person for person in self._everybody() if self._joined.get(person.number, self._today) < day]
            for person in self._chance.sample(known, min(CHATS_A_DAY, len(known))):
                self._chat(person, day, self._chance.randrange(len(MOMENTS)))
            if ago == 1:
                for person in self._chance.sample(known, min(WAITING, len(known))):
                    self._say(person, day, self._chance.choice((LATER, EVENING)), "人工", self._chance.choice(WISHES))
            self._staff(day, AFTERNOON, lambda: self._colleagues.confirm_tomorrow(0.6, 5))

    def _chat(self, person: Person, day: date, at: int) -> None:
        phone, drawn = self._phones[person.number], self._chance.random()
        if drawn < 0.2:  # noqa: PLR2004 - shares of what people do; the rest ask something
            self._say(person, day, at, "人工", self._chance.choice(QUERIES))
        elif drawn < 0.3:  # noqa: PLR2004
            self._act(person, day, at, phone.be_misunderstood)
        elif drawn < 0.4:  # noqa: PLR2004
            self._act(person, day, at, phone.photograph)
        elif drawn < 0.55:  # noqa: PLR2004
            self._say(person, day, at, "我的预约")
        elif drawn < 0.7:  # noqa: PLR2004
            self._say(person, day, at, self._chance.choice(THANKS))
        else:
            self._say(person, day, at, self._chance.choice(QUERIES))

    # -- what colleagues do -----------------------------------------------------------------------------------

    def _beginning(self) -> None:
        colleagues, people = self._colleagues, self._people
        self._staff(self._first, MORNING, colleagues.print_codes)
        for person in people.known:
            self._staff(self._first, MORNING, partial(colleagues.register, person))
        self._staff(self._first, FORENOON, lambda: colleagues.import_list(people.registered))

    def _notes(self, visits: Sequence[PlannedVisit]) -> None:
        """Tags, notes, holds and an objection, and who wants to hear nothing."""
        colleagues, chance = self._colleagues, self._chance
        seen = [v.person for v in visits if v.outcome is Outcome.KEPT and v.slot.start.date() < self._day(-1)]
        treated = [v for v in visits if v.slot.visit_type.aftercare and v.outcome is Outcome.KEPT and v.person in seen]
        some = chance.sample(self._people.registered, 24)
        names = ((Role.RECEPTION, "价格敏感"), (Role.CONSULTANT, "有意种植"), (Role.CLINICIAN, "随访中"))
        for number, person in enumerate(some[:15]):
            role, name = names[number % len(names)]
            ends = 30 if number % 2 else None
            day = self._day(-chance.randrange(DAYS - 1))
            self._staff(day, NOON, partial(colleagues.tag, person, role, name, ends))
        for person in some[15:19]:
            self._staff(self._day(-chance.randrange(9)), CALLS[-1], partial(colleagues.tidy, person))
        a, b, c, d, e = some[19:]
        self._staff(self._day(-12), NOON, lambda: colleagues.hold(a, "住院治疗中，家属请我们先不要联系"))
        self._staff(self._day(-3), NOON, lambda: colleagues.lift_hold(a, "家属来电，已出院"))
        self._staff(self._day(-6), NOON, lambda: colleagues.hold(b, "正在外地，下个月回来再联系"))
        self._staff(self._day(-9), NOON, lambda: colleagues.object(c, "对修复体颜色不满意，约了复诊再看"))
        self._staff(self._day(-10), NOON, lambda: colleagues.merge_duplicate(d))
        self._staff(self._day(-2), NOON, lambda: colleagues.declined(e))
        for visit in treated[:4]:
            day = min(visit.slot.start.date() + timedelta(days=5), self._today)
            self._staff(day, NOON, partial(colleagues.recovered, visit.person, "电话回访，伤口愈合良好"))
        wechat = [
            person for person in self._everybody() if self._joined.get(person.number, self._today) < self._day(-6)
        ]
        for number, person in enumerate(wechat[:3]):
            self._say(person, self._day(-5 + number), AFTERNOON, "退订")
        for person in wechat[2:3]:
            self._say(person, self._day(-1), AFTERNOON, "恢复")
        for person in wechat[3:4]:
            self._act(person, self._day(-5), EVENING, self._phones[person.number].leave)

    def _paperwork(self) -> None:
        """Wordings, broadcasts, files, days off, accounts."""
        colleagues, staff, day = self._colleagues, self._staff, self._day
        text = "{name}您好，最近天气转凉，牙齿敏感的话，刷牙试试温水。有不舒服，直接在这里告诉我们。"
        check = "{name}您好，距您上次检查快半年了，方便的话，回复「预约」挑个时间来看看。"
        staff(day(-11), NOON, lambda: colleagues.write_template("换季口腔提醒", text, approved=True))
        staff(day(-1), NOON, lambda: colleagues.write_template("半年检查提醒", check, approved=False))
        staff(day(-2), NOON, lambda: colleagues.begin_template("节前问候", "{name}您好，节日将近，"))
        write_broadcast = colleagues.write_broadcast
        staff(
            day(-5),
            FORENOON,
            lambda: write_broadcast("换季口腔护理提醒", "老患者", "换季注意口腔清洁和补水", approved=True),
        )
        staff(
            day(-1),
            AFTERNOON,
            lambda: write_broadcast("会员年末检查提醒", "会员", "该来做一次年末检查了", approved=False),
        )
        staff(day(-4), NOON, lambda: colleagues.export("会员", "核对会员生日礼的寄送名单"))
        off = self._today + timedelta(days=AHEAD + 5)
        staff(day(-7), NOON, lambda: colleagues.close_clinic(off, "外出学习"))
        staff(day(-8), NOON, lambda: colleagues.hire("xiaowu", "小吴（实习）"))
        for person in self._people.known:
            if person.visit:
                staff(day(-1), FORENOON, partial(colleagues.book_first_free, person, person.days + 1))

    # ---------------------------------------------------------------------------------------------------------

    def _everybody(self) -> Iterable[Person]:
        people = self._people
        return (p for p in (*people.known, *people.registered, *people.newcomers) if p.number in self._joined)

    def _day(self, offset: int) -> date:
        return self._today + timedelta(days=offset)

    def _say(self, person: Person, day: date, at: int, *texts: str) -> None:
        phone = self._phones[person.number]
        self._act(person, day, at, lambda: phone.say(*texts))

    def _act(self, person: Person, day: date, at: int, action: Action) -> None:
        self.agenda.patients[day, at][person.openid].append(action)

    def _staff(self, day: date, at: int, action: Action) -> None:
        self.agenda.staff[day, at].append(action)
