"""Who did or saw what: an append-only chain of entries per day. Written by every room whose use cases staff call.

What is heavy or irreversible is noted before it is done, after all that it could be refused for: a process that dies
in between leaves an entry without its deed, never a deed without its entry. No transaction holds both, because the
chain is one queue for all writers and would make them wait for each other.
"""
