"""The pictures of the papers. `make pictures` takes them; `camera` says which pages are refused."""
