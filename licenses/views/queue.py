"""My work, and the search over everything one may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from entities import lists
from entities.models import Party
from exportctl import bands, roles
from exportctl.models import User
from exportctl.templatetags.ui import day, short_day

from ..models import Application, Item, License
from . import steps
from . import work as rows_of
from .work import Row

PAGE = 200
FOUND = 20
KINDS = {
    "hit": "Hits",
    "duty": "Tasks",
    "review": "Reviews",
    "condition": "Conditions",
    "question": "Questions",
    "expiring": "Expiring",
    "import": "Imports",
    "draft": "Drafts",
}
VIEWS = {"": "All my work", "strong": "Strong hits", "second": "Waits for a second person"}
BANDS = bands.WORDS
GROUPS = {"mine": ("Assigned to me", "plain", "person"), **BANDS}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows of the desk the address asks for; unknown words are ignored."""

    kinds: frozenset[str]
    words: str
    band: str
    view: str
    limit: int
    team: bool

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        kinds = frozenset(given.getlist("k")) & frozenset(KINDS)
        shown = given.get("show", "")
        return cls(
            kinds=kinds or frozenset(KINDS),
            words=given.get("f", "").strip().replace("\x00", "")[:200],
            band=given.get("band", "") if given.get("band") in BANDS else "",
            view=given.get("view", "") if given.get("view") in VIEWS else "",
            limit=min(int(shown), 5000)
            if shown.isascii() and shown.isdigit() and int(shown) >= PAGE
            else PAGE,
            team=given.get("team") == "1",
        )

    @property
    def narrow(self) -> bool:
        return bool(self.words or self.band or self.view or self.kinds != frozenset(KINDS))


@dataclass
class Desk:
    """The rows shown, in bands, and every count beside them."""

    groups: list[tuple[str, list[Row], int]]  # what is assigned to the reader, then a band each
    by_band: dict[str, int]
    by_kind: dict[str, int]
    by_view: dict[str, int]
    colleagues: int = 0  # what colleagues hold, hidden or not
    nearest: dict[str, date] = field(default_factory=dict)
    most: int = 0  # how many cases were read where there may be more

    @property
    def total(self) -> int:
        return sum(self.by_band.values())

    @property
    def shown(self) -> int:
        return sum(len(rows) for _, rows, _ in self.groups)

    @property
    def more(self) -> int:
        return sum(count for _, _, count in self.groups) - self.shown


def band_of(row: Row, *, on: date) -> str:
    """Which deadline band a row stands in; without a date it is later."""
    if row.paused:
        return "paused"
    if row.due_on is None:
        return "later"
    days = (row.due_on - on).days
    return "late" if days < 0 else "today" if days == 0 else "week" if days <= 7 else "later"


def desk(user: User, *, filters: Filters, on: date) -> Desk:
    """Everything the user can act on, filtered and cut to `filters.limit` rows: what is assigned to them first.

    What a colleague holds is left out but for the team. Counts are of all that fits the words typed, the kinds and
    the view, whatever is cut away.
    """
    cases = list(steps.cases(user))
    found = [
        row
        for row in chain(
            steps.case_rows(cases, user=user, on=on), rows_of.duty_rows(user, on=on),
            rows_of.question_rows(user, on=on), rows_of.condition_rows(user, on=on),
            rows_of.expiring_rows(user, on=on), rows_of.import_rows(user, on=on),
        )
        if row.has(filters.words)
    ]  # fmt: skip
    others = [row for row in found if filters.team or not row.colleague]
    hits = rows_of.hits_to_do(user, words=filters.words)
    counted = rows_of.hit_counts(hits, user, on=on, team=filters.team)
    colleagues = sum(row.colleague for row in found) + counted["colleague"]
    by_kind = {kind: sum(row.kind == kind for row in others) for kind in KINDS} | {"hit": counted["all"]}
    seen = [row for row in others if row.kind in filters.kinds and filters.view != "strong"]
    by_view = {
        "": len(others) + counted["all"], "strong": counted["strong"],
        "second": counted["second"] + sum(row.second for row in others),
    }  # fmt: skip
    if not filters.team:
        hits = hits.exclude(rows_of.assigned(user)[1])
    if filters.view == "second":
        seen = [row for row in seen if row.second]
        hits = hits.filter(status="proposed")
    elif filters.view == "strong":
        hits = hits.filter(band="strong")
    if filters.view:
        counted = rows_of.hit_counts(hits, user, on=on, team=filters.team)
    if "hit" not in filters.kinds:
        hits, counted = hits.none(), dict.fromkeys(counted, 0)
    shown = rows_of.hit_rows(rows_of.in_band(hits, filters.band, on=on), user, on=on, limit=filters.limit)
    groups, by_band, nearest = _grouped(seen, shown, counted, filters, on=on)
    most = len(cases) if len(cases) == rows_of.CASES else 0
    return Desk(groups, by_band, by_kind, by_view, colleagues, nearest, most)


