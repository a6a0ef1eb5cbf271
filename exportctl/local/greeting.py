"""What `make run` tells the person in front of it."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

TRY = """Three things to try
  1  Sign in as approver, open My work and judge the waiting hit (HiSilica Minerals).
  2  Sign in as filer, copy the last case to Nordhafen, change the quantity, submit.
  3  Export the decision report and verify the chain:
       .venv/bin/python manage.py export_report decisions --format csv
       .venv/bin/python manage.py verify_audit"""


def say(text: str) -> None:
    """One line for the terminal; a terminal that is gone stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def copy_lines(text: str) -> None:
    """Show output of a step as it is."""
    if text:
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write(text)
            sys.stdout.flush()


def greeting(*, url: str, folder: Path, token_file: Path) -> str:
    """Log-ins, API token and three things to try, for the demo world that answers at `url`."""
    lines = [
        f"exportctl runs at {url}",
        "",
        "Log-ins (name, password, role)",
        *logins(folder / "demo-logins.json"),
    ]
    with contextlib.suppress(OSError):
        lines += ["", f"API token  {token_file.read_text().strip()}"]
    return "\n".join([*lines, "", TRY])


def logins(path: Path) -> list[str]:
    """One line a log-in of the demo, from the file it wrote; the known names where there is none."""
    try:
        people = json.loads(path.read_text())
        return [f"  {each['username']:<12} {each['password']:<12} {each['role']}" for each in people]
    except (OSError, ValueError, KeyError, TypeError):
        return ["  officer / defense / approver / auditor, password: demo"]
