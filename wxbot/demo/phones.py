"""What invented patients do with their phones: gestures on the simulated WeChat, chosen by what they see there."""

import random
from collections.abc import Callable, Mapping, Sequence

from wxbot.demo.people import Person
from wxbot.demo.visits import BookingMethod, PlannedSlot
from wxbot.simulator.people import Seen
from wxbot.simulator.platform import Platform

QUESTIONS = 8  # of one dialog at most; a patient who is asked more gives up
AGREES = "可以"  # how the entry begins that books what was read back, and what is said to it
BOOKED, MOVED = "约好了", "已为您改好"  # how the answers begin that end a booking
MORE = ("更多", "从头看")

QUERIES = (
    "请问周六上班吗？",
    "洗牙大概要多久？",
    "请问停车方便吗",
    "诊所信息",
    "地址",
    "营业时间",
    "你们周日有医生吗",
    "做完激光多久能化妆？",
    "种植牙一般要来几次",
)
WISHES = (
    "想问一下报告出来了吗",
    "牙套掉了一小块，怎么办？",
    "可以帮我开一张病假证明吗",
    "我爸爸的假牙有点松，想带他来看看",
    "想改成周末，可是看不到周末的号",
)
GREETINGS = ("你好", "在吗", "您好", "早上好")
THANKS = ("谢谢", "好的，谢谢", "收到，谢谢提醒", "谢谢你们", "好的")
GOOD_NEWS = ("挺好的", "好多了", "没事", "一切都好")
WORRIES = (
    "今天还是有点肿，正常吗？",
    "伤口有一点点渗血，需要过去看看吗",
    "吃东西的时候有点疼，药还要继续吃吗？",
    "有点红，也有点痒，这样可以吗",
    "请问什么时候可以洗脸化妆？",
    "缝线的地方感觉有点紧",
)
MUDDLED = (("嗯…上次那个", "就是之前说过的那种"), ("我妈妈说的那个", "不是这个"), ("那个可以吗", "唉算了你们懂的"))

# What arrives without being asked for → how likely somebody answers, and with what.
ANSWERS: Sequence[tuple[str, float, Sequence[str]]] = (
    ("昨天辛苦了", 0.75, (*GOOD_NEWS, *WORRIES)),
    ("今天是第三天", 0.7, (*GOOD_NEWS, *WORRIES)),
    ("生日快乐", 0.8, ("谢谢你们的祝福！", "谢谢，很暖心", "谢谢[玫瑰]")),
    ("诊后关怀提示", 0.5, (*GOOD_NEWS, *WORRIES)),
    ("惦记着您", 0.35, ("谢谢提醒", "谢谢关心", "好的，知道了", "最近确实有点干，需要过来看看吗？")),
    ("明天我们等您来", 0.3, THANKS),
    ("您的预约已经为您留好", 0.2, THANKS),
)


