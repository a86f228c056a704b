"""Surveys: up to five questions after a visit, a talk or by a plan; what patients answered; the satisfaction sheet."""
