"""Patients who keep writing and booking while things break."""

import asyncio
import random
from collections import Counter

from tests.processes.harness import World
from wxbot.simulator.pushes import PushResult

TEXTS = ("你好", "预约", "洁牙", "1", "2", "今天", "明天", "我的预约", "取消", "谢谢", "地址", "几点上班", "牙有点酸")
STORY = ("预约", "洁牙", "明天", "1")  # ends in an appointment where there is an hour left
STORY_SHARE = 0.15


class Crowd:
    """So many people write until so many pushes were made; each push and how it ended is kept."""

    def __init__(self, world: World, choice: random.Random, *, people: int, pushes: int, pause: float) -> None:
        self._world = world
        self._choice = choice
        self._people = people
        self._wanted = pushes
        self._pause = pause
        self._begun = 0
        self.pushes: list[PushResult] = []

    @property
    def begun(self) -> int:
        """Pushes made so far."""
        return self._begun

    @property
    def outcomes(self) -> Counter[str]:
        """How many were acknowledged, and how many not."""
        return Counter("acknowledged" if push.ok else "not acknowledged" for push in self.pushes)

    async def run(self) -> None:
        """Everybody follows and writes; done when the wanted number is reached and every push has ended."""
        await asyncio.gather(*(self._writes(f"患者{number}") for number in range(self._people)))

    async def _writes(self, name: str) -> None:
        openid = self._world.platform.create_person(name).openid
        while not (first := await self._world.platform.follow(openid)).ok:
            await asyncio.sleep(self._pause)
        self.pushes.append(first)
        while self._begun < self._wanted:
            story = STORY if self._choice.random() < STORY_SHARE else (self._choice.choice(TEXTS),)
            for text in story:
                self._begun += 1
                self.pushes.append(await self._world.platform.say(openid, text))
                await asyncio.sleep(self._choice.uniform(0.2, 1.8) * self._pause)
