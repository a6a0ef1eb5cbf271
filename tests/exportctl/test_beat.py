"""The scheduler starts again, whatever a crash left of its memory."""

from pathlib import Path

import pytest

from exportctl.beat import Scheduler
from exportctl.celery import app


def started(path: Path) -> set[str]:
    """The rounds a scheduler knows whose memory lies at `path`."""
    scheduler = Scheduler(app, schedule_filename=str(path))
    known = set(scheduler.schedule)
    scheduler.close()
    return known


@pytest.mark.parametrize("kept", [0, 1, 60])
def test_memory_cut_short_is_begun_anew(tmp_path: Path, kept: int) -> None:
    memory = tmp_path / "beat-schedule"
    rounds = started(memory)
    assert rounds >= set(app.conf.beat_schedule)
    files = sorted(tmp_path.glob("beat-schedule*"))
    largest = max(files, key=lambda each: each.stat().st_size)
    assert largest.stat().st_size > 60
    largest.write_bytes(largest.read_bytes()[:kept])
    assert started(memory) == rounds


def test_settings_name_it() -> None:
    assert app.conf.beat_scheduler == f"{Scheduler.__module__}:{Scheduler.__qualname__}"
