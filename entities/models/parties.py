"""Our parties: exporters, customers, consignees, banks, carriers and persons."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from exportctl import roles
from exportctl.models import User
from exportctl.models.order import in_order


class PartyKind(models.TextChoices):
    ORGANIZATION = "organization", "Organization"
    INDIVIDUAL = "individual", "Individual"
    VESSEL = "vessel", "Vessel"
    AIRCRAFT = "aircraft", "Aircraft"


class NameKind(models.TextChoices):
    PRIMARY = "primary", "Primary"
    ALIAS = "alias", "Also known as"
    WEAK = "weak", "Weak alias"
    FORMER = "former", "Formerly"
    ORIGINAL = "original", "Original script"


class PartyQuerySet(models.QuerySet["Party"]):
    def for_user(self, user: User) -> Self:
        """Parties the user may see. A filer sees every customer but only their own companies' cases;
        exporters of other members stay out of sight."""
        scope = roles.sees(user)
        if scope in ("all", "body"):
            return self
        if scope == "own":
            return self.filter(
                Q(members__user=user) | Q(members=None, created_by=user) | Q(shared=True)
            ).distinct()
        return self.none()

    def with_facts(self) -> Self:
        """Prefetch what screening and the party page read."""
        return self.prefetch_related(*in_order(Party, "names", "addresses", "identifiers"))


class Party(models.Model):
    """A party of ours. `facts_version` rises with every change that screening must see."""

    name = models.TextField()
    kind = models.CharField(max_length=12, choices=PartyKind, default=PartyKind.ORGANIZATION)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    facts_version = models.PositiveIntegerField(default=1)
    shared = models.BooleanField(
        default=True, help_text="Customers are shared by all filers; exporters are seen by their members"
    )
    note = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = PartyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="entities_party_named"),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="entities_party_country_iso2"
            ),
            models.CheckConstraint(condition=Q(kind__in=PartyKind.values), name="entities_party_kind_known"),
        ]
        indexes = [GinIndex(fields=["name"], name="entities_party_name_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        return f"P{self.pk:06d}"


class PartyName(models.Model):
    """Another name of a party, in any script."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="names")
    text = models.TextField()
    kind = models.CharField(max_length=10, choices=NameKind, default=NameKind.ALIAS)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "text"], name="entities_partyname_once"),
            models.CheckConstraint(condition=~Q(text=""), name="entities_partyname_not_empty"),
        ]

    def __str__(self) -> str:
        return self.text


class PartyAddress(models.Model):
    """An address of a party; the country is always given."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="addresses")
    line = models.TextField(blank=True)
    city = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=120, blank=True)
    postal_code = models.CharField(max_length=30, blank=True)
    country = models.CharField(max_length=2)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="entities_address_country_iso2"
            )
        ]

    def __str__(self) -> str:
        return ", ".join(
            part for part in (self.line, self.postal_code, self.city, self.region, self.country) if part
        )


class PartyIdentifier(models.Model):
    """A registration, tax or passport number."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=40)
    value = models.CharField(max_length=120)
    country = models.CharField(max_length=2, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "value"], name="entities_identifier_once"),
            models.CheckConstraint(condition=~Q(value=""), name="entities_identifier_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class PartyMember(models.Model):
    """A user who acts for a party: a filer files for the companies they are a member of."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="members")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "party"], name="entities_member_once")]

    def __str__(self) -> str:
        return f"{self.user} for {self.party}"
