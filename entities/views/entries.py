"""Pages on list entries: what the lists say of whom, today or on any day."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles
from exportctl.models import User
from exportctl.models.order import in_order

from .. import lists, looks, masking
from ..models import Hit, LegalEffect, ListChange, ListCode, ListedParty, Listing, VersionState
from . import kept, wording
from .parties import day_of

ROWS = 50
CHANGES = 20
SHOWN = {name: title for name, title in wording.WHO.items() if name not in ("name", "countries")}


def find(
    user: User, *, words: str = "", code: str = "", source: str = "", on: Any = None
) -> QuerySet[ListedParty]:
    """The entries a user sees, by part of a name or alias, list and source: on a list now, or in effect `on`."""
    found = ListedParty.objects.seen_by(user)
    found = found.as_of(on) if on else found.current()
    if words:
        found = found.alias(aliases=Cast("names", TextField())).filter(
            Q(name__icontains=words) | Q(aliases__icontains=words)
        )
    if code:
        found = found.filter(Exists(Listing.objects.filter(listed_party=OuterRef("pk"), list=code)))
    return found.filter(source=source) if source else found


def asked(given: QueryDict) -> tuple[str, str, Any]:
    """(words, list, day) that an address asks for; unknown ones are ignored."""
    words = " ".join(given.get("q", "").replace("\x00", "").split())[:200]
    code = given.get("list", "")
    return words, code if code in ListCode.values else "", day_of(given.get("as_of", ""))


def _found(user: User, given: QueryDict) -> Any:
    words, code, on = asked(given)
    return find(user, words=words, code=code, source=given.get("source", "")[:20], on=on)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Entries by name, list and day."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.read")
    words, code, on = asked(request.GET)
    found = (
        _found(user, request.GET)
        .select_related("source")
        .prefetch_related(*in_order(ListedParty, "listings"), "listings__added_in")
        .order_by("name", "pk")
    )
    page = Paginator(found, ROWS).get_page(request.GET.get("page"))
    day = on or timezone.localdate()
    context = {
        "page": page, "rows": [(party, holding(party, day)) for party in page.object_list], "words": words,
        "code": code, "lists": ListCode.choices, "on": on, "day": day, "narrow": bool(words or code or on),
        "here": request.GET.urlencode(),
        "tabs": kept.tabs(request, "entities:entries", words="All entries", rows=lambda given: _found(user, given)),
    }  # fmt: skip
    return render(request, "entities/entries.html", context)


def holding(party: ListedParty, on: Any) -> list[tuple[Listing, LegalEffect]]:
    """The listings of an entry that are announced or in effect on a day; where none is, all of them."""
    told = [(one, one.legal_effect(on=on)) for one in party.listings.all()]
    return [pair for pair in told if pair[1] in (LegalEffect.ANNOUNCED, LegalEffect.IN_EFFECT)] or told


def load(request: HttpRequest, pk: int) -> ListedParty:
    """The entry with its listings, or 404 where the user does not see it."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.read")
    loaded = Listing.objects.select_related("added_in", "removed_in", "missing_in").order_by("pk")
    seen = ListedParty.objects.seen_by(user).select_related("source")
    return get_object_or_404(seen.prefetch_related(Prefetch("listings", loaded)), pk=pk)


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """An entry on a day: where it stands in law, what its list said of it, what changed, whom of ours it met."""
    return show(request, load(request, pk))


@login_required
@require_POST
def full(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with birth dates, document numbers and remarks of a person, this once; who looked is logged."""
    party = load(request, pk)
    looks.reveal(listed_party=party, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return show(request, party, full=True)


def show(request: HttpRequest, party: ListedParty, *, full: bool = False) -> HttpResponse:
    """The page of an entry. `full`: nothing is masked."""
    user: User = request.user  # type: ignore[assignment]
    today = timezone.localdate()
    given = day_of(request.GET.get("as_of", ""))
    on = given or today
    listings = list(party.listings.all())
    contents = lists.contents_on(listings, on)
    told = [(one, contents[one.pk], one.legal_effect(on=on)) for one in reversed(listings)]
    shown = next((content for _, content, state in told if state == LegalEffect.IN_EFFECT), None)
    content = shown or (told[0][1] if told else {})
    person = masking.is_person(party.kind, party.birth_dates)
    masked, changes = person and not full, _changes(party)
    if masked:
        content = masking.entry(content)
        for change in changes:
            change.fields = masking.fields(change.fields)
    context = {
        "party": party, "on": on, "today": today, "asked": given is not None,
        "listings": [(one, wording.facts(said, wording.WHAT), state) for one, said, state in told],
        "name": content.get("name", party.name), "facts": wording.facts(content, SHOWN),
        "masked": masked, "may_see": roles.may(user, looks.PERMISSION),
        "states": {state.value: [one for one, _, each in told if each == state] for state in LegalEffect},
        "changes": [(each, wording.differing(each.fields)) for each in changes],
        "linked": _linked(party, user), "hits": _hits(party, user),
    }  # fmt: skip
    return render(request, "entities/entry.html", context)


def _changes(party: ListedParty) -> list[ListChange]:
    """What versions in force changed of an entry, the newest first."""
    found = ListChange.objects.filter(
        version__source=party.source_id, version__state=VersionState.PUBLISHED, key=party.key
    )
    return list(found.select_related("version").order_by("-version__number")[:CHANGES])


def _linked(party: ListedParty, user: User) -> list[ListedParty]:
    same = lists.linked([party])[party.pk]
    return same if roles.may(user, "confidential.read") else [one for one in same if not one.confidential]


def _hits(party: ListedParty, user: User) -> list[Hit]:
    if not roles.may(user, "party.read"):
        return []
    return list(
        Hit.objects.for_user(user)
        .filter(listed_party=party)
        .select_related("party")
        .order_by("-score")[:ROWS]
    )
