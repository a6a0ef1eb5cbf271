"""Worker and beat say that they live: each keeps a short-lived key in Redis, `/health/` reads it.

`python -m exportctl.heartbeat worker` answers for the machine it runs on (container health checks).
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time

import redis
from celery import signals

PARTS = {"worker": 12, "beat": 20}  # part -> seconds its key lives; they are renewed every 2 s and 5 s
RENEW = 2.0  # seconds, the least time between two writes of a process
PATIENCE = 1.0  # seconds a health check waits for Redis
logger = logging.getLogger(__name__)
_written: dict[str, float] = {}
_clients: dict[str, redis.Redis] = {}


def client() -> redis.Redis:
    """The Redis that REDIS_URL names, with short time-outs."""
    url = os.environ.get("REDIS_URL") or _settings_url()
    if url not in _clients:
        _clients[url] = redis.Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    return _clients[url]


def _settings_url() -> str:
    from django.conf import settings

    return str(settings.REDIS_URL)


def key(part: str, host: str = "") -> str:
    """The key of a part of the product, of any host or of one."""
    name = f"{os.environ.get('EXPORTCTL_PREFIX', 'exportctl')}:heartbeat:{part}"
    return f"{name}:{host}" if host else name


def write(part: str) -> None:
    """Renew the key of `part`, at most every two seconds. A Redis that is away is only logged."""
    now = time.monotonic()
    if now - _written.get(part, -RENEW) < RENEW:
        return
    _written[part] = now
    try:
        with client().pipeline(transaction=False) as pipe:
            for name in (key(part), key(part, socket.gethostname())):
                pipe.set(name, "1", ex=PARTS[part])
            pipe.execute()
    except redis.RedisError as error:
        logger.warning("heartbeat of %s not written: %s", part, error)


def forget(*parts: str) -> None:
    """Drop the keys of `parts` at once: they ended in order, or have not started yet."""
    try:
        client().delete(*(key(part, host) for part in parts for host in ("", socket.gethostname())))
    except redis.RedisError as error:
        logger.warning("heartbeat of %s not dropped: %s", ", ".join(parts), error)
    for part in parts:
        _written.pop(part, None)


def alive(part: str, host: str = "") -> bool:
    """Whether `part` (worker, beat) spoke lately, anywhere or on `host`. Raises redis.RedisError."""
    return bool(client().exists(key(part, host)))


def _worker_lives(**_: object) -> None:
    write("worker")


def _worker_ended(**_: object) -> None:
    forget("worker")


def _beat_lives(**_: object) -> None:
    write("beat")


def _beat_started(**_: object) -> None:
    # From here on each message the scheduler sends renews the key; its pump is due every 5 s.
    signals.after_task_publish.connect(_beat_lives)
    write("beat")


def connect() -> None:
    """Let the worker's own heartbeat and beat's schedule write the keys. Called by the Celery app."""
    signals.heartbeat_sent.connect(_worker_lives)
    signals.worker_shutdown.connect(_worker_ended)
    signals.beat_init.connect(_beat_started)


def main(arguments: list[str]) -> int:
    """Exit 0 when the named part lives on this host, 1 when not (with a line that says so)."""
    if len(arguments) != 1 or arguments[0] not in PARTS:
        print(f"usage: python -m exportctl.heartbeat {'|'.join(PARTS)}", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exportctl.settings")
    try:
        if alive(arguments[0], socket.gethostname()):
            return 0
        print(f"{arguments[0]} is silent", file=sys.stderr)
    except redis.RedisError as error:
        print(f"Redis does not answer: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
