"""The scheduler of the rounds: Celery's own, which also starts where a crash left its memory cut short."""

from __future__ import annotations

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """What it remembers is when each round was last called. Every round may be called again, so that a memory which
    cannot be read is begun anew; Celery does so for most damage, not for a file that ends too early."""

    def _create_schedule(self) -> None:
        try:
            super()._create_schedule()
        except EOFError as damage:
            self._store = self._destroy_open_corrupted_schedule(damage)
            super()._create_schedule()
