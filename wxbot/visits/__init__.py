"""The day of a visit: what reception asks at arrival and at checkout, who is late, what the day came to."""
