"""Spreadsheets that people upload: read by a process of its own, as rows of plain text."""
