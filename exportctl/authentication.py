"""API keys as DRF authentication: `Authorization: Bearer exk_….…`."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.crypto import constant_time_compare
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from .models import ApiKey, User


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """Finds the key by its prefix and compares SHA-256; an expired or revoked key is named as such."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        header = authentication.get_authorization_header(request).decode("latin-1").split()
        if not header or header[0].lower() != "bearer":
            return None
        if len(header) != 2:
            raise exceptions.AuthenticationFailed("Write: Authorization: Bearer <key>.", "bad_header")
        prefix = header[1].partition(".")[0]
        key = ApiKey.objects.select_related("user").filter(prefix=prefix[:12]).first()
        if key is None or not constant_time_compare(key.digest, ApiKey.digest_of(header[1])):
            raise exceptions.AuthenticationFailed("This API key is not known.", "unknown_key")
        now = timezone.now()
        if not key.is_valid(at=now):
            raise exceptions.AuthenticationFailed(
                "This API key has expired or was revoked. Ask an administrator for a new one.", "expired_key"
            )
        if key.last_used_at is None or (now - key.last_used_at).total_seconds() > 300:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        key.user.key_scopes = frozenset(key.scopes)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="exportctl"'


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "exportctl.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key, shown once when it is issued"}
