"""Items: the master, and a new one."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from exportctl import roles, shell
from exportctl.errors import Refused

from .. import items
from ..forms.register import ItemForm
from ..models import Item
from .page import asked, older, page, user_of


@page("application.read")
def index(request: HttpRequest) -> HttpResponse:
    """The item master by words, part number or ECCN."""
    wanted = asked(request)
    found = Item.objects.annotate(filed=Count("lines"))
    if wanted:
        found = found.filter(
            Q(part_number__icontains=wanted) | Q(name__icontains=wanted) | Q(eccn__istartswith=wanted)
        )
    rows, after = older(found, request.GET.get("before", ""))
    context = {
        "rows": rows,
        "after": after,
        "wanted": wanted,
        "may_add": roles.may(user_of(request), "item.change"),
    }
    return render(request, "licenses/items.html", context)


@page("item.change")
def new(request: HttpRequest) -> HttpResponse:
    """Add an item with its classification."""
    form = ItemForm(request.POST or None)
    if request.method != "POST":
        return render(request, "licenses/item_new.html", {"form": form})
    if not form.is_valid():
        return render(request, "licenses/item_new.html", {"form": form}, status=400)
    try:
        item = items.add(**form.cleaned_data, by=user_of(request), at=timezone.now())
    except Refused as refused:
        context = {"form": form, "refused": refused.blockers}
        return render(request, "licenses/item_new.html", context, status=refused.status_code)
    shell.say(request, f"{item.part_number} {item.name} is in the master, classified {item.eccn}.")
    return redirect("licenses:items")
