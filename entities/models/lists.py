"""Restricted-party lists: sources, immutable dated versions, listed parties and their listings."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from exportctl import roles
from exportctl.models import User

from .parties import PartyKind

empty = list  # inside the models below `list` is a column


class WhenStale(models.TextChoices):
    BLOCK = "block", "Blocks decisions"
    WARN = "warn", "Warns"


class VersionState(models.TextChoices):
    HELD = "held", "Held for release"
    PUBLISHED = "published", "Published"
    REFUSED = "refused", "Refused"


class PolicyCode(models.TextChoices):
    """License review policy of a listing (part 744, Supp. 4), normalized."""

    PD = "PD", "Presumption of denial"
    POD = "POD", "Policy of denial"
    CBC = "CBC", "Case by case"
    MIXED = "MIXED", "Different policies for different items"
    PA = "PA", "Presumption of approval"
    SEC = "SEC", "See the section named"
    NONE = "", "None stated"


class ListCode(models.TextChoices):
    EL = "EL", "BIS Entity List"
    DPL = "DPL", "BIS Denied Persons List"
    UVL = "UVL", "BIS Unverified List"
    MEU = "MEU", "BIS Military End User List"
    SDN = "SDN", "OFAC Specially Designated Nationals"
    SSI = "SSI", "OFAC Sectoral Sanctions"
    CMIC = "CMIC", "OFAC Chinese Military-Industrial Complex"
    MBS = "MBS", "OFAC Menu-Based Sanctions"
    PLC = "PLC", "OFAC Palestinian Legislative Council"
    CAP = "CAP", "OFAC CAPTA List"
    FSE = "FSE", "OFAC Foreign Sanctions Evaders"
    E13599 = "E13599", "OFAC Executive Order 13599 (ended)"
    ISA = "ISA", "OFAC Iran Sanctions Act (ended)"
    DTC = "DTC", "State ITAR Debarred"
    ISN = "ISN", "State Nonproliferation Sanctions"
    UN = "UN", "UN Security Council Consolidated"
    HOUSE = "HOUSE", "House list"


class Effect(models.TextChoices):
    """What an entry of the house list does."""

    IS_INFORMED = "IS_INFORMED", "License required: agency letter or notice (is-informed)"
    RED_FLAG = "RED_FLAG", "Red flag: resolve before going on"


class LegalEffect(models.TextChoices):
    """Where a listing stands in law on a day; an announced one is screened against already."""

    NOT_YET = "not_yet", "Not listed yet"
    ANNOUNCED = "announced", "Announced"
    IN_EFFECT = "in_effect", "In effect"
    ENDED = "ended", "Ended"


class ListSource(models.Model):
    """Where versions of lists come from: a published file, the product's seed or the house itself."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=200)
    authority = models.CharField(max_length=200, blank=True)
    max_age_days = models.PositiveIntegerField(default=4)
    when_stale = models.CharField(max_length=5, choices=WhenStale, default=WhenStale.WARN)
    current = models.ForeignKey(
        "ListVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The version that screening uses",
    )  # fmt: skip
    checked_at = models.DateTimeField(
        null=True, blank=True, help_text="When a good file was last compared, with changes or without"
    )
    tried_at = models.DateTimeField(
        null=True, blank=True, help_text="When a file was last brought in, good or bad"
    )
    result = models.CharField(
        max_length=10, blank=True, help_text="published, unchanged, held, refused or unreached"
    )
    result_text = models.TextField(blank=True, help_text="Why the last file was refused or held")
    fetched = models.JSONField(
        default=dict, help_text="By address: ETag and Last-Modified of the last good file"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(when_stale__in=WhenStale.values), name="entities_source_when_stale_known"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def age_days(self, *, on: date) -> int | None:
        """Days since a good file was last compared; None for a source that never delivered."""
        return (
            None if self.current_id is None or self.checked_at is None else (on - self.checked_at.date()).days
        )

    def is_stale(self, *, on: date) -> bool:
        """Whether the source is past its largest age; a source that never delivered is stale."""
        age = self.age_days(on=on)
        return age is None or age > self.max_age_days


class ListVersion(models.Model):
    """One imported version of a source. Immutable but for its state; held ones wait for two people."""

    source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=VersionState)
    effective_on = models.DateField()
    fetched_at = models.DateTimeField()
    content_hash = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255, blank=True)
    parser = models.CharField(max_length=40)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(
        default=0, help_text="Listings ended: absent from two good files in a row"
    )
    source_rows = models.JSONField(
        default=dict,
        db_default={},
        help_text="By part of the file: {rows, added, removed}, before rows are merged",
    )
    verdict = models.JSONField(default=list, help_text="Named checks: [{check, passed, figure, limit}]")
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="entities_version_number_once"),
            models.CheckConstraint(
                condition=Q(state__in=VersionState.values), name="entities_version_state_known"
            ),
            models.CheckConstraint(
                condition=Q(released_by=None, released_at=None)
                | Q(released_by__isnull=False, released_at__isnull=False),
                name="entities_version_release_paired",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | ~Q(released_by=F("imported_by")),
                name="entities_version_released_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} v{self.number} of {self.effective_on}"

    @property
    def rows_read(self) -> int:
        """Rows of the file before those of one entry were merged; its entries where it is of the product's own."""
        return sum(part["rows"] for part in self.source_rows.values()) or self.rows


class ListedPartyQuerySet(models.QuerySet["ListedParty"]):
    def seen_by(self, user: User) -> Self:
        """Entries the user may see: confidential ones need confidential.read."""
        return self if roles.may(user, "confidential.read") else self.filter(confidential=False)

    def current(self) -> Self:
        """Entries that some listing still carries."""
        return self.filter(Exists(Listing.objects.filter(listed_party=OuterRef("pk"), removed_in=None)))

    def as_of(self, on: date) -> Self:
        """Entries in effect on that day, by the rule of `ListingQuerySet.as_of`."""
        return self.filter(Exists(Listing.objects.as_of(on).filter(listed_party=OuterRef("pk"))))


class ListedParty(models.Model):
    """A party on somebody's list. Stable over versions by (source, key)."""

    source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="listed_parties")
    key = models.CharField(max_length=500)
    name = models.TextField()
    kind = models.CharField(max_length=12, choices=PartyKind, blank=True)
    group = models.CharField(
        max_length=60, blank=True, db_index=True, help_text="Family of entries, for example Huawei"
    )
    names = models.JSONField(default=list, help_text="[{text, kind}] beside the primary name")
    countries = ArrayField(models.CharField(max_length=2), default=list)
    addresses = models.JSONField(default=list, help_text="[{text, city, country}]")
    identifiers = models.JSONField(default=list, help_text="[{kind, value, country}]")
    birth_dates = ArrayField(models.CharField(max_length=40), default=list)
    remarks = models.TextField(blank=True)
    row_hash = models.CharField(max_length=64)
    link_keys = ArrayField(
        models.TextField(),
        default=list,
        help_text="Name with country, and identifiers, as links compare them",
    )
    confidential = models.BooleanField(
        default=False, db_default=False, help_text="Shown to those with confidential.read only"
    )
    changed_in = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="changed_parties")

    objects = ListedPartyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "listed parties"
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="entities_listedparty_key_once")
        ]
        indexes = [
            GinIndex(fields=["name"], name="entities_listed_name_trgm", opclasses=["gin_trgm_ops"]),
            GinIndex(fields=["link_keys"], name="entities_listed_links"),
        ]

    def __str__(self) -> str:
        return self.name


