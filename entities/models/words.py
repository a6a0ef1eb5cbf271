"""What the words of listed names weigh: counts frozen under a number, so that scores do not drift."""

from __future__ import annotations

from django.db import models


class WordProfile(models.Model):
    """How often each word occurs among the listed names on the day of the count. The newest one is used."""

    number = models.PositiveIntegerField(unique=True)
    at = models.DateTimeField(help_text="When it was counted")
    names = models.PositiveIntegerField(help_text="Listed names counted")
    counts = models.JSONField(help_text="Word to number of names")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(number__gt=0), name="word_profile_numbered")]

    def __str__(self) -> str:
        return f"words {self.number}"
