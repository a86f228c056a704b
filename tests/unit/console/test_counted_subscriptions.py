"""公众号状态 says how often patients were asked for subscriptions, and what they answered."""

from wxbot.metrics import NOTICES_ANSWERED, NOTICES_ASKED
from wxbot.web.console.settings_health import _subscriptions


def test_askings_and_answers_are_counted() -> None:
    before = _subscriptions()
    NOTICES_ASKED.inc(2)
    NOTICES_ANSWERED.labels("accepted").inc()
    NOTICES_ANSWERED.labels("refused").inc(3)
    after = _subscriptions()
    grown = {name: after[name] - before[name] for name in after}
    assert grown == {"asked": 2, "accepted": 1, "refused": 3}
