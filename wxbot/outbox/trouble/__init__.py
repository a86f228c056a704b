"""Messages that did not get through, for the people who look after them."""
