"""How often one contact or address may ask."""

import pytest

from wxbot.web.patient import rate_limit
from wxbot.web.patient.rate_limit import RateLimit


def test_so_many_at_once_and_more_as_time_passes() -> None:
    limit = RateLimit(3, 60)
    assert [limit.allows("a", 0.0) for _ in range(4)] == [True, True, True, False]
    assert [limit.allows("a", 20.0), limit.allows("a", 20.0)] == [True, False]
    assert [limit.allows("a", 1000.0) for _ in range(4)] == [True, True, True, False]


def test_one_does_not_slow_another_down() -> None:
    limit = RateLimit(1, 60)
    assert limit.allows("a", 0.0)
    assert limit.allows("b", 0.0)
    assert not limit.allows("a", 0.0)


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_KEYS", 2)
    limit = RateLimit(1, 60)
    assert [limit.allows(key, 0.0) for key in ("a", "b", "c")] == [True, True, True]
    assert limit.allows("a", 0.0)  # the one that rested longest was forgotten
    assert not limit.allows("c", 0.0)
