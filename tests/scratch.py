"""A database of one's own outside pytest, for drills and benches: made, migrated, dropped again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


@contextmanager
def database(prefix: str) -> Iterator[None]:
    """Work on `<prefix>_<name of the configured database>` meanwhile; passwords are hashed cheaply."""
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    kept = connection.settings_dict["NAME"]
    settings.DATABASES["default"]["TEST"]["NAME"] = f"{prefix}_{kept}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)
