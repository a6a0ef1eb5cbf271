"""Whose draft it is, over the API: shared or kept, handed to a colleague, a leaver's drafts handed on."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission
from exportctl.errors import invalid
from exportctl.models import User

from .. import handovers
from ..models import Application
from .scope import case_of


@extend_schema_serializer(many=False)
class DraftOut(serializers.ModelSerializer[Application]):
    """Whose draft it is, and whether the team sees it."""

    filed_by = serializers.CharField(source="filed_by.username")
    filed_by_name = serializers.CharField(source="filed_by.name")

    class Meta:
        model = Application
        fields = ("number", "filed_by", "filed_by_name", "shared")


class ShareIn(serializers.Serializer[Any]):
    shared = serializers.BooleanField(help_text="Everybody who files for the company sees it")


class HandOverIn(serializers.Serializer[Any]):
    to = serializers.CharField(
        max_length=150, help_text="The username of a colleague who files for the company"
    )


class LeaverIn(serializers.Serializer[Any]):
    leaver = serializers.CharField(max_length=150, help_text="Whose drafts go: a username")
    to = serializers.CharField(max_length=150, help_text="To whom: a username")


class DraftsOut(serializers.Serializer[Any]):
    drafts = DraftOut(many=True)


class HandOverViewSet(viewsets.GenericViewSet[Application]):
    """Drafts the caller may see; outside of that 404."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "application.read", "share": "application.file", "hand_over_all": "draft.reassign",
    }  # fmt: skip
    queryset = Application.objects.none()
    serializer_class = DraftOut
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(request=ShareIn, responses=DraftOut)
    def share(self, request: Request, number: str) -> Response:
        """Show a draft to everybody who files for the company, or keep it to its author. By its author."""
        case, body = case_of(self), ShareIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        return Response(DraftOut(handovers.share(application=case, **body.validated_data, **who)).data)

    @extend_schema(request=HandOverIn, responses=DraftOut)
    def hand_over(self, request: Request, number: str) -> Response:
        """Hand a draft to a colleague, as it stands. By its author, or by who may reassign drafts."""
        case, body = case_of(self), HandOverIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        to = handovers.colleagues(case).filter(username=body.validated_data["to"]).first()
        if to is None:
            to = person("to", body.validated_data["to"], case)
        return Response(DraftOut(handovers.reassign(application=case, to=to, **who)).data)

    @extend_schema(request=LeaverIn, responses=DraftsOut)
    def hand_over_all(self, request: Request) -> Response:
        """Hand every draft of a leaver to one colleague, all or none."""
        body = LeaverIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        leaver, to = (person(name, body.validated_data[name]) for name in ("leaver", "to"))
        moved = handovers.reassign_all(leaver=leaver, to=to, **who)
        return Response(DraftsOut({"drafts": moved}).data)


def person(field: str, username: str, case: Application | None = None) -> User:
    """The person of a username. Of a draft its author alone: who is no colleague is not told apart from nobody."""
    found = User.objects.filter(username=username, kind=User.Kind.PERSON)
    if case is not None:
        found = found.filter(pk=case.filed_by_id)
    row = found.first()
    if row is None:
        who = f" for {case.applicant.name}" if case else ""
        raise invalid(
            field, f"Nobody called '{username[:40]}' files{who}.", "Give the username of a colleague."
        )
    return row
