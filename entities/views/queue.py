"""The queue of hits: by risk, filtered, saved, assigned, and identical pairs judged together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import SavedView, User

from .. import alike, hits
from ..forms import AlikeForm, AssignForm, ViewForm
from ..judging import TARGET
from ..models import Band, Hit, HitStatus, ListCode, ListedParty, Listing

PAGE = "entities:hits"
ROWS = 50
MOST_VIEWS = 8
STATUSES = {
    "": "To judge",
    "open": "Open",
    "escalated": "Escalated",
    "proposed": "Waits for a second person",
    "closed": "Closed",
    "all": "All",
}
WHO = {"": "Anybody's", "me": "Mine", "nobody": "Nobody's"}
DUE = {
    "late": ("Late", "late", "late"),
    "today": ("Due today", "soon", "soon"),
    "later": ("Later", "plain", "date"),
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks to see; unknown words are ignored."""

    status: str = ""
    band: str = ""
    list: str = ""
    words: str = ""
    who: str = ""
    due: str = ""
    group: str = ""
    by: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        def known(name: str, values: Any) -> str:
            value = given.get(name, "")
            return value if value in values else ""

        return cls(
            status=known("status", STATUSES), band=known("band", Band.values), list=known("list", ListCode.values),
            words=" ".join(given.get("q", "").replace("\x00", "").split())[:200], who=known("who", WHO),
            due=known("due", DUE), group=given.get("group", "").replace("\x00", "")[:60], by=known("by", ("family",)),
        )  # fmt: skip

    @property
    def narrow(self) -> bool:
        return self != Filters(by=self.by)


def since() -> Case:
    """When a hit came to stand as it does: opened, escalated or proposed."""
    return Case(
        When(status=HitStatus.PROPOSED, then=F("proposed_at")),
        When(status=HitStatus.ESCALATED, then=F("escalated_at")),
        default=F("opened_at"),
        output_field=DateTimeField(),
    )


def to_judge(user: User) -> Any:
    """Hits this user may judge, or agree to because another person proposed them, with `since`."""
    may = roles.permissions_of(user)
    mine = Q(pk__in=[])
    if "hit.judge" in may:
        mine |= Q(status=HitStatus.OPEN) | Q(status=HitStatus.ESCALATED, escalated_to=user)
    if "hit.agree" in may:
        mine |= Q(status=HitStatus.PROPOSED) & ~Q(proposed_by=user)
        mine |= Q(status=HitStatus.ESCALATED, escalated_to=None)
    return Hit.objects.for_user(user).filter(mine).annotate(since=since())


def within(found: Any, filters: Filters, user: User, *, on: date) -> Any:
    """The hits that fit the filters."""
    if filters.status == "":
        found = found.unresolved()
    elif filters.status != "all":
        found = found.filter(status=filters.status)
    if filters.band:
        found = found.filter(band=filters.band)
    if filters.list:
        on_list = Listing.objects.filter(listed_party=OuterRef("listed_party"), list=filters.list)
        found = found.filter(Exists(on_list))
    if filters.group:
        found = found.filter(listed_party__group=filters.group)
    if filters.who:
        found = found.filter(assigned_to=user if filters.who == "me" else None)
    for word in filters.words.split():
        found = found.filter(Q(party__name__icontains=word) | Q(listed_party__name__icontains=word))
    return found.annotate(since=since())


def edges(on: date) -> tuple[datetime, datetime]:
    """(begin, end) of the `since` whose target day is `on`."""
    begin = datetime.combine(on - TARGET, time(), UTC)
    return begin, begin + timedelta(days=1)


def in_due(found: Any, due: str, *, on: date) -> Any:
    """Those of the hits whose target day is past, today or later; closed ones have none."""
    begin, end = edges(on)
    chosen = {
        "late": Q(since__lt=begin),
        "today": Q(since__gte=begin, since__lt=end),
        "later": Q(since__gte=end),
    }
    return found.unresolved().filter(chosen[due]) if due else found


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Hits by risk: the highest score first, of equal scores the gravest list, then the longest open."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    filters, on = Filters.read(request.GET), timezone.localdate()
    found = within(Hit.objects.for_user(user), filters, user, on=on)
    begin, end = edges(on)
    waits = ~Q(status=HitStatus.CLOSED)
    counted = found.aggregate(
        late=Count("pk", filter=waits & Q(since__lt=begin)),
        today=Count("pk", filter=waits & Q(since__gte=begin, since__lt=end)),
        later=Count("pk", filter=waits & Q(since__gte=end)),
    )
    found = in_due(found, filters.due, on=on).with_pair()
    found = (
        found.order_by("listed_party__group", "party", "-score", "-risk", "pk")
        if filters.by
        else found.by_risk()
    )
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    for hit in page.object_list:
        hit.due_on = hit.since.date() + TARGET if hit.status != HitStatus.CLOSED else None
        hit.family = hit.listed_party.group or hit.listed_party.name
    may_judge = roles.may(user, "hit.judge")
    context = {
        "page": page, "filters": filters, "statuses": STATUSES.items(), "who": WHO.items(),
        "band_choices": Band.choices, "lists": ListCode.choices,
        "groups": list(families(user)) if filters.by or filters.group else [],
        "bands": [_band(request, name, counted[name], filters.due) for name in DUE],
        "tabs": _tabs(request, user, on=on), "may_judge": may_judge,
        "assign": AssignForm() if may_judge else None, "here": request.GET.urlencode(),
        "by_family": _address(request, by="" if filters.by else "family"),
        "may_sample": roles.permissions_of(user) & {"hit.judge", "hit.agree", "audit.read"},
    }  # fmt: skip
    return render(request, "entities/hits.html", context)


