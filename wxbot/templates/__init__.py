"""Wording: every sentence a patient reads, by key, checked against what WeChat can carry."""
