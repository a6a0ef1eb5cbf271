"""Applications: the list, a new one, a copy, and the form of a draft."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from entities.models import Party
from entities.views import kept
from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User
from exportctl.transitions import Blocker

from .. import applications, queues, waits, workers
from ..forms.draft import StartForm, party_label
from ..lanes import bodies_of
from ..models import Application, ApplicationLine, ApplicationParty, Body, Kind, PartyRole, Route
from ..models.applications import ApplicationQuerySet
from ..workflow import CLOCKED, UNDER_WAY, WORDS, Status
from .page import older, page, user_of

GRANTED = (Status.APPROVED, Status.APPROVED_CONDITIONS)
REFUSED = (Status.INTENT_TO_DENY, Status.DENIED, Status.APPEAL)
DECIDED = (*GRANTED, Status.DENIED, Status.RETURNED)
GROUPS: dict[str, tuple[str, tuple[Status, ...]]] = {
    "open": ("Open", UNDER_WAY),
    "draft": ("Drafts", (Status.DRAFT,)),
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
MOST = 1000  # closed cases a count of a kept view looks at
CHOICES = 200  # parties and items offered without script; typing finds the others


def listed(user: User) -> ApplicationQuerySet:
    """What a row of the queue shows, in one query; the names of people come with `queues.opened`."""
    total = ApplicationLine.objects.filter(application=OuterRef("pk")).order_by().values("application")
    abroad = ApplicationParty.objects.filter(
        application=OuterRef("pk"), role__in=(PartyRole.ULTIMATE_CONSIGNEE, PartyRole.END_USER)
    )
    return queues.rows(user).annotate(
        value=Subquery(total.annotate(sum=Sum("total_price")).values("sum")),
        consignees=ArraySubquery(abroad.order_by("pk").values("party__name")),
    )


@page("application.read")
def index(request: HttpRequest) -> HttpResponse:
    """The queue of applications, newest first: whose, in which state, of which party and route, and why each waits."""
    given, user, today = request.GET, user_of(request), timezone.localdate()
    filters = Filters.read(given)
    found, after = older(narrowed(listed(user), filters, user), given.get("before", ""))
    may_assign = roles.may(user, "application.assign")
    company = found[0].applicant_id if found and roles.sees(user) == "own" else None
    people = workers.people(by=user, also=queues.user_ids(found), company=company) if may_assign else None
    cases = queues.opened(found, {each.pk: each for each in people} if people is not None else None)
    counted = queues.counts(user)
    shown = [row_of(case, user, today, may_assign=may_assign) for case in cases]
    bodies = counted.names if roles.sees(user) == "body" else named(cases)
    body = filters.body or (next(iter(bodies), "") if roles.sees(user) == "body" else "")
    takers = workers.takers(people or (), body=body, company=True)
    picks = any(row["pick"] for row in shown)
    if roles.sees(user) == "own":  # a company's filers share out its own cases, among themselves
        takers = [each for each in takers if each.files and picks]
    context = {
        "rows": shown, "after": after, "filters": filters, "today": today, "routes": Route.choices,
        "tabs": [*tabs(user, counted, given), *saved(request, user)],
        "states": [(code, words) for code, (words, _) in GROUPS.items()],
        "bodies": list(bodies.items()) if roles.sees(user) != "own" else [],
        "people": takers, "body": body, "me": user.username, "here": given.urlencode(),
        "picks": picks,
        "may_file": roles.may(user, "application.file"),
        "may_reassign": roles.may(user, "draft.reassign"),
    }  # fmt: skip
    return render(request, "licenses/applications.html", context)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which cases the address asks for; unknown words of the lists are ignored."""

    status: str = ""
    route: str = ""
    party: str = ""
    words: str = ""
    assigned_to: str = ""
    body: str = ""

    @classmethod
    def read(cls, given: QueryDict) -> Filters:
        def typed(name: str) -> str:
            return " ".join(given.get(name, "").replace("\x00", "").split())[:200]

        route, body = typed("route"), typed("body")
        return cls(
            status=typed("status"), route=route if route in Route.values else "", party=typed("party"),
            words=typed("q"), assigned_to=typed("assigned_to"), body=body[:20],
        )  # fmt: skip

    @property
    def narrow(self) -> bool:
        return self != Filters()


