"""Applications over the API: a draft, its dossier, and one explicit action a row of the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl import documents, stepup
from exportctl.api import IF_MATCH, RolePermission, if_match, version_read
from exportctl.models.order import in_order
from exportctl.parsing import JsonParser

from .. import (
    amendments,
    appeals,
    applications,
    assignments,
    cases,
    corrections,
    decisions,
    drafts,
    ladder,
    queues,
    review,
    rungs,
)
from ..models import Application, Attachment, Condition, Decision
from . import bodies
from .case import ApplicationDetail, ClockOnOut, ladder_of
from .conditions import ConditionActions
from .ladder import AppealIn, ClockOnIn, EscalateIn, PaperIn, RespondIn, RuleIn, UnregisteredIn
from .lanes import LaneActions
from .questions import QuestionActions
from .queue import ApplicationFilter, ApplicationOut, listed
from .shapes import context

post = action(detail=True, methods=["post"])


def parts(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """The body of a save as the verbs take it; the version comes by If-Match or in the body."""
    roles, lines, version = body.pop("roles", None), body.pop("lines", None), version_read(request, body)
    named = None
    if roles is not None:
        named = [(each["role"], each["party"], each.get("end_use", "")) for each in roles]
    return {**version, "blocks": body, "roles": named, "lines": lines}


def expected(request: Request, case: Application) -> None:
    """Refuse an action whose If-Match is not the version of the case."""
    matched = if_match(request)
    if matched is not None and matched != case.version:
        raise drafts.conflict(case, matched, drafts.Parts({}), stale=True)


def recorded(*, file: Any = None, **body: Any) -> Decision:
    """`decisions.record` with the file of a request."""
    return decisions.record(**body, **({"file": file.file, "name": file.name or ""} if file else {}))


class ApplicationViewSet(
    ConditionActions, LaneActions, QuestionActions, viewsets.GenericViewSet[Application]
):
    """Applications the caller may see; outside of that 404. The verbs say who may act, and when."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read"}
    queryset = Application.objects.none()
    filterset_class = ApplicationFilter
    serializer_class = ApplicationDetail
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9]+"

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """The limit of an upload stands before anything reads the request."""
        documents.limited(request)
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Application]:
        if getattr(self, "swagger_fake_view", False):
            return Application.objects.none()
        seen = Application.objects.for_user(self.request.user)  # type: ignore[arg-type]
        if self.action == "list":
            return listed(self.request.user)  # type: ignore[arg-type]
        return (
            seen.with_dossier()
            .select_related("copied_from", "license")
            .prefetch_related("decisions__license", "rulings__by", "escalations__by", "appeals__by")
            .prefetch_related(
                *in_order(Application, "appeals__papers"), "appeals__papers__by", "appeals__withdrawals__by"
            )
        )

    @extend_schema(responses=ApplicationOut(many=True))
    def list(self, request: Request) -> Response:
        """Applications, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = queues.opened(page or [])
        return self.get_paginated_response(ApplicationOut(shown, many=True, context=context(request)).data)

    def retrieve(self, request: Request, number: str) -> Response:
        """One application with everything about it and the caller's next actions."""
        return self._shown()

    @extend_schema(request=bodies.StartIn, responses={201: ApplicationDetail})
    def create(self, request: Request) -> Response:
        """Start a draft; it gets its control number."""
        body = self._read(bodies.StartIn)
        case = applications.start(**body, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        self.kwargs["number"] = case.number
        return self._shown(status=201)

    @extend_schema(request=bodies.DraftIn, responses=ApplicationDetail, parameters=[IF_MATCH])
    def partial_update(self, request: Request, number: str) -> Response:
        """Save a draft. 412 (If-Match) or 409 (`version`) with what differs when somebody saved since."""
        case, body = self.get_object(), self._read(bodies.DraftIn)
        applications.save_draft(application=case, by=request.user, at=timezone.now(), **parts(request, body))  # type: ignore[arg-type]
        return self._shown()

    @extend_schema(request=bodies.AmendIn, responses=ApplicationDetail, parameters=[IF_MATCH])
    @post
    def amend(self, request: Request, number: str) -> Response:
        """Change a filed application as a new version, with its reason; `versions` tells what differs."""
        case, body = self.get_object(), self._read(bodies.AmendIn)
        reason = body.pop("reason")
        by: Any = request.user
        amendments.amend(application=case, reason=reason, by=by, at=timezone.now(), **parts(request, body))
        return self._shown()

    @extend_schema(request=bodies.ReportChangeIn)
    @post
    def report_change(self, request: Request, number: str) -> Response:
        """Record a change of facts outside the form after filing or issue (748.6(f))."""
        return self._act(amendments.report_change, bodies.ReportChangeIn)

    @extend_schema(request=None)
    @post
    def submit(self, request: Request, number: str) -> Response:
        """Submit a complete draft; every gap is named at once."""
        return self._act(applications.submit)

    @extend_schema(request=bodies.AssignIn)
    @post
    def assign(self, request: Request, number: str) -> Response:
        """Say who works the case, or a body's lane of it; null gives it back."""
        return self._act(assignments.assign, bodies.AssignIn)

    @extend_schema(request=bodies.WithdrawIn)
    @post
    def withdraw(self, request: Request, number: str) -> Response:
        """Withdraw a case that is not decided."""
        return self._act(applications.withdraw, bodies.WithdrawIn)

    @extend_schema(request=None)
    @post
    def register(self, request: Request, number: str) -> Response:
        """Register a submitted case: the 90 days begin."""
        return self._act(applications.register)

    @extend_schema(request=UnregisteredIn)
    @post
    def return_unregistered(self, request: Request, number: str) -> Response:
        """Return a filing that cannot be registered; the notice lists its defects (750.4(a)(2))."""
        return self._act(applications.return_unregistered, UnregisteredIn)

    @extend_schema(request=None)
    @post
    def convene(self, request: Request, number: str) -> Response:
        """Bring a case on which the agencies differ before the Operating Committee."""
        return self._act(ladder.convene)

    @extend_schema(request=RuleIn)
    @post
    def rule(self, request: Request, number: str) -> Response:
        """Record what the forum that has the case ruled; it binds after five days."""
        return self._act(ladder.rule, RuleIn)

    @extend_schema(request=EscalateIn)
    @post
    def escalate(self, request: Request, number: str) -> Response:
        """Take a ruling to the next forum, for a body that dissented."""
        return self._act(ladder.escalate, EscalateIn)

    @extend_schema(request=RespondIn)
    @post
    def respond(self, request: Request, number: str) -> Response:
        """Answer an intent-to-deny letter; after day 20 the answer is kept and marked late."""
        return self._act(appeals.respond, RespondIn)

    @extend_schema(request=AppealIn)
    @post
    def appeal(self, request: Request, number: str) -> Response:
        """Appeal a final denial to the Under Secretary (756.2)."""
        return self._act(appeals.appeal, AppealIn)

    @extend_schema(request=PaperIn)
    @post
    def add_appeal_paper(self, request: Request, number: str) -> Response:
        """Add a paper to a pending appeal, until day 30 after it."""
        return self._act(appeals.add_appeal_paper, PaperIn)

    @extend_schema(request=bodies.WithdrawIn)
    @post
    def withdraw_appeal(self, request: Request, number: str) -> Response:
        """Withdraw a pending appeal; the denial stands."""
        return self._act(appeals.withdraw, bodies.WithdrawIn)

    @extend_schema(
        parameters=[
            OpenApiParameter("on", OpenApiTypes.DATE, description="As of that day; today where not given")
        ],
        responses=ClockOnOut,
    )
    @action(detail=True, methods=["get"])
    def clock(self, request: Request, number: str) -> Response:
        """The legal clock and every step's days as they stood on any day."""
        case = self.get_object()
        asked = ClockOnIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        on = asked.validated_data.get("on") or timezone.localdate()
        told = {
            "on": on, "clock": cases.reading(case, on), "ladder": ladder_of(case, context(request)["by"], on),
            "own_deadlines": rungs.own_deadlines(case, on),
        }  # fmt: skip
        return Response(ClockOnOut(told).data)

    @extend_schema(request=None)
    @post
    def begin_review(self, request: Request, number: str) -> Response:
        """Begin the internal review of the company route."""
        return self._act(applications.begin_review)

    @extend_schema(request=bodies.FiledIn)
    @post
    def mark_filed(self, request: Request, number: str) -> Response:
        """Note that the case was filed with the agency; by another person than began the review."""
        return self._act(applications.mark_filed, bodies.FiledIn)

    @extend_schema(request=bodies.StopIn)
    @post
    def stop_clock(self, request: Request, number: str) -> Response:
        """Stop the legal clock for a reason of 750.4(b)."""
        return self._act(review.stop_clock, bodies.StopIn)

    @extend_schema(request=bodies.CheckIn)
    @post
    def complete_check(self, request: Request, number: str) -> Response:
        """Record the day a pre-license check was completed; its analysis is due 5 days after."""
        return self._act(review.complete_check, bodies.CheckIn)

    @extend_schema(request=bodies.ResumeIn)
    @post
    def resume_clock(self, request: Request, number: str) -> Response:
        """End the open clock stops, or one of them."""
        return self._act(review.resume_clock, bodies.ResumeIn)

    @extend_schema(request=bodies.ProposeDecisionIn)
    @post
    def propose_decision(self, request: Request, number: str) -> Response:
        """Propose a decision for another person to countersign."""
        return self._act(decisions.propose, bodies.ProposeDecisionIn)

    @extend_schema(request=bodies.CountersignIn)
    @post
    def countersign(self, request: Request, number: str) -> Response:
        """Make the proposed decision; an approval issues the license. 409 names everything against it.

        403 with code `step_up` unless the person confirmed password or second factor within five minutes.
        """
        return self._act(decisions.countersign, bodies.CountersignIn, confirmed=True)

    @extend_schema(request=bodies.SendBackIn)
    @post
    def send_back(self, request: Request, number: str) -> Response:
        """Send the proposal back with a reason."""
        return self._act(decisions.send_back, bodies.SendBackIn)

    @extend_schema(request=bodies.CorrectIn)
    @post
    def correct(self, request: Request, number: str) -> Response:
        """Propose a correction of the decision that stands; another person countersigns it."""
        return self._act(corrections.propose, bodies.CorrectIn)

    @extend_schema(request=None)
    @post
    def countersign_correction(self, request: Request, number: str) -> Response:
        """Make the proposed correction. 403 with code `step_up` as for `countersign`."""
        return self._act(corrections.countersign, confirmed=True)

    @extend_schema(request={"application/json": bodies.RecordIn, "multipart/form-data": bodies.RecordIn})
    @action(detail=True, methods=["post"], parser_classes=[JsonParser, MultiPartParser])
    def record_decision(self, request: Request, number: str) -> Response:
        """Record the agency's decision with its document, or why that is not at hand (company route)."""
        return self._act(recorded, bodies.RecordIn)

    def _act(
        self,
        verb: Callable[..., Any],
        shape: type[serializers.Serializer[Any]] | None = None,
        *,
        confirmed: bool = False,
    ) -> Response:
        """Call a verb on the case; the scope is asked first, then a second sign-in where one is needed."""
        case = self.get_object()
        if confirmed:
            stepup.require(self.request._request)
        body = self._read(shape) if shape else {}
        if large := documents.too_large(self.request._request):
            raise large
        expected(self.request, case)
        verb(application=case, by=self.request.user, at=timezone.now(), **body)
        return self._shown()

    def _on_condition(self, verb: Callable[..., Any], shape: type[serializers.Serializer[Any]]) -> Response:
        case, body = self.get_object(), self._read(shape)
        expected(self.request, case)
        condition = get_object_or_404(Condition, application=case, number=body.pop("number"))
        condition.application = case
        if (key := body.pop("evidence", None)) is not None:
            body["evidence"] = get_object_or_404(Attachment, application=case, pk=key)
        verb(condition=condition, by=self.request.user, at=timezone.now(), **body)
        return self._shown()

    def _read(self, shape: type[serializers.Serializer[Any]]) -> dict[str, Any]:
        body = shape(data=self.request.data, context=context(self.request))
        body.is_valid(raise_exception=True)
        return dict(body.validated_data)

    def _shown(self, status: int = 200) -> Response:
        case = self.get_object()
        shown = ApplicationDetail(case, context=context(self.request)).data
        return Response(shown, status=status, headers={"ETag": f'"{case.version}"'})
