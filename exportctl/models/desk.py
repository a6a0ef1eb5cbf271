"""What belongs to one person's desk: saved views of a list, notices, and how they want to be told."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """A list as somebody filtered it, under a name: its address can be shared."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=40, help_text="Name of the page: entities:hits")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True, help_text="status=open&list=EL")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="exportctl_savedview_once"),
            models.CheckConstraint(condition=~Q(name=""), name="exportctl_savedview_named"),
        ]

    def __str__(self) -> str:
        return self.name


class NoticeQuerySet(models.QuerySet["Notice"]):
    def shown(self) -> Self:
        """Those told in the app; the others went by e-mail alone."""
        return self.filter(in_app=True)


class Notice(models.Model):
    """Something one person should know of, once: `key` says what, so that telling twice is impossible."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=120, help_text="What it tells of: one notice a person and key")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    event_id = models.BigIntegerField(null=True, blank=True, help_text="The event that led to it")
    due_on = models.DateField(null=True, blank=True)
    at = models.DateTimeField(help_text="When what it tells of happened")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(
        max_length=30, blank=True, db_default="", help_text="Which kind it was, as people mute them"
    )
    in_app = models.BooleanField(default=True, db_default=True, help_text="Its reader sees it in the app")
    by_mail = models.BooleanField(
        default=True, db_default=True, help_text="It may be sent, if its reader wants e-mail at all"
    )

    objects = NoticeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="exportctl_notice_once"),
            models.CheckConstraint(
                condition=Q(in_app=True) | Q(by_mail=True), name="exportctl_notice_goes_somewhere"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="exportctl_notice_mine"),
            models.Index(fields=["id"], condition=Q(mailed_at=None), name="exportctl_notice_unmailed"),
        ]

    def __str__(self) -> str:
        return self.title


class NoticeSetting(models.Model):
    """How a person wants notices by e-mail; without a row: a digest a day."""

    class Mail(models.TextChoices):
        AT_ONCE = "at_once", "One e-mail for each, at once"
        DIGEST = "digest", "One e-mail a day with all of them"
        NONE = "none", "No e-mail"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_setting"
    )
    mail = models.CharField(max_length=10, choices=Mail, default=Mail.DIGEST)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mail__in=["at_once", "digest", "none"]), name="exportctl_notice_mail_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.mail}"


class NoticeMute(models.Model):
    """A kind of notice that a person wants less of: not in the app, not by e-mail, or neither. None: both."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_mutes")
    kind = models.CharField(max_length=30)
    in_app = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="exportctl_notice_mute_once"),
            models.CheckConstraint(
                condition=Q(in_app=False) | Q(by_mail=False), name="exportctl_notice_mute_mutes"
            ),
            models.CheckConstraint(condition=~Q(kind=""), name="exportctl_notice_mute_named"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.kind}"
