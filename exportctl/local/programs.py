"""The three programs of the product as command lines: the same here, in the image and in compose."""

from __future__ import annotations

PREPARE = ("manage.py", "prepare")
WEB = ("-m", "gunicorn", "exportctl.wsgi:application", "--workers", "1", "--threads", "4")
WEB_LOCALLY = ("--graceful-timeout", "5", "--no-control-socket")
CELERY = ("-m", "celery", "-A", "exportctl.celery")
WORKER = ("worker", "-c", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO")
BEAT = ("beat", "--pidfile=", "--loglevel", "INFO")


def web(address: str) -> tuple[str, ...]:
    """The web server at HOST:PORT: one process, four threads."""
    return (*WEB, "--bind", address, *WEB_LOCALLY)


def worker() -> tuple[str, ...]:
    """The worker: two processes; its heartbeat stays on, for `/health/` reads it."""
    return (*CELERY, *WORKER)


def beat(schedule: str) -> tuple[str, ...]:
    """The scheduler; `schedule` is the file of its own memory."""
    return (*CELERY, *BEAT, "-s", schedule)
