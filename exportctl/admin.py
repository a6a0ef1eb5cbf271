"""The admin on people, keys, events and jobs: read-only records, acts through verbs.

Only administrators manage people; events and jobs are read by administrators and auditors.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from allauth.account.decorators import secure_admin_login
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone

from . import people, roles, telling
from .models import ApiKey, Event, Job, User
from .recordadmin import RecordAdmin, Verb, WithReason

# one door, with its second factor
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.unregister(Group)  # groups mirror the roles table; people are given roles on their own page

ROLE_CHOICES = [(role.code, f"{role.title}: {role.sentence}") for role in roles.ROLES.values()]
SCOPES = sorted(frozenset().union(*(role.permissions for role in roles.ROLES.values())))


class RolesForm(forms.Form):
    """Which roles the person holds from now on."""

    role_codes = forms.MultipleChoiceField(
        label="Roles", choices=ROLE_CHOICES, widget=forms.CheckboxSelectMultiple, required=False
    )


class NewUser(RolesForm):
    """A person who signs in, or a service that sends an API key."""

    username = forms.CharField(max_length=150)
    kind = forms.ChoiceField(choices=[(User.Kind.PERSON, "Person"), (User.Kind.SERVICE, "Service (API)")])
    first_name = forms.CharField(max_length=150, required=False)
    last_name = forms.CharField(max_length=150, required=False)
    email = forms.EmailField(required=False)
    password = forms.CharField(
        required=False, widget=forms.PasswordInput, help_text="First password of a person; none for a service"
    )
    field_order = ("username", "kind", "first_name", "last_name", "email", "password", "role_codes")

    def clean_password(self) -> str | None:
        password: str = self.cleaned_data["password"]
        if password:
            validate_password(password)
        return password or None


class NewKey(forms.Form):
    """A key of a service user: what it may do and how long."""

    user = forms.ModelChoiceField(
        User.objects.filter(kind=User.Kind.SERVICE, is_active=True).order_by("username")
    )
    name = forms.CharField(max_length=100, help_text="What uses it, for example ERP test system")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in SCOPES], widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}), help_text="Last day of its use, at most a year ahead"
    )


def create(record: None, fields: dict[str, Any], **who: Any) -> User:
    return people.create(**{**fields, "role_codes": tuple(fields["role_codes"])}, **who)


def assign(user: User, fields: dict[str, Any], **who: Any) -> User:
    return people.assign_roles(user=user, role_codes=tuple(fields["role_codes"]), **who)


def issue(record: None, fields: dict[str, Any], **who: Any) -> str:
    last = timezone.make_aware(datetime.combine(fields["expires_on"], time.max))
    key, secret = people.issue_key(
        user=fields["user"], name=fields["name"], scopes=tuple(fields["scopes"]), expires_at=last, **who
    )
    return f"The key of {key.user}, shown this once: {secret}"


@admin.register(User)
class UserAdmin(RecordAdmin):
    reads = "people.manage"
    whole = True
    list_display = ("username", "name", "kind", "roles", "is_active", "last_login")
    list_filter = ("kind", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    fields = (
        "username",
        "first_name",
        "last_name",
        "email",
        "kind",
        "roles",
        "is_active",
        "last_login",
        "date_joined",
    )
    readonly_fields = ("roles",)
    list_verbs = (Verb("create", "New person or service", "people.manage", create, NewUser),)
    verbs = (
        Verb("assign-roles", "Assign roles", "people.manage", assign, RolesForm),
        Verb(
            "deactivate", "Deactivate", "people.manage",
            lambda user, fields, **who: people.deactivate(user=user, **fields, **who), WithReason,
            lambda user, by: user.is_active and user.pk != by.pk,
        ),
    )  # fmt: skip

    def get_queryset(self, request: Any) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(sorted(group.name for group in user.groups.all())) or "none"


@admin.register(ApiKey)
class ApiKeyAdmin(RecordAdmin):
    reads = "people.manage"
    whole = True
    list_display = ("name", "prefix", "user", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("name", "prefix", "user__username")
    fields = (
        "name", "prefix", "user", "scopes", "created_by", "created_at", "expires_at", "revoked_at", "last_used_at",
    )  # fmt: skip
    list_verbs = (Verb("issue", "Issue an API key", "people.manage", issue, NewKey),)
    verbs = (
        Verb(
            "revoke", "Revoke", "people.manage",
            lambda key, fields, **who: people.revoke_key(key=key, **fields, **who), WithReason,
            lambda key, by: key.revoked_at is None,
        ),
    )  # fmt: skip


@admin.register(Event)
class EventAdmin(RecordAdmin):
    """Never editable: a trigger refuses too."""

    reads = "audit.read"
    whole = True
    list_display = ("seq", "verb", "object_type", "object_id", "actor", "at", "recorded_at")
    search_fields = ("=object_id", "verb__startswith")
    ordering = ("-seq",)
    fields = ("seq", "verb", "object_type", "object_id", "actor", "at", "recorded_at", "told", "hash_hex")
    readonly_fields = ("actor", "told", "hash_hex")

    @admin.display(description="By")
    def actor(self, event: Event) -> str:
        return str(event.data["by"]["name"])

    @admin.display(description="Text")
    def told(self, event: Event) -> str:
        return telling.body_of(event)

    @admin.display(description="SHA-256")
    def hash_hex(self, event: Event) -> str:
        return bytes(event.hash).hex()


@admin.register(Job)
class JobAdmin(RecordAdmin):
    """Work owed because of an event; a failed one shows its error."""

    reads = "audit.read"
    whole = True
    list_display = ("reader", "event_id", "state", "attempts", "done", "total", "created_at", "finished_at")
    list_filter = ("state", "reader")
    ordering = ("-created_at",)
    fields = (
        "reader", "event", "state", "attempts", "deaths", "done", "total", "cursor", "lease_until", "not_before",
        "error", "created_at", "finished_at",
    )  # fmt: skip
