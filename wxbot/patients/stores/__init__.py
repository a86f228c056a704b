"""The collections of the patients: contacts, patient records and merges."""
