"""The license register: every license with its parties, quantities, what is shipped and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import DecimalField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from exportctl.exports import Column

from ..models import Act, License, LicenseLine, Movement
from .report import Filters, Report, parties_in, stream

COLUMNS = (
    Column("number", "License"),
    Column("application", "Application"),
    Column("licensee", "Licensee"),
    Column("ultimate_consignee", "Ultimate consignee"),
    Column("end_user", "End user"),
    Column("intermediate_consignee", "Intermediate consignee"),
    Column("issued_on", "Issued", "date"),
    Column("expires_on", "Expires", "date"),
    Column("line", "Line", "number"),
    Column("item", "Item"),
    Column("eccn", "ECCN"),
    Column("unit", "Unit"),
    Column("authorized", "Authorized", "number"),
    Column("shipped", "Shipped", "number"),
    Column("value", "Authorized value (USD)", "money"),
    Column("shipped_value", "Shipped value (USD)", "money"),
    Column("last_act", "Last act after issue"),
    Column("last_act_on", "Act on", "date"),
)


def rows(filters: Filters) -> Iterator[Sequence[Any]]:
    """One row a license line, in order of issue; filtered by the day of issue."""
    assert filters.user is not None
    lines = LicenseLine.objects.filter(
        license__in=License.objects.for_user(filters.user), **filters.days("license__issued_on")
    )
    moved = Movement.objects.filter(line=OuterRef("pk")).order_by().values("line")
    acts = Act.objects.filter(license=OuterRef("license")).order_by("-on", "-id")
    zero = Value(0, output_field=DecimalField(max_digits=18, decimal_places=3))
    return stream(
        lines.annotate(
            ultimate_consignee=parties_in("ultimate_consignee", application="license__application"),
            end_user=parties_in("end_user", application="license__application"),
            intermediate_consignee=parties_in("intermediate_consignee", application="license__application"),
            shipped_quantity=Coalesce(Subquery(moved.annotate(sum=Sum("quantity")).values("sum")), zero),
            shipped_money=Coalesce(Subquery(moved.annotate(sum=Sum("value")).values("sum")), zero),
            last_act=Subquery(acts.values("kind")[:1]),
            last_act_on=Subquery(acts.values("on")[:1]),
        ).order_by("license__issued_on", "license__number", "number"),
        "license__number", "license__application__number", "license__application__applicant__name",
        "ultimate_consignee", "end_user", "intermediate_consignee", "license__issued_on", "license__expires_on",
        "number", "name", "eccn", "unit", "quantity", "shipped_quantity", "value", "shipped_money", "last_act",
        "last_act_on",
    )  # fmt: skip


REPORT = Report(
    "license-register",
    "License register",
    "Every license line with its parties, authorized and shipped quantity and value, and later acts.",
    COLUMNS,
    rows,
    words={"last_act": dict(Act.Kind.choices)},
)
