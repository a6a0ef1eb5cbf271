"""What happens on which event: one visible list."""


def connect() -> None:
    """Register this app's readers of the event log."""
