"""Pages on our parties: the list, one party with its standing on a day, its form, and live screening."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.countries import COUNTRIES
from exportctl.errors import Conflict, Refused
from exportctl.models import Event, User

from .. import lists, looks, masking, outcomes, parties, screening, worlds
from ..forms import PartyForms
from ..models import Hit, HitOutcome, HitStatus, Listing, Party, Screening, Trigger
from . import kept
from .compare import names_of
from .standing import chart, first_of_each, standings_of

ROWS = 50
OPTIONS = 12
REFERENCE = re.compile(r"\bP0*(\d{1,15})\b\)?\s*$")
STATES = {
    "current": ("No new match by name", "plain", "good"),
    "missing": ("Not screened yet", "soon", "soon"),
    "stale": ("Older than the lists or its facts", "soon", "warn"),
    "failed": ("Screening failed", "late", "no"),
}
STATUS = {
    "": "All",
    "open": "With open hits",
    "listed": "True match",
    "missing": "Not screened",
    "stale": "To be screened again",
    "failed": "Screening failed",
}
WORDS = {
    "party.registered": ("Registered", "plus"),
    "party.changed": ("Changed", "info"),
    "party.screened": ("Screened", "good"),
    "party.screening_failed": ("Screening could not run", "no"),
    "party.member_added": ("Someone acts for it", "person"),
}


def find(user: User, *, words: str = "", country: str = "", status: str = "") -> QuerySet[Party]:
    """The parties a user sees, by name, alias, number or reference, country and screening status."""
    found = Party.objects.for_user(user)
    if words:
        reference = REFERENCE.search(words)
        found = found.filter(
            Q(name__icontains=words) | Q(names__text__icontains=words) | Q(identifiers__value__iexact=words)
            | (Q(pk=int(reference[1])) if reference else Q())
        ).distinct()  # fmt: skip
    if country:
        found = found.filter(country=country)
    latest = Screening.objects.filter(party=OuterRef("pk")).order_by("-pk")
    hits = Hit.objects.filter(party=OuterRef("pk"))
    if status == "open":
        return found.filter(Exists(hits.unresolved()))
    if status == "listed":
        return found.filter(Exists(hits.filter(status=HitStatus.CLOSED, outcome=HitOutcome.TRUE_MATCH)))
    if status == "missing":
        return found.filter(~Exists(latest))
    if status == "failed":
        return found.annotate(error=Subquery(latest.values("error")[:1])).exclude(Q(error="") | Q(error=None))
    if status == "stale":
        current = latest.filter(
            facts_version=OuterRef("facts_version"), world=lists.current_world(), error=""
        )
        last = found.annotate(last=Subquery(latest.values("pk")[:1])).exclude(last=None)
        return last.annotate(fresh=Subquery(current.values("pk")[:1])).exclude(fresh__isnull=False)
    return found


def asked(given: QueryDict) -> tuple[str, str, str]:
    """(words, country, status) that an address asks for; unknown ones are ignored."""
    words = " ".join(given.get("q", "").replace("\x00", "").split())[:200]
    country, status = given.get("country", ""), given.get("status", "")
    return words, country if country in COUNTRIES else "", status if status in STATUS else ""


def _found(user: User, given: QueryDict) -> Any:
    words, country, status = asked(given)
    return find(user, words=words, country=country, status=status)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The parties one sees, with their screening state and open hits."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    words, country, status = asked(request.GET)
    found = (
        _found(user, request.GET)
        .annotate(
            unjudged=Count("hits", filter=~Q(hits__status=HitStatus.CLOSED), distinct=True),
            matched=Count(
                "hits",
                filter=Q(hits__status=HitStatus.CLOSED, hits__outcome=HitOutcome.TRUE_MATCH),
                distinct=True,
            ),
        )
        .order_by("name", "pk")
    )
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    states = screening.states(page.object_list)
    context = {
        "page": page, "rows": [(party, *state_of(party, states[party.pk])) for party in page.object_list],
        "words": words, "country_code": country, "status": status,
        "countries": sorted(COUNTRIES.items(), key=lambda pair: pair[1]), "statuses": STATUS.items(),
        "may_register": roles.may(user, "party.register"), "narrow": bool(words or country or status),
        "here": request.GET.urlencode(),
        "tabs": kept.tabs(request, "entities:parties", words="All parties", rows=lambda given: _found(user, given)),
    }  # fmt: skip
    return render(request, "entities/parties.html", context)


def state_of(party: Any, state: str) -> tuple[str, str, str]:
    """The chip of a party: what matters most of its hits and its screening, in words, tone and icon."""
    if party.unjudged:
        return (f"{party.unjudged} hit{'' if party.unjudged == 1 else 's'} to judge", "soon", "warn")
    if state == "current" and party.matched:
        return ("True match", "late", "no")
    return STATES[state]


def load(request: HttpRequest, pk: int) -> Party:
    """The party with its facts, or 404 where the user does not see it."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    return get_object_or_404(Party.objects.for_user(user).with_facts().select_related("created_by"), pk=pk)


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A party: who it is, where it stands on a day, its hits, screenings and events."""
    return show(request, load(request, pk))


@login_required
@require_POST
def full(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with the numbers of a person in full, this once; who looked is logged."""
    party = load(request, pk)
    looks.reveal(party=party, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return show(request, party, full=True)


def show(request: HttpRequest, party: Party, *, full: bool = False) -> HttpResponse:
    """The page of a party. `full`: nothing is masked."""
    user: User = request.user  # type: ignore[assignment]
    today = timezone.localdate()
    on = day_of(request.GET.get("on", "")) or today
    hits = list(_hits(user, party))
    standings = [each for hit in hits for each in standings_of(hit)]
    holding = [each for each in standings if each.confirmed and each.holds(on)]
    screenings = list(party.screenings.order_by("-pk")[:10])
    told = screening.conclude(party, on=today, by=user)
    state = told.state
    masked = party.kind == masking.PERSON and not full
    context = {
        "party": party, "outcome": told.outcome, "on": on, "hits": hits,
        "numbers": [(one, masking.masked(one.value) if masked else one.value) for one in party.identifiers.all()],
        "masked": masked and bool(party.identifiers.all()), "may_see": roles.may(user, looks.PERMISSION),
        "unjudged": sum(hit.status != HitStatus.CLOSED for hit in hits),
        "standings": [(each, each.holds(on), each.announced(on)) for each in standings],
        "holding": first_of_each(holding),
        "confirmed": any(each.confirmed for each in standings),
        "announced": first_of_each([each for each in standings if each.confirmed and each.announced(on)]),
        "chart": chart(standings, on=on, today=today), "screenings": screenings, "state": state,
        "state_chip": state_of(_Counted(hits), state), "last": screenings[0] if screenings else None,
        "events": _timeline(party), "may_change": roles.may(user, "party.change"),
        "may_screen": roles.may(user, "screening.run"), "may_file": roles.may(user, "application.file"),
    }  # fmt: skip
    return render(request, "entities/party.html", context)


class _Counted:
    """The counts of hits that `state_of` reads."""

    def __init__(self, hits: list[Hit]) -> None:
        self.unjudged = sum(hit.status != HitStatus.CLOSED for hit in hits)
        self.matched = sum(
            hit.status == HitStatus.CLOSED and hit.outcome == HitOutcome.TRUE_MATCH for hit in hits
        )


def _hits(user: User, party: Party) -> QuerySet[Hit]:
    listings = Prefetch(
        "listed_party__listings", queryset=Listing.objects.select_related("added_in").order_by("pk")
    )
    found = Hit.objects.for_user(user).filter(party=party)
    weight = Case(
        When(status=HitStatus.CLOSED, outcome=HitOutcome.FALSE_POSITIVE, then=2),
        When(status=HitStatus.CLOSED, then=1),
        default=0,
    )
    loaded = found.select_related("listed_party", "proposed_by", "agreed_by").prefetch_related(listings)
    return loaded.order_by(weight, "-score", "pk")


def _timeline(party: Party) -> list[dict[str, Any]]:
    found = Event.objects.filter(object_type="entities.party", object_id=str(party.pk))
    events = list(found.order_by("-seq")[:20])
    names = names_of(events)
    return [
        {
            "at": event.at,
            "title": WORDS.get(event.verb, (event.verb, "soon"))[0],
            "icon": WORDS.get(event.verb, ("", "soon"))[1],
            "words": _told(event),
            "note": names.get(event.actor_id, "") + (", entered late" if event.is_late else ""),
        }
        for event in events
    ]


def _told(event: Event) -> str:
    data = event.data.get("data", {})
    if event.verb == "party.changed":
        return ", ".join(sorted(data.get("after", {})))
    if event.verb == "party.screened":
        met = data.get("hits", 0)
        return f"{met} {'entry' if met == 1 else 'entries'} met, {data.get('opened', 0)} new; {data.get('world', '')}"
    return str(data.get("error") or data.get("user") or "")


def day_of(text: str) -> date | None:
    """The day a text names (YYYY-MM-DD); None where it names none."""
    try:
        return parse_date(text)
    except ValueError:
        return None


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Register a party; a name already known in the country is shown before it is registered twice."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.register")
    forms = PartyForms(request.POST or None)
    if request.method != "POST" or forms.adds or not forms.is_valid():
        return _form(request, forms, status=400 if request.POST and not forms.adds else 200)
    facts = forms.facts()
    alike = [] if request.POST.get("sure") else duplicates(user, name=facts["name"], country=facts["country"])
    if alike:
        return _form(request, forms, alike=alike, status=409)
    try:
        party = parties.register(**facts, by=user, at=timezone.now())
    except Refused as refused:
        forms.refuse(refused)
        return _form(request, forms, status=refused.status_code)
    shell.say(request, f"{party.name} is registered. It is screened within a minute.")
    return redirect("entities:party", pk=party.pk)


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a party; someone else's change meanwhile is shown beside what was typed."""
    party = load(request, pk)
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.change")
    forms = PartyForms(request.POST or None, party=party)
    if request.method != "POST" or forms.adds or not forms.is_valid():
        return _form(request, forms, party=party, status=400 if request.POST and not forms.adds else 200)
    version = forms.main.cleaned_data["version"] or 0
    try:
        parties.change(party=party, version=version, by=user, at=timezone.now(), **forms.facts())
    except Conflict as conflict:
        return _form(request, forms, party=party, conflict=conflict, status=409)
    except Refused as refused:
        forms.refuse(refused)
        return _form(request, forms, party=party, status=refused.status_code)
    shell.say(request, "Saved. The party is screened again within a minute.")
    return redirect("entities:party", pk=party.pk)


