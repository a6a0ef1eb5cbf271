import json
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from exportctl.errors import Refused
from licenses import demo


class Command(BaseCommand):
    help = "Build the demo world once (people, cases, licenses from 2019 to today), through verbs only."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_ALLOWED:
            raise CommandError(
                "Demo log-ins are refused here. Set EXPORTCTL_DEMO=1 on a machine that holds no real case."
            )
        if demo.exists():
            self.stdout.write("The demo world is there already.")
            return
        try:
            world = demo.build(now=timezone.now(), say=self.stdout.write)
        except Refused as refused:
            raise CommandError(f"The demo cannot be built on top of these records. {refused}") from refused
        self.keep(world)
        self.stdout.write("The demo world stands.")

    def keep(self, world: demo.World) -> None:
        """Write the log-ins and the API token where only this account can read them."""
        folder = Path(settings.VAR)
        folder.mkdir(parents=True, exist_ok=True)
        logins = [
            {"username": username, "role": role, "password": demo.PASSWORD}
            for username, _, _, role, _ in demo.PEOPLE
        ]
        write_private(folder / "demo-logins.json", json.dumps(logins, indent=1))
        write_private(Path(os.environ.get("EXPORTCTL_TOKEN_FILE", folder / "demo-token")), world.token)


def write_private(path: Path, text: str) -> None:
    """Write a file that only the owner may read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