def families(user: User) -> QuerySet[Any]:
    """The families of list entries that have hits, with how many wait. One query."""
    seen = Hit.objects.for_user(user).exclude(listed_party__group="")
    return (
        ListedParty.objects.filter(hits__in=seen).values("group")
        .annotate(waiting=Count("hits", filter=~Q(hits__status=HitStatus.CLOSED)), all=Count("hits"))
        .order_by("group")
    )  # fmt: skip


def _address(request: HttpRequest, **changed: str) -> str:
    kept = request.GET.copy()
    kept.pop("page", None)
    for name, value in changed.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    return f"?{kept.urlencode()}"


def _band(request: HttpRequest, name: str, number: int, current: str) -> dict[str, Any]:
    words, tone, icon = DUE[name]
    return {
        "words": words, "number": number, "tone": tone if number else "plain", "icon": icon,
        "note": f"target: {TARGET.days} days", "current": name == current,
        "url": _address(request, due="" if name == current else name),
    }  # fmt: skip


def _tabs(request: HttpRequest, user: User, *, on: date) -> list[dict[str, Any]]:
    """All hits to judge, then the user's own views, each with its count. One query a view."""
    here = request.GET.copy()
    here.pop("page", None)
    tabs: list[dict[str, Any]] = [{"words": "To judge", "url": "?", "current": not here, "count": None}]
    for view in SavedView.objects.filter(user=user, page=PAGE).order_by("name")[:MOST_VIEWS]:
        given = QueryDict(view.query)
        filters = Filters.read(given)
        found = within(Hit.objects.for_user(user), filters, user, on=on)
        tabs.append({
            "words": view.name, "url": f"?{view.query}", "current": here == given, "pk": view.pk,
            "count": in_due(found, filters.due, on=on).count(),
        })  # fmt: skip
    return tabs


def _chosen(request: HttpRequest) -> list[Hit]:
    """The hits whose boxes were checked, as far as the user sees them, by risk."""
    user: User = request.user  # type: ignore[assignment]
    keys = [int(key) for key in request.POST.getlist("row") if key.isascii() and key.isdigit()][:200]
    return list(Hit.objects.for_user(user).filter(pk__in=keys).with_pair().by_risk())


def _back(request: HttpRequest) -> HttpResponse:
    here = request.POST.get("here", "")
    return redirect(f"{shell.address(PAGE)}?{QueryDict(here).urlencode()}" if here else PAGE)


@login_required
@require_POST
def assign(request: HttpRequest) -> HttpResponse:
    """Assign the checked hits to one person, up to their work limit; each refusal is told."""
    roles.require(request.user, "hit.judge", person=True)  # type: ignore[arg-type]
    form, chosen = AssignForm(request.POST), _chosen(request)
    if not chosen or not form.is_valid():
        shell.say(request, "Nothing was assigned: check hits and choose a person.", level=30)
        return _back(request)
    done, refusals = 0, []
    for hit in chosen:
        try:
            hits.assign(hit=hit, to=form.cleaned_data["to"], by=request.user, at=timezone.now())  # type: ignore[arg-type]
            done += 1
        except Refused as refused:
            refusals.append(f"{hit.party.name}: {refused}")
    to = form.cleaned_data["to"] or "nobody"
    shell.say(request, f"{done} of {len(chosen)} assigned to {to}.")
    for words in list(dict.fromkeys(refusals))[:5]:
        shell.say(request, words, level=30)
    return _back(request)


@login_required
@require_POST
def together(request: HttpRequest) -> HttpResponse:
    """Identical pairs: a preview of what goes together, then one result a row."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "hit.judge", person=True)
    chosen = _chosen(request)
    rows = alike.preview(chosen, user, at=timezone.now())
    fit = [row.hit for row in rows if row.ok]
    context: dict[str, Any] = {"rows": rows, "fit": fit, "here": request.POST.get("here", ""), "done": None}
    if "confirm" not in request.POST:
        return render(request, "entities/hits_alike.html", {**context, "form": AlikeForm()})
    form = AlikeForm(request.POST)
    if not form.is_valid() or not fit:
        return render(request, "entities/hits_alike.html", {**context, "form": form}, status=400)
    done = alike.record(
        fit, fingerprint=request.POST.get("fingerprint", ""), by=user, at=timezone.now(), **form.cleaned_data
    )
    left = [row for row in rows if not row.ok]
    return render(request, "entities/hits_alike.html", {**context, "form": form, "done": [*done, *left]})


@login_required
@require_POST
def keep_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the page under a name; the same name again takes the new filters."""
    form = ViewForm(request.POST)
    if not form.is_valid():
        shell.say(request, "The view needs a name of at most 60 characters.", level=30)
        return _back(request)
    query = QueryDict(request.POST.get("here", "")[:500]).copy()
    query.pop("page", None)
    SavedView.objects.update_or_create(
        user=request.user, page=PAGE, name=form.cleaned_data["name"],  # type: ignore[misc]
        defaults={"query": query.urlencode(), "created_at": timezone.now()},
    )  # fmt: skip
    shell.say(request, f"The view “{form.cleaned_data['name']}” is kept. Its address can be shared.")
    return _back(request)


@login_required
@require_POST
def drop_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop one of one's own views."""
    SavedView.objects.filter(user=request.user, page=PAGE, pk=pk).delete()  # type: ignore[misc]
    shell.say(request, "The view is gone; the hits are untouched.")
    return redirect(PAGE)
