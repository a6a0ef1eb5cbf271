"""The platform's tables: people and keys, the event log, readers and jobs, each person's desk, documents."""

from .desk import Notice, NoticeSetting, SavedView
from .documents import Document, Scan
from .events import Event
from .jobs import Job, Reader
from .people import ApiKey, User

__all__ = [
    "ApiKey", "Document", "Event", "Job", "Notice", "NoticeSetting", "Reader", "SavedView", "Scan", "User",
]  # fmt: skip