def duplicates(user: User, *, name: str, country: str) -> list[Party]:
    """Parties of like name that the user may see; others stay out of sight."""
    alike = parties.possible_duplicates(name=name, country=country)
    seen = set(
        Party.objects.for_user(user).filter(pk__in=[one.pk for one in alike]).values_list("pk", flat=True)
    )
    return [one for one in alike if one.pk in seen]


def _numbers(party: Party | None) -> str:
    masked = (
        "; masked: a number left as it is stays what it was" if party and party.kind == masking.PERSON else ""
    )
    return f"Registration, tax or passport numbers{masked}"


def _form(
    request: HttpRequest, forms: PartyForms, *, party: Party | None = None, alike: list[Party] | None = None,
    conflict: Conflict | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "forms": forms, "main": forms.main, "party": party, "alike": alike, "conflict": conflict,
        "sets": [
            ("names", "Other names", "Aliases, former names and names in their own script", forms.sets["names"]),
            ("addresses", "Addresses", "The country of each is needed", forms.sets["addresses"]),
            ("identifiers", "Numbers", _numbers(party), forms.sets["identifiers"]),
        ],
    }  # fmt: skip
    return render(request, "entities/party_form.html", context, status=status)


@login_required
@require_POST
def screen(request: HttpRequest, pk: int) -> HttpResponse:
    """Screen a party now, against the lists in force."""
    party = load(request, pk)
    user: User = request.user  # type: ignore[assignment]
    try:
        run = screening.screen(party=party, trigger=Trigger.MANUAL, by=user, at=timezone.now())
    except Refused as refused:
        shell.say(
            request, f"Screening could not run: {refused} This is not “no match”.", level=messages.ERROR
        )
    except Exception as error:  # noqa: BLE001  the failed run is on record; the person sees it on the page
        words = f"Screening could not run ({type(error).__name__}). This is not “no match”: decisions wait."
        shell.say(request, words, level=messages.ERROR)
    else:
        entries = f"{run.hits} list {'entry meets' if run.hits == 1 else 'entries meet'} this party"
        shell.say(request, f"Screened against {run.world}: {entries if run.hits else 'no match by name'}.")
    return redirect("entities:party", pk=party.pk)


