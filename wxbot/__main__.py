"""`python -m wxbot`, and the `wxbot` command."""

import gc
import os

from wxbot.cli import app

OTHERS_NOTHING = 0o077  # umask: what the service writes (data, keys, exports, logs) is its own account's only
COLLECT_WHILE_STARTING = (50_000, 20, 100)  # objects, generations: what a start makes stays, looking is in vain


def main() -> None:
    """Run the command line."""
    gc.set_threshold(*COLLECT_WHILE_STARTING)
    os.umask(OTHERS_NOTHING)
    app()


if __name__ == "__main__":
    main()
