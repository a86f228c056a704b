"""Work for people: whom to phone, who asked for a person, what must be looked at."""