def _grouped(
    seen: list[Row], hits: list[Row], counted: dict[str, int], filters: Filters, *, on: date
) -> tuple[list[tuple[str, list[Row], int]], dict[str, int], dict[str, date]]:
    """The rows in their groups, how many stand in each band, and the nearest day of each band shown."""
    stands = {id(row): band_of(row, on=on) for row in (*seen, *hits)}
    by_band, mine = dict.fromkeys(BANDS, 0), dict.fromkeys(BANDS, 0)
    for row in seen:
        by_band[stands[id(row)]] += 1
        mine[stands[id(row)]] += row.mine
    for band in BANDS:
        by_band[band] += counted.get(band, 0)
        mine[band] += counted.get(f"mine_{band}", 0)
    ordered = sorted(seen + hits, key=lambda row: (not row.mine, stands[id(row)] == "paused", *row.order))
    if filters.band:
        ordered = [row for row in ordered if stands[id(row)] == filters.band]
    ordered = ordered[: filters.limit]
    bands = [band for band in BANDS if filters.band in ("", band)]
    groups = [("mine", [row for row in ordered if row.mine], sum(mine[band] for band in bands))] + [
        (
            band,
            [row for row in ordered if stands[id(row)] == band and not row.mine],
            by_band[band] - mine[band],
        )
        for band in bands
    ]
    nearest: dict[str, date] = {}
    for row in ordered:
        if row.due_on:
            nearest[stands[id(row)]] = min(row.due_on, nearest.get(stands[id(row)], row.due_on))
    return [group for group in groups if group[2]], by_band, nearest


@login_required
def work(request: HttpRequest) -> HttpResponse:
    """My work: what I can act on, nearest deadline first."""
    user: User = request.user  # type: ignore[assignment]
    on = timezone.localdate()
    filters = Filters.read(request.GET)
    shown = desk(user, filters=filters, on=on)
    stale = lists.stale(on=on) if roles.may(user, "list.read") else []
    context = {
        "desk": shown,
        "filters": filters,
        "bands": [_band(name, shown, given=request.GET, current=filters.band, on=on) for name in BANDS],
        "groups": [(name, *GROUPS[name], rows, count) for name, rows, count in shown.groups],
        "team_url": _address(request.GET, team="" if filters.team else "1"),
        "tabs": [
            {"words": words, "url": _address(request.GET, view=view, band=""), "current": filters.view == view,
             "count": shown.by_view[view]}
            for view, words in VIEWS.items()
        ],
        "kinds": [
            {"value": kind, "words": words, "count": shown.by_kind[kind], "checked": kind in filters.kinds}
            for kind, words in KINDS.items()
            if shown.by_kind[kind] or kind in filters.kinds != frozenset(KINDS)
        ],
        "stale": stale,
        "stale_blocks": any(source.when_stale == "block" for source in stale),
        "may_import": roles.may(user, "list.import"),
        "may_review": roles.may(user, "list.house"),
        "may_file": roles.may(user, "application.file"),
        "may_reassign": roles.may(user, "draft.reassign") and not roles.may(user, "application.read"),
        "more_url": _address(request.GET, show=str(filters.limit + PAGE)),
    }  # fmt: skip
    return render(request, "licenses/work.html", context)


def _address(given: QueryDict, **changed: str) -> str:
    kept = given.copy()
    kept.pop("page", None)
    for name, value in changed.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    return f"?{kept.urlencode()}"


def _band(name: str, shown: Desk, *, given: QueryDict, current: str, on: date) -> dict[str, object]:
    words, tone, icon = BANDS[name]
    number, nearest = shown.by_band[name], shown.nearest.get(name)
    note = {
        "late": f"oldest {short_day(nearest, on)}" if nearest else "",
        "today": day(on),
        "later": f"next on {short_day(nearest, on)}" if nearest else "",
    }.get(name, "")
    return {
        "words": words, "number": number, "icon": icon, "note": note,
        "tone": tone if number else "plain",
        "url": _address(given, band="" if current == name else name, show=""),
        "current": current == name,
    }  # fmt: skip


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Parties, applications, licenses and items by name or number; an exact number opens its page."""
    user: User = request.user  # type: ignore[assignment]
    words = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200]
    exact = words.upper()
    if exact and Application.objects.for_user(user).filter(number=exact).exists():
        return redirect("licenses:application", number=exact)
    if exact and License.objects.for_user(user).filter(number=exact).exists():
        return redirect("licenses:license", number=exact)
    return render(request, "licenses/search.html", {"words": words, **(find(user, words) if words else {})})


def find(user: User, words: str) -> dict[str, list[object]]:
    """Up to 20 of each kind that the user may see. Four queries at most."""
    may = roles.permissions_of(user)
    reference = words[1:].lstrip("0") if words[:1] in "Pp" else ""
    named = (
        Q(name__icontains=words) | Q(names__text__icontains=words) | Q(identifiers__value__iexact=words)
        | (Q(pk=int(reference)) if reference.isascii() and reference.isdigit() and len(reference) < 16 else Q())
    )  # fmt: skip
    people = Party.objects.for_user(user).filter(named).order_by("name", "pk").distinct()
    cases = Application.objects.for_user(user).filter(
        Q(number__istartswith=words) | Q(external_number__iexact=words) | Q(applicant__name__icontains=words)
        | Q(roles__party__name__icontains=words) | Q(lines__eccn__istartswith=words)
    ).select_related("applicant").order_by("-pk").distinct()  # fmt: skip
    licenses = License.objects.for_user(user).filter(
        Q(number__istartswith=words) | Q(application__applicant__name__icontains=words)
        | Q(lines__eccn__istartswith=words)
    ).select_related("application__applicant").order_by("-pk").distinct()  # fmt: skip
    items = Item.objects.filter(
        Q(part_number__icontains=words) | Q(name__icontains=words) | Q(eccn__istartswith=words)
    ).order_by("part_number")  # fmt: skip
    return {
        "parties": list(people[:FOUND]) if "party.read" in may else [],
        "cases": list(cases[:FOUND]) if "application.read" in may else [],
        "licenses": list(licenses[:FOUND]) if "license.read" in may else [],
        "items": list(items[:FOUND]) if "application.read" in may else [],
    }
