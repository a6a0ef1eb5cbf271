"""Who acts: persons, services (API clients) and named jobs. Every actor is a User."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q


class User(AbstractUser):
    """An actor. Only persons propose, countersign, confirm or release."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        SERVICE = "service", "Service"
        JOB = "job", "Job"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["person", "service", "job"]), name="exportctl_user_kind_known"
            )
        ]

    # The scopes of the API key this request came with; None for a signed-in person.
    key_scopes: frozenset[str] | None = None

    @property
    def is_person(self) -> bool:
        return self.kind == self.Kind.PERSON

    @property
    def name(self) -> str:
        return self.get_full_name() or self.username

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A credential of a service user: only its prefix and SHA-256 are kept, the key is shown once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="exportctl_apikey_expires_later"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @staticmethod
    def digest_of(secret: str) -> str:
        """SHA-256 of a whole key, in hex. Keys carry 256 random bits, so no salt is needed."""
        return hashlib.sha256(secret.encode()).hexdigest()

    def is_valid(self, *, at: datetime) -> bool:
        """Whether the key may still be used at that moment."""
        return self.revoked_at is None and at < self.expires_at and self.user.is_active
