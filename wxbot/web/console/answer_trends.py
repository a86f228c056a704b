"""How numbers that a patient answered are drawn over time. Pure."""

from wxbot.care.answers import AnswersOver

WIDTH, HEIGHT = 200, 48  # of a trend, in the units of its drawing


def trend(over: AnswersOver) -> str:
    """The points of a line through the numbers that stand, for an inline drawing; empty of fewer than two."""
    points = over.points
    if len(points) < 2:  # noqa: PLR2004 - one is no line
        return ""
    begun, lasted = points[0][0], (points[-1][0] - points[0][0]).total_seconds() or 1.0
    span = (over.high - over.low) or 1
    return " ".join(
        f"{(at - begun).total_seconds() / lasted * WIDTH:.1f},{HEIGHT - (value - over.low) / span * HEIGHT:.1f}"
        for at, value in points
    )
