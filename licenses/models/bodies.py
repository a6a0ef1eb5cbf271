"""Review bodies: the four of the regulation, and those of one's own (15 CFR 750.3(b))."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject, Lower


class Body(models.TextChoices):
    """Review bodies of 750.3(b): they alone vote, dispute and are silent by law."""

    COMMERCE = "commerce", "Commerce"
    DEFENSE = "defense", "Defense"
    ENERGY = "energy", "Energy"
    STATE = "state", "State"


class BodyKind(models.TextChoices):
    AGENCY = "agency", "Agency of the regulation"
    INTERNAL = "internal", "One’s own"


class ReviewBodyQuerySet(models.QuerySet["ReviewBody"]):
    def own(self) -> Self:
        """Those that are not the regulation's."""
        return self.filter(kind=BodyKind.INTERNAL)


class ReviewBody(models.Model):
    """Who gives a view on a case. The agencies stand as the regulation names them; one's own come and go.

    `code` is what seats, referrals and events name it by, and never changes. `until` is the first day without it.
    """

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=BodyKind)
    concern = models.TextField(blank=True, help_text="Its main concern, in words")
    days = models.PositiveSmallIntegerField(
        help_text="Calendar days it has: 30 by law, or a target of one's own"
    )
    objection_blocks = models.BooleanField(
        default=False, help_text="Its objection holds the filing or an approval"
    )
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    objects = ReviewBodyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BodyKind.values), name="licenses_body_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="agency", code__in=Body.values) | Q(kind="internal") & ~Q(code__in=Body.values),
                name="licenses_body_agencies_are_four",
            ),
            models.CheckConstraint(
                condition=~Q(kind="agency") | Q(days=30, objection_blocks=False, until=None),
                name="licenses_body_agency_by_law",
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z][a-z0-9-]{1,19}$") & ~Q(code="secretary"),
                name="licenses_body_code_fits",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="licenses_body_named"),
            models.CheckConstraint(condition=Q(days__gte=1, days__lte=365), name="licenses_body_days"),
            models.CheckConstraint(
                condition=Q(kind="agency") | Q(since__isnull=False), name="licenses_body_own_since"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="licenses_body_period"
            ),
            models.UniqueConstraint(Lower("name"), condition=Q(until=None), name="licenses_body_name_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def own(self) -> bool:
        return self.kind == BodyKind.INTERNAL


def said_bodies() -> ArraySubquery:
    """Every review body as a column of a query: a page that loads its rows with it asks nothing more, and what it
    reads is never older than its rows."""
    return ArraySubquery(
        ReviewBody.objects.order_by("pk").values(
            said=JSONObject(
                code="code", name="name", concern="concern", days="days", blocks="objection_blocks", since="since",
                until="until",
            )
        )
    )  # fmt: skip


def body_name(path: str = "body") -> Subquery:
    """The name of the body whose code a column holds, as a column of the same query."""
    return Subquery(ReviewBody.objects.filter(code=OuterRef(path)).values("name")[:1])
