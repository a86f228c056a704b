"""Photos and voices that patients sent: fetched before the platform forgets them, kept encrypted, made playable."""
