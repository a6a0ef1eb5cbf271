"""What every page of this app shares: who may open it, and how it pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.decorators import login_required
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from exportctl import roles
from exportctl.models import User

ROWS = 50
View = Callable[..., HttpResponse]
M = TypeVar("M", bound=Model)


def page(permission: str) -> Callable[[View], View]:
    """A page for whoever is signed in and holds the permission; others are told who does."""

    def wrap(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            roles.require(user_of(request), permission)
            return view(request, *args, **kwargs)

        return login_required(checked)

    return wrap


def user_of(request: HttpRequest) -> User:
    """Who is signed in; pages are open to nobody else."""
    return request.user  # type: ignore[return-value]


def asked(request: HttpRequest, name: str = "q") -> str:
    """What was typed into a filter, as the database can take it."""
    return " ".join(str(request.GET.get(name, "")).replace("\x00", "").split())[:200]


def older(rows: QuerySet[M], before: str, size: int = ROWS) -> tuple[list[M], int | None]:
    """A page of the newest rows below an id, and the id to go on below; by key, never counting all."""
    if before.isdigit() and int(before) < 2**63:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
