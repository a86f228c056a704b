"""The waitlist: who waits for an hour, by what they need, and offers of hours that became free."""
