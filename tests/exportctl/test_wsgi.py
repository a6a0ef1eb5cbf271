"""What the web server loads stays out of the collector's way."""

import gc
import importlib

from exportctl import wsgi


def test_what_is_loaded_is_frozen() -> None:
    gc.unfreeze()
    try:
        assert importlib.reload(wsgi).application is not None
        assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()
