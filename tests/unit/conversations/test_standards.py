"""Two standards per figure (A0-03)."""

import pytest

from wxbot.conversations.standards import Band, Standard


@pytest.mark.parametrize(
    ("standard", "value", "band"),
    [
        ((80, 95), 79.9, Band.BELOW),
        ((80, 95), 80, Band.BASIC),
        ((80, 95), 94.9, Band.BASIC),
        ((80, 95), 95, Band.EXCELLENT),
        ((60, 30), 61, Band.BELOW),
        ((60, 30), 60, Band.BASIC),
        ((60, 30), 31, Band.BASIC),
        ((60, 30), 30, Band.EXCELLENT),
        ((1, 0), 0, Band.EXCELLENT),
        ((1, 0), 0.5, Band.BASIC),
        ((1, 0), 1.5, Band.BELOW),
    ],
)
def test_a_value_is_below_basic_or_excellent(standard: tuple[float, float], value: float, band: Band) -> None:
    basic, excellent = standard
    assert Standard(basic=basic, excellent=excellent).band(value) is band