class PatientPhone:
    """One person's phone."""

    def __init__(self, platform: Platform, person: Person, chance: random.Random) -> None:
        self.person = person
        self.openid = person.openid
        self._platform = platform
        self._chance = chance
        self._looked_at = 0  # lines of the chat
        if self.openid not in platform.people:
            platform.create_person(person.name, openid=self.openid)

    @property
    def following(self) -> bool:
        """Whether they follow the account now."""
        return self._platform.people[self.openid].following

    async def follow(self, scene: str | None = None) -> None:
        """Follow the account, by a printed code where `scene` names one."""
        if not self.following:
            await self._platform.follow(self.openid, scene)
        elif scene is not None:
            await self._platform.scan(self.openid, scene)
        self.read()

    async def leave(self) -> None:
        """Follow the account no more."""
        if self.following:
            await self._platform.unfollow(self.openid)

    async def say(self, *texts: str) -> Seen:
        """Write each of the texts; what is seen last. Nothing is written by somebody who follows no more."""
        for text in texts if self.following else ():
            await self._platform.say(self.openid, text)
        self.read()
        return self._newest

    async def photograph(self) -> None:
        """Send a picture."""
        if self.following:
            await self._platform.send_image(self.openid)
            self.read()

    async def introduce(self) -> None:
        """Give name and birthday."""
        await self.say(f"我叫{self.person.name}", f"生日 {self.person.birthday}")

    async def subscribe(self) -> None:
        """Allow one message of each of the account's notices."""
        await self._platform.answer_notice(self.openid, list(self._platform.notice_templates))

    async def book(self, slot: PlannedSlot, method: BookingMethod) -> bool:
        """Book that slot by chatting; whether the clinic said that it is booked."""
        if method is BookingMethod.TAPS:
            await self.say("预约")
        else:
            await self.say(self._chance.choice(("我想预约{}", "帮我约一下{}", "想约{}")).format(slot.visit_type.name))
        return await self._answer(slot, method, BOOKED)

    async def move(self) -> bool:
        """Give the next appointment another hour: the second day on offer, an hour by chance."""
        await self.say("我的预约")
        await self._open_appointment()
        if not await self._tap(lambda text: text == "换个时间"):
            return False
        for _ in range(2):  # the day, then the hour
            offered = [entry for entry in self._newest.options if not entry["text"].startswith(MORE)]
            offered = offered[: max(1, len(offered) - 2)]  # the last two leave
            if not offered:
                return False
            await self._tap_entry(offered[min(1, len(offered) - 1)])
            if self._newest.text.startswith(MOVED):
                return True
        return False

    async def cancel(self) -> bool:
        """Cancel the next appointment, and confirm it."""
        await self.say("我的预约")
        await self._open_appointment()
        return await self._tap(lambda text: text == "取消这个预约") and await self._tap(lambda text: text == "确认取消")

    async def be_misunderstood(self) -> None:
        """Begin to book and say something nobody can read, twice."""
        await self.say("预约", *self._chance.choice(MUDDLED))

    def answer(self) -> Sequence[str]:
        """What they would write to what has arrived since they last looked, if anything; they have looked now."""
        fresh = self._platform.people[self.openid].messages[self._looked_at :]
        self.read()
        for seen in fresh:
            text = f"{seen.text}{(seen.card or {}).get('title', '')}"
            for words, likely, answers in ANSWERS:
                if seen.via not in {None, "passive"} and words in text and self._chance.random() < likely:
                    return (self._chance.choice(answers),)
        return ()

    def read(self) -> None:
        """Have the chat open: nothing in it is unread."""
        person = self._platform.people[self.openid]
        person.unread = 0
        self._looked_at = len(person.messages)

    # -- dialogs ----------------------------------------------------------------------------------------------

    async def _answer(self, slot: PlannedSlot, method: BookingMethod, end: str) -> bool:
        """Answer the questions of the booking dialog until it has come to its end."""
        wanted = {
            AGREES: AGREES,
            slot.visit_type.name: slot.visit_type.name,
            slot.practitioner.name: f"{slot.practitioner.name}医生",
            slot.day_words: slot.spoken_day,
            slot.hour_words: slot.spoken_hour,
        }
        for _ in range(QUESTIONS):
            if self._newest.text.startswith(end):
                return True
            if not await self._answer_one(wanted, method):
                return False
        return self._newest.text.startswith(end)

    async def _answer_one(self, wanted: Mapping[str, str], method: BookingMethod) -> bool:
        entries = self._newest.options
        for shown, spoken in wanted.items():
            entry = next((each for each in entries if shown in each["text"]), None)
            if entry is not None and method is BookingMethod.TAPS:
                await self._tap_entry(entry)
                return True
            if entry is not None:
                await self.say(spoken)
                return True
        return await self._tap(lambda text: text.startswith(MORE))

    async def _open_appointment(self) -> None:
        """Several appointments are offered to pick from: the first."""
        entries = self._newest.options
        if entries and not any(entry["text"] == "换个时间" for entry in entries):
            await self._tap_entry(entries[0])

    async def _tap(self, fits: Callable[[str], bool]) -> bool:
        entry = next((each for each in self._newest.options if fits(each["text"])), None)
        if entry is None:
            return False
        await self._tap_entry(entry)
        return True

    async def _tap_entry(self, entry: Mapping[str, str]) -> None:
        if self.following:
            await self._platform.say(self.openid, entry["text"], menu_id=entry["id"])
            self.read()

    @property
    def _newest(self) -> Seen:
        return self._platform.people[self.openid].messages[-1]
