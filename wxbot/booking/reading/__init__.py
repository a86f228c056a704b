"""Reading appointments, apart from changing them."""
