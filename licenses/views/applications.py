"""Applications: the list, a new one, a copy, and the form of a draft."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from entities.models import Party
from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User
from exportctl.transitions import Blocker

from .. import applications, clocks
from ..forms.draft import StartForm, party_label
from ..models import Application, ApplicationLine, ApplicationParty, Kind, PartyRole, Route
from ..workflow import CLOCKED, PENDING, WORDS, Status
from .page import asked, older, page, user_of

GRANTED = (Status.APPROVED, Status.APPROVED_CONDITIONS)
REFUSED = (Status.INTENT_TO_DENY, Status.DENIED, Status.APPEAL)
DECIDED = (*GRANTED, Status.DENIED, Status.RETURNED)
GROUPS: dict[str, tuple[str, tuple[Status, ...]]] = {
    "": ("All", tuple(Status)),
    "draft": ("Drafts", (Status.DRAFT,)),
    "pending": ("Pending", PENDING),
    "approved": ("Approved", GRANTED),
    "denied": ("Denied or intended", REFUSED),
    "ended": ("Returned or withdrawn", (Status.RETURNED, Status.RETURNED_UNREGISTERED, Status.WITHDRAWN)),
}
TONES = {
    Status.DRAFT: "plain",
    Status.INTENT_TO_DENY: "late",
    Status.APPROVED: "good",
    Status.APPROVED_CONDITIONS: "good",
    Status.DENIED: "late",
    Status.APPEAL: "late",
    Status.RETURNED: "soon",
    Status.RETURNED_UNREGISTERED: "soon",
    Status.WITHDRAWN: "plain",
}
CHOICES = 200  # parties and items offered without script; typing finds the others


def listed(user: User) -> QuerySet[Application]:
    """What a row of the list shows, in three queries."""
    total = ApplicationLine.objects.filter(application=OuterRef("pk")).order_by().values("application")
    abroad = ApplicationParty.objects.filter(role__in=(PartyRole.ULTIMATE_CONSIGNEE, PartyRole.END_USER))
    return (
        Application.objects.for_user(user)
        .select_related("applicant")
        .annotate(value=Subquery(total.annotate(sum=Sum("total_price")).values("sum")))
        .prefetch_related(Prefetch("roles", abroad.select_related("party").order_by("pk")), "stops")
    )


@page("application.read")
def index(request: HttpRequest) -> HttpResponse:
    """The applications in sight, newest first, by status, words, party and route."""
    given = request.GET
    rows, after = older(narrowed(listed(user_of(request)), request), given.get("before", ""))
    today = timezone.localdate()
    shown = [row_of(case) for case in rows]
    tabs = [
        {
            "words": words,
            "url": f"?status={code}" if code else "?",
            "current": code == given.get("status", ""),
        }
        for code, (words, _) in GROUPS.items()
    ]
    context = {
        "rows": shown,
        "after": after,
        "tabs": tabs,
        "given": given,
        "routes": Route.choices,
        "today": today,
    }
    context["may_file"] = roles.may(user_of(request), "application.file")
    context["may_reassign"] = roles.may(user_of(request), "draft.reassign")
    return render(request, "licenses/applications.html", context)


def row_of(case: Application) -> dict[str, Any]:
    """A case as the list tells it; what an agency decided is told as the agency's."""
    words = case.status_words
    if case.route == Route.COMPANY and case.status in DECIDED:
        words = f"The agency: {words.lower()}"
    parties = {role.party_id: role.party.name for role in case.roles.all()}
    return {
        "case": case,
        "words": words,
        "tone": TONES.get(Status(case.status), "plain"),
        "due_on": due_on(case),
        "parties": parties.values(),
    }


def narrowed(found: QuerySet[Application], request: HttpRequest) -> QuerySet[Application]:
    """The list under the filters of its address."""
    status, route, party, wanted = (asked(request, name) for name in ("status", "route", "party", "q"))
    parties = ApplicationParty.objects.filter(application=OuterRef("pk"))
    if status:
        found = found.filter(status__in=GROUPS[status][1] if status in GROUPS else {status} & set(WORDS))
    if route in Route.values:
        found = found.filter(route=route)
    if party.isdecimal():
        found = found.filter(Exists(parties.filter(party_id=int(party))))
    if wanted:
        named = Q(applicant__name__icontains=wanted) | Exists(parties.filter(party__name__icontains=wanted))
        found = found.filter(Q(number__iexact=wanted) | named)
    return found


def due_on(case: Application) -> Any:
    """Day 90 of a running case; None without a clock. Reads `stops`."""
    if case.registered_at is None or case.status not in CLOCKED:
        return None
    stops = [
        clocks.Stop(
            timezone.localdate(stop.started_at),
            stop.ended_at and timezone.localdate(stop.ended_at),
            stop.reason,
        )
        for stop in case.stops.all()
    ]
    return clocks.read(
        registered_on=timezone.localdate(case.registered_at), stops=stops, on=timezone.localdate()
    ).due_on


@page("application.file")
def new(request: HttpRequest) -> HttpResponse:
    """Start a draft for a company."""
    user = user_of(request)
    own = (
        Party.objects.filter(members__user=user).order_by("name")
        if roles.sees(user) == "own"
        else Party.objects.none()
    )
    form = StartForm(request.POST or None, user=user, companies=own, initial=start_values(own))
    refused: tuple[Blocker, ...] = ()
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                case = applications.start(**form.cleaned_data, by=user, at=timezone.now())
                return redirect("licenses:application-edit", case.number)
            except Refused as no:
                refused, status = no.blockers, no.status_code
    context = {"form": form, "refused": refused, "parties": [] if own else offered_parties(user)}
    return render(request, "licenses/application_new.html", context, status=status)


def start_values(own: Iterable[Party]) -> dict[str, str]:
    """What is plain already: the only company of a filer."""
    companies = list(own)
    return {"kind": Kind.EXPORT} | ({"applicant": party_label(companies[0])} if len(companies) == 1 else {})


@page("application.file")
@require_POST
def copy(request: HttpRequest, number: str) -> HttpResponse:
    """A new draft with the parties, items and answers of an earlier case."""
    earlier = get_object_or_404(Application.objects.for_user(user_of(request)), number=number)
    case = applications.copy(application=earlier, by=user_of(request), at=timezone.now())
    shell.say(request, f"Everything is copied from {number}. Change what differs, then certify.")
    return redirect("licenses:application-edit", case.number)


def offered_parties(user: User) -> list[str]:
    """The parties last changed, as the lists without script offer them."""
    return [party_label(party) for party in Party.objects.for_user(user).order_by("-pk")[:CHOICES]]
