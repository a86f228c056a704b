"""Patients out of a spreadsheet: read, map, try, run in the background, undo for seven days. Entered by the console."""
