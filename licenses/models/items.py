"""Items: what is exported, with its classification."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Item(models.Model):
    """An item of the master. An application copies what it files; later edits do not change it."""

    part_number = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    eccn = models.CharField("ECCN", max_length=20, help_text="With its paragraph, or EAR99")
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, default="each")
    manufacturer = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(eccn__regex=r"^(EAR99|[0-9][A-E][0-9]{3}(\.[A-Za-z0-9.]+)?)$"),
                name="licenses_item_eccn_form",
            )
        ]

    def __str__(self) -> str:
        return f"{self.part_number} {self.name}"
