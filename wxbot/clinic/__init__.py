"""The clinic itself: practitioners, rooms, visit types, hours, closures and the calendar of working days."""
