"""The HTTP edge: the platform's callback, health, metrics. No rule and no query lives here."""
