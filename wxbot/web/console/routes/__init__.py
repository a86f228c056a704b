"""Every address of the console: a table per area, a line per page, joined in `tables.py`."""
