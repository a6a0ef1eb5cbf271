"""The platform's tables: people and keys, the event log, readers and jobs, each person's desk, documents."""

from .desk import Notice, NoticeMute, NoticeSetting, SavedView
from .documents import Document, Scan
from .events import Event
from .jobs import Job, Reader
from .people import ApiKey, User

__all__ = [
    "ApiKey", "Document", "Event", "Job", "Notice", "NoticeMute", "NoticeSetting", "Reader", "SavedView", "Scan",
    "User",
]  # fmt: skip
