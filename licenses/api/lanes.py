"""The lanes of a case over the API: refer, give a position, ask a body of one's own, give its view, close its lane."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from .. import review
from . import bodies

post = action(detail=True, methods=["post"])


class LaneActions:
    """One action a row of the table, for the viewset of applications."""

    @extend_schema(request=bodies.ReferIn)
    @post
    def refer(self: Any, request: Request, number: str) -> Response:
        """Refer the case to review bodies; each has 30 days."""
        shown: Response = self._act(review.refer, bodies.ReferIn)
        return shown

    @extend_schema(request=bodies.ConsultIn)
    @post
    def consult(self: Any, request: Request, number: str) -> Response:
        """Ask bodies of one's own, on either route; the case stays where it is."""
        shown: Response = self._act(review.consult, bodies.ConsultIn)
        return shown

    @extend_schema(request=bodies.AdviseIn)
    @post
    def advise(self: Any, request: Request, number: str) -> Response:
        """Give the view of a body of one's own one sits for."""
        shown: Response = self._act(review.advise, bodies.AdviseIn)
        return shown

    @extend_schema(request=bodies.CloseLaneIn)
    @post
    def close_lane(self: Any, request: Request, number: str) -> Response:
        """Close the lane of a body of one's own that has not answered, with the reason."""
        shown: Response = self._act(review.close_lane, bodies.CloseLaneIn)
        return shown

    @extend_schema(request=bodies.RecommendIn)
    @post
    def recommend(self: Any, request: Request, number: str) -> Response:
        """Give the position of a body the caller sits for."""
        shown: Response = self._act(review.recommend, bodies.RecommendIn)
        return shown
