"""Nobody was asked whether they were satisfied."""

from collections.abc import Collection, Mapping

from wxbot.surveys.models import SurveyResponse


class Unasked:
    """Surveys without a response."""

    async def of_talks(self, episode_ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        del episode_ids
        return {}

    async def of_visits(self, ids: Collection[str]) -> Mapping[str, SurveyResponse]:
        del ids
        return {}
