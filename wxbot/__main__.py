"""`python -m wxbot`, and the `wxbot` command."""

from wxbot.cli import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
