"""How often one account may ask, and how many streams it may hold open."""

import pytest

from wxbot.web.console.rates import BURST, MOST_STREAMS, PER_SECOND, Rates, TooOftenError


def spent(rates: Rates, account: str, seconds: float, kind: str = "draft") -> int:
    """How many requests went through before one was refused."""
    for number in range(BURST * 2):
        try:
            rates.spend(kind, account, seconds)
        except TooOftenError:
            return number
    return BURST * 2


def test_an_account_is_refused_after_a_burst_and_goes_on_at_an_even_pace() -> None:
    rates = Rates()
    assert spent(rates, "a", 100.0) == BURST
    assert spent(rates, "a", 100.0) == 0
    assert spent(rates, "a", 102.0) == 2 * PER_SECOND
    assert spent(rates, "a", 100_000.0) == BURST


def test_it_takes_nothing_from_others_nor_from_another_kind() -> None:
    rates = Rates()
    spent(rates, "a", 100.0)
    assert spent(rates, "b", 100.0) == BURST
    assert spent(rates, "a", 100.0, kind="here") == BURST


def test_streams_are_counted_while_they_are_open() -> None:
    rates = Rates()
    opened = [rates.stream("a") for _ in range(MOST_STREAMS)]
    for each in opened:
        each.__enter__()
    with pytest.raises(TooOftenError), rates.stream("a"):
        pass
    with rates.stream("b"):
        pass
    opened[0].__exit__(None, None, None)
    with rates.stream("a"):
        pass
    for each in opened[1:]:
        each.__exit__(None, None, None)
    assert rates.streams == {}
