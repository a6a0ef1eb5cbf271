"""The license application: blocks of BIS-748P, parties in roles, lines."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Sum
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from entities.models import Party
from exportctl import roles
from exportctl.models import User
from exportctl.models.order import in_order

from ..blocks import CAPACITIES, EXEMPTIONS, KINDS, LICENSED
from ..workflow import CLOSED, IN_REVIEW, PENDING, UNDER_WAY, WORDS, Status
from .bodies import said_bodies
from .determinations import RULES_MARK
from .items import Item

NUMBER = re.compile(r"[A-Za-z][0-9]{6}")  # an application control number, 748.6(b)


class Route(models.TextChoices):
    OFFICE = "office", "Office: the interagency review is run here"
    COMPANY = "company", "Company: internal review, the agency decides"


class Kind(models.TextChoices):
    """Types of application (748.1, block 5); a deemed export is a flag on an export."""

    EXPORT = "EXPORT", KINDS["EXPORT"]
    REEXPORT = "REEXPORT", KINDS["REEXPORT"]
    TRANSFER = "TRANSFER", KINDS["TRANSFER"]
    STA_ELIG = "STA_ELIG", KINDS["STA_ELIG"]
    AGR = "AGR", KINDS["AGR"]
    CLASSIFICATION = "CLASSIFICATION", KINDS["CLASSIFICATION"]
    VEU = "VEU", KINDS["VEU"]
    ADVISORY = "ADVISORY", KINDS["ADVISORY"]


class YesNo(models.TextChoices):
    """An answer nobody has given is empty, never a no."""

    YES = "yes", "Yes"
    NO = "no", "No"


class PartyRole(models.TextChoices):
    """Roles of 748.5."""

    APPLICANT = "applicant", "Applicant"
    PURCHASER = "purchaser", "Purchaser"
    INTERMEDIATE_CONSIGNEE = "intermediate_consignee", "Intermediate consignee"
    ULTIMATE_CONSIGNEE = "ultimate_consignee", "Ultimate consignee"
    END_USER = "end_user", "End user"
    ORIGINAL_CONSIGNEE = "original_consignee", "Original ultimate consignee"
    OTHER = "other", "Other party"


class ApplicationQuerySet(models.QuerySet["Application"]):
    def for_user(self, user: User) -> Self:
        """Own: cases of the companies one is a member of. Body: cases referred to one's seats of today."""
        scope = roles.sees(user)
        if scope == "all":
            return self
        if scope == "body":
            seats = user.seats.filter(Q(until=None) | Q(until__gt=Now()), since__lte=Now())  # type: ignore[attr-defined]
            referrals: Any = self.model._meta.get_field("referrals").related_model
            lanes = referrals.objects.filter(application=OuterRef("pk"), body__in=seats.values("body"))
            return self.filter(Exists(lanes))
        if scope == "own":
            mine = self.filter(applicant__members__user=user)
            return mine.exclude(~Q(filed_by=user), status=Status.DRAFT, shared=False)
        return self.none()

    def named(self, words: str) -> Self:
        """A control number, or a part of the name of one of the parties (the applicant is one)."""
        roles = ApplicationParty.objects.filter(party__name__icontains=words)
        found = Q(pk__in=roles.values("application"))
        return self.filter(Q(number=words.upper()) if NUMBER.fullmatch(words) else found)

    def pending(self) -> Self:
        return self.filter(status__in=PENDING)

    def under_way(self) -> Self:
        """Filed and not closed: what somebody works on."""
        return self.filter(status__in=UNDER_WAY)

    def closed(self) -> Self:
        return self.filter(status__in=CLOSED)

    def with_dossier(self) -> Self:
        """Everything the guards and the dossier read, in a fixed number of queries."""
        known = self.select_related("applicant", "filed_by", "assigned_to", "facts")
        return known.annotate(rules_mark=RawSQL(RULES_MARK, ()), bodies_said=said_bodies()).prefetch_related(
            *in_order(Application, "roles", "lines", "stops", "conditions", "decisions", "decisions__lines"),
            *in_order(Application, "rulings", "escalations", "appeals"),
            *in_order(Application, "referrals", "referrals__recommendations", "conditions__steps"),
            "referrals__assigned_to",
            "roles__party",
            "lines__item",
            "referrals__recommendations__by",
            "conditions__proposed_by",
            "conditions__accepted_by",
            "conditions__steps__by",
            "decisions__proposed_by",
            "decisions__countersigned_by",
        )


