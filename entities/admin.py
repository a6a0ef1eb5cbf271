"""The admin on parties, lists and hits: read-only records, acts through verbs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from exportctl import roles
from exportctl.models import User
from exportctl.recordadmin import RecordAdmin, Rows, Verb, WithReason

from . import hits, lists, masking, parties
from .models import (
    FullView,
    Hit,
    HitOutcome,
    HitStatus,
    ListedParty,
    Listing,
    ListSource,
    ListVersion,
    Party,
    PartyAddress,
    PartyIdentifier,
    PartyName,
    Screening,
    VersionState,
)
from .versions import PRIVATE


class NameRows(Rows):
    model = PartyName
    fields = ("text", "kind")


class AddressRows(Rows):
    model = PartyAddress
    fields = ("line", "postal_code", "city", "region", "country")


class IdentifierRows(Rows):
    model = PartyIdentifier
    fields = ("kind", "number", "country")

    @admin.display(description="Number")
    def number(self, one: PartyIdentifier) -> str:
        return masking.number(one.party.kind, one.value)


class ListingRows(Rows):
    model = Listing
    fields = (
        "list", "effective_on", "published_on", "date_basis", "missing_in", "ended_on", "policy_code", "citations",
    )  # fmt: skip


class Escalation(forms.Form):
    reason = forms.ChoiceField(choices=[("", "Choose"), *hits.ESCALATIONS.items()])
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="What could not be settled.")
    to = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Whoever agrees to hits")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = roles.persons_who("hit.agree")  # type: ignore[attr-defined]


class Assignment(forms.Form):
    to = forms.ModelChoiceField(User.objects.none(), required=False, empty_label="Nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = roles.persons_who("hit.judge")  # type: ignore[attr-defined]


class NewParty(forms.Form):
    name = forms.CharField(help_text="As registered.")
    country = forms.CharField(max_length=2, help_text="Two letters, ISO 3166, for example DE.")
    city = forms.CharField(required=False)


class Judgment(forms.Form):
    outcome = forms.ChoiceField(choices=[("", "Choose"), *HitOutcome.choices])
    reason = forms.ChoiceField(choices=[])
    differing_fact = forms.CharField(required=False, help_text="Required for a false positive.")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = [("", "Choose"), *((code, each.label) for code, each in hits.REASONS.items())]
        self.fields["reason"].choices = reasons  # type: ignore[attr-defined]


def register(record: None, fields: dict[str, Any], **who: Any) -> None:
    """Register a party with its first address."""
    country, city = fields["country"].upper(), fields["city"]
    addresses = [{"city": city, "country": country}] if city else []
    parties.register(name=fields["name"], country=country, addresses=addresses, **who)


@admin.register(Party)
class PartyAdmin(RecordAdmin):
    reads = "party.read"
    list_display = ("name", "reference", "kind", "country", "changed_at")
    list_filter = ("kind", "country")
    search_fields = ("name", "names__text")
    inlines = (NameRows, AddressRows, IdentifierRows)
    list_verbs = (Verb("register", "Register a party", "party.register", register, NewParty),)

    def workbench(self: Party) -> str:  # type: ignore[override]
        return reverse("entities:party", args=[self.pk])


@admin.register(Hit)
class HitAdmin(RecordAdmin):
    reads = "party.read"
    list_display = ("party", "listed_party", "score", "band", "status", "outcome", "proposed_by", "agreed_by")
    list_filter = ("status", "band", "outcome")
    list_select_related = ("party", "listed_party", "proposed_by", "agreed_by")
    fields = (
        "party", "listed_party", "score", "band", "status", "opened_at", "outcome", "because", "differing_fact",
        "note", "proposed_by", "proposed_at", "agreed_by", "closed_at",
    )  # fmt: skip
    readonly_fields = ("because",)
    confirm = (
        "party", "listed_party", "score", "status", "outcome", "because", "differing_fact", "note", "proposed_by",
    )  # fmt: skip
    verbs = (
        Verb(
            "propose", "Propose a judgment", "hit.judge",
            lambda hit, fields, **who: hits.propose(hit=hit, **fields, **who), Judgment,
            lambda hit, user: hit.status in (HitStatus.OPEN, HitStatus.ESCALATED),
        ),
        Verb(
            "escalate", "Escalate", "hit.judge", lambda hit, fields, **who: hits.escalate(hit=hit, **fields, **who),
            Escalation, lambda hit, user: hit.status in (HitStatus.OPEN, HitStatus.ESCALATED),
        ),
        Verb(
            "hand-back", "Hand back", "hit.judge", lambda hit, fields, **who: hits.hand_back(hit=hit, **fields, **who),
            WithReason, lambda hit, user: hit.status == HitStatus.ESCALATED,
        ),
        Verb(
            "assign", "Assign", "hit.judge", lambda hit, fields, **who: hits.assign(hit=hit, **fields, **who),
            Assignment, lambda hit, user: hit.status != HitStatus.CLOSED,
        ),
        Verb(
            "undo", "Undo", "hit.judge", lambda hit, fields, **who: hits.undo(hit=hit, **who),
            offered=lambda hit, user: any(
                one.action == "undo" and one.allowed for one in hits.next_actions(hit, user, at=timezone.now())
            ),
        ),
        Verb(
            "agree", "Agree", "hit.agree", lambda hit, fields, **who: hits.agree(hit=hit, **who),
            offered=lambda hit, user: hit.status == HitStatus.PROPOSED,
        ),
        Verb(
            "send-back", "Send back", "hit.agree",
            lambda hit, fields, **who: hits.send_back(hit=hit, **fields, **who), WithReason,
            lambda hit, user: hit.status == HitStatus.PROPOSED,
        ),
        Verb(
            "reopen", "Re-open", "hit.judge", lambda hit, fields, **who: hits.reopen(hit=hit, **fields, **who),
            WithReason, lambda hit, user: hit.status == HitStatus.CLOSED,
        ),
    )  # fmt: skip

    @admin.display(description="Reason")
    def because(self, hit: Hit) -> str:
        return hits.REASONS[hit.reason].label if hit.reason in hits.REASONS else hit.reason

    def workbench(self: Hit) -> str:  # type: ignore[override]
        return reverse("entities:hit", args=[self.pk])


@admin.register(Screening)
class ScreeningAdmin(RecordAdmin):
    reads = "party.read"
    within = ("party", Party)
    list_display = ("party", "at", "trigger", "world", "hits", "error")
    list_filter = ("trigger",)
    list_select_related = ("party",)


@admin.register(ListedParty)
class ListedPartyAdmin(RecordAdmin):
    reads = "list.read"
    whole = True
    list_display = ("name", "source", "group", "kind", "countries")
    list_filter = ("source", "listings__list", "group")
    list_select_related = ("source",)
    search_fields = ("name",)
    inlines = (ListingRows,)
    fields = (
        "source", "key", "name", "kind", "group", "names", "countries", "addresses", "numbers", "births", "remarked",
        "confidential", "changed_in",
    )  # fmt: skip
    readonly_fields = ("numbers", "births", "remarked")

    @admin.display(description="Identifiers")
    def numbers(self, party: ListedParty) -> str:
        told = self._told(party)["identifiers"]
        return "; ".join(f"{one['kind']} {one['value']}".strip() for one in told)

    @admin.display(description="Born")
    def births(self, party: ListedParty) -> str:
        return ", ".join(self._told(party)["birth_dates"])

    @admin.display(description="Remarks")
    def remarked(self, party: ListedParty) -> str:
        return str(self._told(party)["remarks"])

    def _told(self, party: ListedParty) -> dict[str, Any]:
        return masking.entry({name: getattr(party, name) for name in ("kind", *PRIVATE)})

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListedParty]:
        return super().get_queryset(request).seen_by(request.user)  # type: ignore[attr-defined, no-any-return]


@admin.register(FullView)
class FullViewAdmin(RecordAdmin):
    """The access log: who saw birth dates and document numbers of a person in full."""

    reads = "audit.read"
    whole = True
    list_display = ("at", "user", "party", "hit", "listed_party")
    list_select_related = ("user", "party", "hit__party", "hit__listed_party", "listed_party")
    search_fields = ("user__username",)
    ordering = ("-id",)


@admin.register(ListSource)
class ListSourceAdmin(RecordAdmin):
    reads = "list.read"
    whole = True
    list_display = ("code", "name", "current", "max_age_days", "when_stale")
    list_select_related = ("current__source",)

    def workbench(self: ListSource) -> str:  # type: ignore[override]
        return reverse("entities:lists")


@admin.register(ListVersion)
class ListVersionAdmin(RecordAdmin):
    reads = "list.read"
    whole = True
    list_display = (
        "source",
        "number",
        "state",
        "effective_on",
        "rows",
        "added",
        "removed",
        "changed",
        "imported_by",
    )
    list_filter = ("source", "state")
    list_select_related = ("source", "imported_by")
    verbs = (
        Verb(
            "release", "Release", "list.release",
            lambda version, fields, **who: lists.release(version=version, **fields, **who), WithReason,
            lambda version, user: version.state == VersionState.HELD,
        ),
        Verb(
            "reject", "Reject", "list.release",
            lambda version, fields, **who: lists.reject(version=version, **fields, **who), WithReason,
            lambda version, user: version.state == VersionState.HELD,
        ),
    )  # fmt: skip

    def workbench(self: ListVersion) -> str:  # type: ignore[override]
        return reverse("entities:list-version", args=[self.pk])
