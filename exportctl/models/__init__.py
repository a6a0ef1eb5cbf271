"""The platform's tables: people and keys, the event log, readers and jobs."""

from .events import Event
from .jobs import Job, Reader
from .people import ApiKey, User

__all__ = ["ApiKey", "Event", "Job", "Reader", "User"]
