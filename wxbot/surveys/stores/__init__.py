"""The collections of surveys."""