OUTSIDE = "In this role the Entity List requires no license by itself (748.5(c)-(f)); it is a red flag."


@login_required
def chip(request: HttpRequest) -> HttpResponse:
    """A typed name screened live, or a chosen party as it stands: one small part of a page."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    given = next(
        (value for key, value in request.GET.items() if key.endswith(("party", "name")) and value), ""
    )
    text = " ".join(str(given).replace("\x00", "").split())[:300]
    reference = REFERENCE.search(text)
    known = find(user, words=reference[0]).filter(pk=int(reference[1])).first() if reference else None
    role = next((value for key, value in request.GET.items() if key.endswith("role")), "")
    more = {"role_note": OUTSIDE if str(role) in outcomes.OUTSIDE else ""}
    if known is not None and screening.state(known) == "current":
        return render(request, "entities/_chip.html", {"party": known, **_standing_now(known), **more})
    text = known.name if known is not None else text
    country = known.country if known is not None else request.GET.get("country", "").upper()
    try:
        matches = (
            worlds.look_up(name=text, country=country if country in COUNTRIES else "", limit=3)
            if text
            else []
        )
        now = worlds.world()
        matches = [match for match in matches if worlds.may_see(match, now, user)]
    except Refused as refused:
        return render(request, "entities/_chip.html", {"refused": refused})
    return render(
        request,
        "entities/_chip.html",
        {"text": text, "matches": matches, "world": lists.current_world(), **more},
    )


def _standing_now(party: Party) -> dict[str, Any]:
    counted = _Counted(list(party.hits.only("status", "outcome")))
    return {"state_chip": state_of(counted, screening.state(party)), "world": lists.current_world()}


@login_required
def options(request: HttpRequest) -> HttpResponse:
    """The options of a typeahead: parties whose name or alias holds what was typed so far."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    typed = next(
        (value for key, value in request.GET.items() if key == "q" or key.endswith(("party", "applicant"))),
        "",
    )
    words = " ".join(str(typed).replace("\x00", "").split())[:200]
    found = find(user, words=words).order_by("name", "pk")[:OPTIONS] if words else []
    return render(request, "entities/_options.html", {"parties": found})
