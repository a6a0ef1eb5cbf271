"""What a person keeps of a list: views under a name, each a tab with an address, and which columns are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import IntegerField, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import shell
from exportctl.models import SavedView, User

from ..forms import ViewForm

MOST_VIEWS = 8
COLUMNS = "columns of "  # before the name of a page: its kept columns
Columns = Mapping[str, tuple[str, bool]]  # code -> (title, shown without a choice)


def tabs(
    request: HttpRequest, page: str, *, words: str, rows: Callable[[QueryDict], QuerySet[Any]], most: int = 0
) -> list[dict[str, Any]]:
    """The whole list, then the user's own views of it, each with its count ("1,000+" above `most`). Two queries.

    `rows` finds what the filters of an address ask for.
    """
    here = request.GET.copy()
    here.pop("page", None)
    found: list[dict[str, Any]] = [{"words": words, "url": "?", "current": not here, "count": None}]
    user: User = request.user  # type: ignore[assignment]
    views = SavedView.objects.filter(user=user, page=page).order_by("name")
    known = [(view, QueryDict(view.query)) for view in views[:MOST_VIEWS]]
    numbers = counts(user, [rows(given) for _, given in known], most)
    for (view, given), number in zip(known, numbers, strict=True):
        found.append({
            "words": view.name, "url": f"?{view.query}", "current": here == given, "pk": view.pk,
            "count": f"{most:,}+" if most and number > most else number,
        })  # fmt: skip
    return found


def counts(user: User, found: Sequence[QuerySet[Any]], most: int = 0) -> list[int]:
    """How many rows each list has, not counted beyond `most` + 1 where that is given: one query for them all."""
    if not found:
        return []
    keys = [each.order_by().values("pk") for each in found]
    numbers = [Number(each[: most + 1] if most else each) for each in keys]
    return list(User.objects.filter(pk=user.pk).values_list(*numbers).get())


class Number(Subquery):
    """How many rows a list has, as a column of another query."""

    template = "cardinality(ARRAY(%(subquery)s))"
    output_field = IntegerField()
    empty_result_set_value = 0


def columns(user: User, page: str, known: Columns) -> list[str]:
    """The codes of the columns a person sees of a list, in the order of the table: their own choice or the usual."""
    kept = (
        SavedView.objects.filter(user=user, page=f"{COLUMNS}{page}").values_list("query", flat=True).first()
    )
    if kept is None:
        return [code for code, (_, usual) in known.items() if usual]
    return [code for code in known if code in kept.split(",")]


def back(page: str, here: str) -> HttpResponse:
    """To the list as it was filtered."""
    return redirect(f"{reverse(page)}?{QueryDict(here).urlencode()}" if here else page)


@login_required
@require_POST
def keep(request: HttpRequest, page: str) -> HttpResponse:
    """Keep the filters of a list under a name; the same name again takes the new filters."""
    form, here = ViewForm(request.POST), request.POST.get("here", "")
    if not form.is_valid():
        shell.say(request, "The view needs a name of at most 60 characters.", level=30)
        return back(page, here)
    query = QueryDict(here[:500]).copy()
    query.pop("page", None)
    SavedView.objects.update_or_create(
        user=request.user, page=page, name=form.cleaned_data["name"],  # type: ignore[misc]
        defaults={"query": query.urlencode(), "created_at": timezone.now()},
    )  # fmt: skip
    shell.say(request, f"The view “{form.cleaned_data['name']}” is kept. Its address can be shared.")
    return back(page, here)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop one of one's own views."""
    own = SavedView.objects.filter(user=request.user).exclude(page__startswith=COLUMNS)  # type: ignore[misc]
    view = get_object_or_404(own, pk=pk)
    view.delete()
    shell.say(request, "The view is gone; what it showed is untouched.")
    return redirect(view.page)


@login_required
@require_POST
def choose(request: HttpRequest, page: str) -> HttpResponse:
    """Keep which columns of a list one sees, for every visit from now on."""
    chosen = ",".join(code for code in request.POST.getlist("column") if code.isidentifier())
    SavedView.objects.update_or_create(
        user=request.user, page=f"{COLUMNS}{page}", name="columns",  # type: ignore[misc]
        defaults={"query": chosen[:500], "created_at": timezone.now()},
    )  # fmt: skip
    return back(page, request.POST.get("here", ""))
