"""Local mode: the runner's own PostgreSQL and Redis, and the processes beside them.

`python -m exportctl.local serve` starts the whole product, `python -m exportctl.local run -- COMMAND`
gives one command a throw-away PostgreSQL and Redis. Nothing in this package imports Django.
"""

from exportctl.local.places import environment

__all__ = ["environment"]
