"""The platform's tables: people and keys, the event log, readers and jobs, each person's desk."""

from .desk import Notice, NoticeSetting, SavedView
from .events import Event
from .jobs import Job, Reader
from .people import ApiKey, User

__all__ = ["ApiKey", "Event", "Job", "Notice", "NoticeSetting", "Reader", "SavedView", "User"]
