"""`python -m exportctl.local serve | run -- COMMAND`."""

from __future__ import annotations

import argparse
import sys

from exportctl.local.places import LocalError
from exportctl.local.run import run
from exportctl.local.serve import reset, serve


def parser() -> argparse.ArgumentParser:
    """The command line of local mode."""
    top = argparse.ArgumentParser(prog="python -m exportctl.local", description="Local mode of exportctl.")
    verbs = top.add_subparsers(dest="verb", required=True)
    serve = verbs.add_parser("serve", help="start the whole product and keep it running")
    serve.add_argument("--once", action="store_true", help="end again as soon as all is healthy")
    verbs.add_parser("reset", help="delete the local data of this checkout")
    one = verbs.add_parser("run", help="run one command with throw-away servers")
    one.add_argument("command", nargs="+", help="after --: the command and its arguments")
    return top


def main() -> int:
    """Run one verb; a LocalError is one clear message and exit code 1."""
    asked = parser().parse_args()
    try:
        if asked.verb == "run":
            return run(asked.command)
        return reset() if asked.verb == "reset" else serve(once=asked.once)
    except LocalError as error:
        print(f"exportctl: {error}", file=sys.stderr)
        return 1
    except PermissionError as error:
        print(f"exportctl: {error}. Was it made by another account (root)?", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