class Application(models.Model):
    """An application. `number` is the application control number (748.6(b))."""

    number = models.CharField(max_length=7, unique=True)
    route = models.CharField(max_length=10, choices=Route, default=Route.OFFICE)
    kind = models.CharField(max_length=14, choices=Kind, default=Kind.EXPORT)
    status = models.CharField(
        max_length=24, choices=[(s.value, WORDS[s]) for s in Status], default=Status.DRAFT
    )
    applicant = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="applications")
    contact_person = models.CharField(max_length=120, blank=True)
    telephone = models.CharField(max_length=30, blank=True)
    facsimile = models.CharField(max_length=31, blank=True)
    documents_submitted = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    documents_on_file = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    support_exemption = models.CharField(max_length=30, choices=EXEMPTIONS, blank=True)
    special_purpose = models.CharField(max_length=60, blank=True)
    resubmission_acn = models.CharField(max_length=7, blank=True)
    replacement_license = models.CharField(max_length=20, blank=True)
    previously_exported = models.CharField(max_length=120, blank=True)
    import_certificate_country = models.CharField(max_length=2, blank=True)
    import_certificate_number = models.CharField(max_length=60, blank=True)
    no_intermediate = models.CharField(max_length=10, blank=True)
    region = models.CharField(max_length=60, blank=True)
    all_or_nothing = models.BooleanField(default=False)
    extended_validity = models.BooleanField(default=False)
    emergency = models.BooleanField(default=False)
    deemed_export = models.BooleanField(default=False)
    capacity = models.CharField(max_length=30, choices=CAPACITIES, blank=True)
    already_exported = models.CharField(max_length=3, choices=YesNo, blank=True)
    detained = models.CharField(max_length=3, choices=YesNo, blank=True)
    end_use = models.TextField(blank=True, help_text="Block 21: full, specific description")
    additional_information = models.TextField(blank=True, help_text="Block 24")
    external_number = models.CharField(
        max_length=20, blank=True, help_text="The agency's number on the company route"
    )
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies"
    )
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    review_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Who began the internal review of the company route; another person closes it",
    )  # fmt: skip
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="The case officer: who works it for Commerce, or on the company's desk",
    )  # fmt: skip
    assigned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True, blank=True, help_text="When the draft was last saved")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    saved_page = models.CharField(
        max_length=36, blank=True, help_text="The open page that saved last: it never collides with itself"
    )
    shared = models.BooleanField(
        default=True,
        help_text="The draft is seen by everybody who files for the company, not its author alone",
    )
    certified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Block 25: who certified it",
    )  # fmt: skip
    submitted_at = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(
        default=1, help_text="Rises with every change; guards against stale forms"
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^[A-Z][0-9]{6}$"), name="licenses_application_acn_form"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in Status]), name="licenses_application_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status="draft", submitted_at=None)
                | Q(status="withdrawn")
                | ~Q(status__in=["draft", "withdrawn"]) & Q(submitted_at__isnull=False),
                name="licenses_application_submitted_paired",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[*(s.value for s in IN_REVIEW), "intent_to_deny", "appeal"])
                | Q(registered_at__isnull=False),
                name="licenses_application_registered_paired",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in CLOSED], closed_at__isnull=False)
                | ~Q(status__in=[s.value for s in CLOSED]) & Q(closed_at=None),
                name="licenses_application_closed_paired",
            ),
            models.CheckConstraint(
                condition=Q(assigned_to=None, assigned_at=None)
                | Q(assigned_to__isnull=False, assigned_at__isnull=False) & ~Q(status="draft"),
                name="licenses_application_assigned_paired",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="licenses_application_status"),
            models.Index(fields=["applicant", "-id"], name="licenses_application_applicant"),
            models.Index(
                fields=["assigned_to", "-id"],
                include=["status"],
                name="licenses_application_desk",
                condition=Q(status__in=[s.value for s in UNDER_WAY]),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def status_words(self) -> str:
        return WORDS[Status(self.status)]

    @property
    def licensed(self) -> bool:
        """Whether an approval of this type is a license."""
        return self.kind in LICENSED

    def total(self) -> Decimal:
        """Block 23: the sum of the lines' prices in US dollars. One query."""
        return self.lines.aggregate(sum=Sum("total_price"))["sum"] or Decimal(0)


class ApplicationParty(models.Model):
    """A party in a role of 748.5; the name as it stood when the application was filed."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=25, choices=PartyRole)
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="roles")
    name_as_filed = models.TextField(blank=True)
    country_as_filed = models.CharField(max_length=2, blank=True)
    address_as_filed = models.TextField(blank=True)
    end_use = models.TextField(blank=True, help_text="BIS-748P-B: what this end user does with the items")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "role", "party"], name="licenses_role_once"),
            models.UniqueConstraint(
                fields=["application"], condition=Q(role="applicant"), name="licenses_one_applicant"
            ),
            models.CheckConstraint(condition=Q(role__in=PartyRole.values), name="licenses_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.party}"


class ApplicationLine(models.Model):
    """Block 22, one item: a snapshot of the master when picked. Prices in US dollars."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="lines")
    name = models.CharField(max_length=200)
    part_number = models.CharField(max_length=60)
    eccn = models.CharField("ECCN", max_length=20)
    description = models.TextField(blank=True)
    model_number = models.CharField(max_length=60, blank=True)
    ccats_number = models.CharField("CCATS", max_length=20, blank=True)
    manufacturer = models.CharField(max_length=200, blank=True)
    app = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    quantity = models.DecimalField(max_digits=16, decimal_places=3)
    unit = models.CharField(max_length=20)
    unit_price = models.DecimalField(max_digits=16, decimal_places=2)
    total_price = models.DecimalField(max_digits=18, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_line_number_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="licenses_line_quantity_positive"),
            models.CheckConstraint(condition=Q(unit_price__gte=0), name="licenses_line_price_not_negative"),
            models.CheckConstraint(
                condition=Q(total_price__gte=F("quantity") * F("unit_price") - Decimal("0.5"))
                & Q(total_price__lte=F("quantity") * F("unit_price") + Decimal("0.5")),
                name="licenses_line_total_to_the_dollar",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.name}"
