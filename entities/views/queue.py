"""The queue of hits: by risk, filtered, saved, assigned, and identical pairs judged together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import bands, roles, shell, takeouts
from exportctl.errors import Refused
from exportctl.exports import Column
from exportctl.models import User

from .. import alike, hits
from ..forms import AlikeForm, AssignForm
from ..judging import TARGET
from ..models import Band, Hit, HitStatus, ListCode, ListedParty, Listing
from . import kept

PAGE = "entities:hits"
ROWS = 50
STATUSES = {
    "": "To judge",
    "open": "Open",
    "escalated": "Escalated",
    "proposed": "Waits for a second person",
    "closed": "Closed",
    "all": "All",
}
WHO = {"": "Anybody's", "me": "Mine", "nobody": "Nobody's"}
DUE = {band: bands.WORDS[band] for band in ("late", "today", "later")}
# what a row may show beside the pair: title, and whether without a choice
COLUMNS = {
    "due": ("Target", True), "score": ("Score", True), "state": ("State", True), "held": ("Held by", True),
    "opened": ("Opened", False), "family": ("Family", False), "reason": ("Reason", False),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Which hits the address asks for; unknown words are ignored."""

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
def index(request: HttpRequest) -> HttpResponseBase:
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
    chosen = kept.columns(user, PAGE, COLUMNS)
    if request.GET.get("format") == "csv":
        return download(request, found, chosen)
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    for hit in page.object_list:
        dress(hit)
    may_judge = roles.may(user, "hit.judge")
    context = {
        "page": page, "filters": filters, "statuses": STATUSES.items(), "who": WHO.items(),
        "band_choices": Band.choices, "lists": ListCode.choices,
        "groups": list(families(user)) if filters.by or filters.group else [],
        "bands": [_band(request, name, counted[name], filters.due) for name in DUE],
        "tabs": kept.tabs(request, PAGE, words="To judge", rows=lambda given: _found(user, given, on=on)),
        "may_judge": may_judge, "may_take": roles.may(user, "report.export"), "csv": _address(request, format="csv"),
        "columns": COLUMNS, "chosen": chosen, "span": 2 + len(chosen) + may_judge,
        "assign": AssignForm() if may_judge else None, "here": request.GET.urlencode(),
        "by_family": _address(request, by="" if filters.by else "family"),
        "may_sample": roles.permissions_of(user) & {"hit.judge", "hit.agree", "audit.read"},
    }  # fmt: skip
    return render(request, "entities/hits.html", context)


def dress(hit: Any) -> None:
    """What a row shows that is no column: its target day, its family, who has it, its reason in words."""
    hit.due_on = hit.since.date() + TARGET if hit.status != HitStatus.CLOSED else None
    hit.family = hit.listed_party.group or hit.listed_party.name
    hit.reason_words = hits.REASONS[hit.reason].label if hit.reason in hits.REASONS else ""
    hit.held_by = {
        HitStatus.ESCALATED: str(hit.escalated_to or "Whoever agrees to hits"),
        HitStatus.PROPOSED: "A second person",
        HitStatus.CLOSED: "",
    }.get(hit.status, str(hit.assigned_to or "Anybody"))


def download(request: HttpRequest, found: Any, chosen: list[str]) -> HttpResponseBase:
    """The rows the filters show, all pages of them, in their order and with the columns chosen, as CSV; logged."""
    told = [
        Column("party", "Our party"), Column("reference", "Reference"), Column("country", "Country"),
        Column("entry", "List entry"), Column("lists", "Lists", "list"),
        *(Column(code, COLUMNS[code][0], KINDS.get(code, "text")) for code in chosen),
    ]  # fmt: skip
    filters = {name: value for name, value in request.GET.items() if name not in ("format", "page")}
    chunks = takeouts.take(
        name="hits", title="Hits", columns=told, rows=_lines(found, chosen), format="csv", filters=filters,
        by=request.user, at=timezone.now(),  # type: ignore[arg-type]
    )  # fmt: skip
    return shell.file(chunks, name="hits", format="csv")


KINDS = {"due": "date", "score": "number", "opened": "datetime"}


def _lines(found: Any, chosen: list[str]) -> Iterator[list[Any]]:
    for hit in found.iterator(chunk_size=500):
        dress(hit)
        cells = {
            "due": hit.due_on, "score": hit.score, "state": _state(hit), "held": hit.held_by, "opened": hit.opened_at,
            "family": hit.family, "reason": hit.reason_words,
        }  # fmt: skip
        lists = [one.list for one in hit.listed_party.listings.all()]
        pair = [hit.party.name, hit.party.reference, hit.party.country, hit.listed_party.name, lists]
        yield [*pair, *(cells[code] for code in chosen)]


def _state(hit: Hit) -> str:
    outcome = f": {hit.get_outcome_display()}" if hit.outcome else ""
    return f"{hit.get_status_display()}{outcome}"


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


def _found(user: User, given: QueryDict, *, on: date) -> Any:
    filters = Filters.read(given)
    return in_due(within(Hit.objects.for_user(user), filters, user, on=on), filters.due, on=on)


def _chosen(request: HttpRequest) -> list[Hit]:
    """The hits whose boxes were checked, as far as the user sees them, by risk."""
    user: User = request.user  # type: ignore[assignment]
    keys = [int(key) for key in request.POST.getlist("row") if key.isascii() and key.isdigit()][:200]
    return list(Hit.objects.for_user(user).filter(pk__in=keys).with_pair().by_risk())


def _back(request: HttpRequest) -> HttpResponse:
    return kept.back(PAGE, request.POST.get("here", ""))


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
