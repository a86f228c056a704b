"""Which talks are rated, and which of those twice: by chance, yet the same for everybody who asks. Pure."""

from hashlib import sha256

from wxbot.conversations.models import EpisodeId

SAMPLE_PERCENT = 10  # of closed talks are rated (A0-40)
SECOND_PERCENT = 10  # of the rated ones are rated by a second person who does not see the first rating
_PARTS = 10_000


def is_sampled(episode_id: EpisodeId, percent: float = SAMPLE_PERCENT) -> bool:
    """Whether a talk is drawn. Nobody can tell before it is closed, and nobody can choose."""
    return _place("sample", episode_id) < percent / 100


def needs_second_rater(episode_id: EpisodeId, percent: float = SECOND_PERCENT) -> bool:
    """Whether a rated talk is rated blind by a second person. Independent of the first draw."""
    return _place("second", episode_id) < percent / 100


def _place(purpose: str, episode_id: EpisodeId) -> float:
    """A number in [0, 1) that looks drawn by chance."""
    digest = sha256(f"{purpose}:{episode_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _PARTS / _PARTS