def named(cases: list[Application]) -> dict[str, str]:
    """The review bodies that stand, by code, as the query of the rows read them; the agencies where there is no row."""
    if not cases:
        return dict(Body.choices)
    on = timezone.localdate()
    return {code: each.name for code, each in bodies_of(cases[0]).items() if each.stands(on)}


def tabs(user: User, counted: queues.Counts, given: QueryDict) -> list[dict[str, Any]]:
    """The queues of the team and of the person, each with what waits there and an address to share."""
    told: list[tuple[str, str, int | None]] = [("Everything", "", None)]
    if roles.sees(user) == "body":
        told += [
            (f"{counted.names[body]}’s lanes", f"body={body}", count) for body, count in counted.lanes.items()
        ]
        told.append(("Mine", "assigned_to=me&status=open", counted.mine))
        told += [
            (f"Unassigned at {counted.names[body]}" if len(counted.lanes) > 1 else "Unassigned",
             f"body={body}&assigned_to=none", counted.nobody if len(counted.lanes) == 1 else None)
            for body in counted.lanes
        ]  # fmt: skip
    else:
        told.append(("Open", "status=open", counted.open))
        told.append(("Mine", "assigned_to=me&status=open", counted.mine))
        told.append(("Unassigned", "assigned_to=none&status=open", counted.nobody))
    here = given.copy()
    here.pop("before", None)
    found: list[dict[str, Any]] = [
        {"words": words, "url": f"?{query}", "current": here == QueryDict(query), "count": count}
        for words, query, count in told
    ]
    if roles.may(user, "application.assign"):
        found.append({"words": "By person", "url": reverse("licenses:applications-people"), "icon": "person"})
    return found


def saved(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """The person's own views of the queue, each with its count; closed cases are counted up to a thousand."""

    def rows(given: QueryDict) -> QuerySet[Application]:
        return narrowed(Application.objects.for_user(user), Filters.read(given), user)

    return kept.tabs(request, "licenses:applications", words="", rows=rows, most=MOST)[1:]


def row_of(case: Application, user: User, on: date, *, may_assign: bool) -> dict[str, Any]:
    """A case as the queue tells it; what an agency decided is told as the agency's."""
    words = case.status_words
    if case.route == Route.COMPANY and case.status in DECIDED:
        words = f"The agency: {words.lower()}"
    known = queues.figures(case, user=user, on=on)
    lanes = known.lanes + known.own
    own = [lane for lane in lanes if lane.mine and lane.state == "waiting"]
    lane = min(own, key=lambda each: each.due_on, default=None)
    open_here = may_assign and case.status in UNDER_WAY and known.review
    taken = lane.holder_id if lane else known.holder_id
    reviewer = roles.sees(user) == "body"
    return {
        "case": case,
        "words": words,
        "tone": TONES.get(Status(case.status), "plain"),
        "why": waits.why(known),
        "due_on": None if case.status not in CLOCKED else lane.due_on if lane else known.ends_on,
        "paused": known.stopped[0] if known.stopped and case.status in CLOCKED else "",
        "parties": list(dict.fromkeys(case.consignees)),  # type: ignore[attr-defined]
        "review": known.review,
        "holders": [(each.title, each.holder) for each in lanes if each.holder and each.state == "waiting"],
        "pick": open_here and (bool(lane) or not reviewer),
        "take": open_here and taken is None and (bool(lane) or not reviewer),
        "body": lane.body if lane else "",
    }


def narrowed(found: ApplicationQuerySet, asked: Filters, user: User) -> QuerySet[Application]:
    """The list under the filters of its address."""
    parties = ApplicationParty.objects.filter(application=OuterRef("pk"))
    if asked.status:
        known = GROUPS[asked.status][1] if asked.status in GROUPS else {asked.status} & set(WORDS)
        found = found.filter(status__in=known)
    if asked.route:
        found = found.filter(route=asked.route)
    if asked.party.isdecimal() and len(asked.party) < 19:
        found = found.filter(Exists(parties.filter(party_id=int(asked.party))))
    if asked.words:
        found = found.named(asked.words)
    return queues.narrowed(found, assigned_to=asked.assigned_to, body=asked.body, by=user)


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
