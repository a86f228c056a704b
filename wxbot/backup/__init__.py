"""Backups: the whole database as one archive, an archive compared with a database, and an archive restored.

A restored database does not know what was sent after its backup. `restoring` closes what may have been, so that
nothing is sent twice.
"""
