"""A simulated clinic week: real services over a real mongod, a moved clock, and a verdict from the event log."""
