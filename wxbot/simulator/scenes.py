"""Scene QR codes (reference §7.5)."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wxbot.simulator.errors import ApiError

LONGEST = timedelta(days=30)
DEFAULT_LIFE = timedelta(seconds=60)
SCENE_LENGTH = 64
LARGEST_NUMBER = (1 << 32) - 1
LARGEST_PERMANENT_NUMBER = 100_000
PERMANENT_CODES = 100_000
NUMBERED = {"QR_SCENE", "QR_LIMIT_SCENE"}
NAMED = {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}
PERMANENT = {"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}


@dataclass(frozen=True, kw_only=True)
class SceneCode:
    """One QR code. `dies` is None for a permanent one; `number` is 0 for a named scene."""

    scene: str
    number: int
    ticket: str
    url: str
    dies: datetime | None
    seconds: int | None

    def usable(self, now: datetime) -> bool:
        """Whether scanning it still works."""
        return self.dies is None or now < self.dies

    def as_json(self) -> dict[str, Any]:
        """Plain data for the snapshot."""
        return {**self.__dict__, "dies": self.dies.isoformat() if self.dies else None}


@dataclass
class SceneBook:
    """All codes, by ticket and by scene (the newest of a scene counts)."""

    by_ticket: dict[str, SceneCode] = field(default_factory=dict)
    by_scene: dict[str, SceneCode] = field(default_factory=dict)

    def create(self, body: dict[str, Any], now: datetime) -> SceneCode:
        """Make a code from a qrcode/create body. Raises ApiError 40052 (action), 40053 (scene), 40035 (seconds)."""
        action = body.get("action_name")
        if action not in NUMBERED | NAMED:
            raise ApiError(40052)
        info = body.get("action_info")
        scene = info.get("scene") if isinstance(info, dict) else None
        if not isinstance(scene, dict):
            raise ApiError(40053)
        permanent = action in PERMANENT
        name, number = _named(scene) if action in NAMED else _numbered(scene, permanent=permanent)
        if not permanent:
            return self.add(name, number, now, life=_life(body))
        existing = self.by_scene.get(name)
        if existing is not None and existing.dies is None:
            return existing
        if sum(code.dies is None for code in self.by_ticket.values()) >= PERMANENT_CODES:
            raise ApiError(45009, "permanent codes are used up")
        return self.add(name, number, now, life=None)

    def add(self, scene: str, number: int, now: datetime, *, life: timedelta | None) -> SceneCode:
        """Note one code that lives this long, or for ever."""
        code = SceneCode(
            scene=scene,
            number=number,
            ticket="gQ" + secrets.token_urlsafe(60),
            url="http://weixin.qq.com/q/" + secrets.token_urlsafe(18),
            dies=None if life is None else now + life,
            seconds=None if life is None else int(life.total_seconds()),
        )
        self.keep(code)
        return code

    def keep(self, code: SceneCode) -> None:
        """Put one code into both indexes."""
        self.by_ticket[code.ticket] = code
        self.by_scene[code.scene] = code


def _named(scene: dict[str, Any]) -> tuple[str, int]:
    name = scene.get("scene_str")
    if not isinstance(name, str) or not 1 <= len(name) <= SCENE_LENGTH:
        raise ApiError(40053)
    return name, 0


def _numbered(scene: dict[str, Any], *, permanent: bool) -> tuple[str, int]:
    number = scene.get("scene_id")
    most = LARGEST_PERMANENT_NUMBER if permanent else LARGEST_NUMBER
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= most:
        raise ApiError(40053)
    return str(number), number


def _life(body: dict[str, Any]) -> timedelta:
    seconds = body.get("expire_seconds", int(DEFAULT_LIFE.total_seconds()))
    if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds <= 0:
        raise ApiError(40035, "expire_seconds")
    life = timedelta(seconds=seconds)
    if life > LONGEST:
        raise ApiError(40035, "expire_seconds")
    return life