class ListingQuerySet(models.QuerySet["Listing"]):
    def as_of(self, on: date) -> Self:
        """Listings in effect on that day. Where a source tells no effective day, its publication day
        counts, and without that the day of the version that brought the entry."""
        return self.alias(begins=Coalesce("effective_on", "published_on", "added_in__effective_on")).filter(
            Q(ended_on=None) | Q(ended_on__gt=on), begins__lte=on
        )


class Listing(models.Model):
    """One list's entry of a listed party: dates, requirement, policy, citations."""

    listed_party = models.ForeignKey(ListedParty, on_delete=models.PROTECT, related_name="listings")
    list = models.CharField(max_length=10, choices=ListCode)
    effective_on = models.DateField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True)
    date_basis = models.CharField(max_length=20, blank=True, help_text="verified, source or unverified")
    ended_on = models.DateField(null=True, blank=True)
    requirement_code = models.CharField(max_length=30, blank=True)
    requirement_text = models.TextField(blank=True)
    policy_code = models.CharField(max_length=5, choices=PolicyCode, blank=True)
    policy_text = models.TextField(blank=True)
    footnotes = ArrayField(models.PositiveSmallIntegerField(), default=empty)
    citations = ArrayField(models.CharField(max_length=200), default=empty)
    source_url = models.TextField(blank=True)
    effect = models.CharField(max_length=12, choices=Effect, blank=True, db_default="")
    scope = models.TextField(blank=True, db_default="", help_text="House list: which dealings it covers")
    items = models.TextField(blank=True, db_default="", help_text="House list: which items it covers")
    marks = ArrayField(
        models.CharField(max_length=40),
        default=empty,
        db_default=[],
        help_text="One mark a row of the source",
    )
    missing_in = models.ForeignKey(
        ListVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="missing_listings",
        help_text="The first good file without the entry; it stays in force until a second one",
    )  # fmt: skip
    added_in = models.ForeignKey(ListVersion, on_delete=models.PROTECT, related_name="added_listings")
    removed_in = models.ForeignKey(
        ListVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="removed_listings"
    )

    objects = ListingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["listed_party", "list"],
                condition=Q(removed_in=None),
                name="entities_listing_open_once",
            ),
            models.CheckConstraint(condition=Q(list__in=ListCode.values), name="entities_listing_list_known"),
            models.CheckConstraint(
                condition=Q(policy_code__in=PolicyCode.values), name="entities_listing_policy_known"
            ),
            models.CheckConstraint(
                condition=Q(effect__in=["", *Effect.values]), name="entities_listing_effect_known"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(effective_on=None) | Q(ended_on__gte=F("effective_on")),
                name="entities_listing_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.listed_party} on {self.list}"

    @property
    def begins_on(self) -> date:
        """The first day of legal effect, by the rule of `ListingQuerySet.as_of`."""
        return self.effective_on or self.published_on or self.added_in.effective_on

    @property
    def known_on(self) -> date:
        """The day it was known: published, or in the first version that held it."""
        return min(self.published_on or date.max, self.added_in.effective_on)

    def legal_effect(self, *, on: date) -> LegalEffect:
        """Whether the listing is not known yet, announced, in effect or ended on a day."""
        if self.begins_on > on:
            return LegalEffect.ANNOUNCED if self.known_on <= on else LegalEffect.NOT_YET
        return LegalEffect.ENDED if self.ended_on and self.ended_on <= on else LegalEffect.IN_EFFECT


class ChangeKind(models.TextChoices):
    ADDED = "added", "Added"
    REMOVED = "removed", "Removed"
    CHANGED = "changed", "Changed"


class ListChange(models.Model):
    """One line of the difference between a version and the one before it; a first version has none."""

    version = models.ForeignKey(ListVersion, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=7, choices=ChangeKind)
    list = models.CharField(max_length=10, choices=ListCode)
    key = models.CharField(max_length=500)
    name = models.TextField()
    fields = models.JSONField(default=empty, help_text="[{field, before, after}] of a changed entry")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="entities_change_once"),
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="entities_change_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
