"""The collections of the booking: appointments, and the hours they occupy."""
