"""The use case: what of a text must, should or could be said otherwise."""

from collections.abc import Collection, Sequence

from wxbot.quality.matching import Matcher
from wxbot.quality.models import Entry, Finding


class Quality:
    """The clinic's lexicon, ready to be asked. Pure and quick: no database, no waiting."""

    def __init__(self, lexicon: Sequence[Entry]) -> None:
        """Raises PatternError (quality/patterns.py) for words that cannot be read."""
        self._matcher = Matcher(tuple(lexicon))

    def findings(
        self, text: str, *, purpose: str, lock_screen: bool = False, circumstances: Collection[str] = ()
    ) -> tuple[Finding, ...]:
        """What the lexicon says about `text`, in reading order.

        Args:
            text: as it is written; variables may stand in braces.
            purpose: a `Purpose` of templates/models.py, or its value.
            lock_screen: whether others may read along: the fields of a card (reference §5.4).
            circumstances: what is true of the moment (models.Circumstance); nothing of a template.
        """
        return self._matcher.findings(text, purpose=str(purpose), lock_screen=lock_screen, circumstances=circumstances)
