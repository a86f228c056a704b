"""Patients into a spreadsheet: a reason first, written down before the file leaves, no cell a formula."""
