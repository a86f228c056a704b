"""How an episode ends: which of the four endings it was, the farewell, the wizard, and what was reached."""
