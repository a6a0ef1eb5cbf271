"""Shapes that more than one resource of this API shows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from exportctl.models import User
from exportctl.problems import BlockerSerializer
from exportctl.transitions import NextAction


class AllowedAction(serializers.Serializer[Any]):
    """What may happen now, and everything that blocks it."""

    action = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    allowed = serializers.BooleanField()
    blockers = BlockerSerializer(many=True)


class ReasonIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


def allowed_actions(actions: list[NextAction]) -> list[dict[str, Any]]:
    """Next actions, JSON-ready."""
    return [
        {"action": one.action, "label": one.label, "allowed": one.allowed,
         "blockers": [blocker.as_dict() for blocker in one.blockers]}
        for one in actions
    ]  # fmt: skip


def named(user: User | None) -> str:
    """A person as shown beside what they did; "" where nobody did."""
    return user.name if user is not None else ""
