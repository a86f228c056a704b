"""Use cases of episodes: opened, offered, taken, handed over, blocked, closed; presence and signing off."""
