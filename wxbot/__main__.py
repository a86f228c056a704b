"""`python -m wxbot`, and the `wxbot` command."""

import os

from wxbot.cli import app

OTHERS_NOTHING = 0o077  # umask: what the service writes (data, keys, exports, logs) is its own account's only


def main() -> None:
    """Run the command line."""
    os.umask(OTHERS_NOTHING)
    app()


if __name__ == "__main__":
    main()
