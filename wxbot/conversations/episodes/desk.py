"""Use cases of episodes: who needs a person, who answers, who hands over, how it ends."""

from wxbot.conversations.episodes.assigning import Assigning
from wxbot.conversations.episodes.chat_side import ChatSide


class Desk(ChatSide, Assigning):
    """The chat desk. Every change is one conditional write on the episode; the loser of a race reads StaleError.

    What the chat asks for stands in chat_side.py, what colleagues do in handling.py, what the clock does in
    assigning.py.
    """
