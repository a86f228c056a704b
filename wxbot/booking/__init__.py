"""Appointments and free hours. Booking never sends: care derives every message from the appointments."""
