"""What may be said: lexicons, and the checks that find forbidden words before a patient reads them."""
