"""The dossier of a case and everything that may be done on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from exportctl import documents, shell, stepup
from exportctl.errors import Refused

from .. import (
    amendments,
    appeals,
    applications,
    cases,
    conditions,
    corrections,
    decisions,
    ladder,
    questions,
    review,
    workflow,
)
from ..models import Application
from ..workflow import TRANSITIONS
from . import assignments as desks
from . import casefile, dossier
from . import conditions as condition_pages
from . import questions as question_pages
from .page import page, user_of

Call = Callable[..., object]


def on_case(verb: Call) -> Call:
    return lambda case, fields, **who: verb(application=case, **fields, **who)


def on_document(verb: Call) -> Call:
    """A verb that also takes a file, as it was uploaded."""

    def call(case: Application, fields: dict[str, Any], **who: Any) -> object:
        file = fields.pop("file", None)
        given = {"file": file.file, "name": file.name or ""} if file else {}
        return verb(application=case, **fields, **given, **who)

    return call


# action -> the verb, and what is said when it is done
ACTS: dict[str, tuple[Call, str]] = {
    "withdraw": (on_case(applications.withdraw), "The application is withdrawn."),
    "report_change": (on_case(amendments.report_change), "The change is on record."),
    "register": (on_case(applications.register), "Registered: the 90 days begin."),
    "return_unregistered": (
        on_case(applications.return_unregistered),
        "The filing is returned; the notice lists its defects.",
    ),
    "convene": (on_case(ladder.convene), "The case is before the Operating Committee."),
    "rule": (on_case(ladder.rule), "The ruling is recorded; it binds after five days."),
    "escalate": (on_case(ladder.escalate), "The ruling is escalated."),
    "respond": (on_case(appeals.respond), "Your answer is on record."),
    "appeal": (on_case(appeals.appeal), "The appeal is filed; the denial stays in force meanwhile."),
    "add_appeal_paper": (on_case(appeals.add_appeal_paper), "The paper is added to the appeal."),
    "withdraw_appeal": (on_case(appeals.withdraw), "The appeal is withdrawn; the denial stands."),
    "begin_review": (on_case(applications.begin_review), "The internal review has begun."),
    "mark_filed": (on_case(applications.mark_filed), "Noted as filed with the agency."),
    "refer": (on_case(review.refer), "The case is referred."),
    "consult": (on_case(review.consult), "The body is asked; the case stays where it is."),
    "advise": (on_case(review.advise), "The view is recorded."),
    "close_lane": (on_case(review.close_lane), "The lane is closed; the case waits for that body no more."),
    "recommend": (on_case(review.recommend), "The position is recorded."),
    "propose_condition": (on_case(conditions.propose), "The condition is proposed to the applicant."),
    "assign": (desks.assign, "Noted who works it."),
    "ask_question": (on_case(questions.ask), "The question is asked."),
    "record_question": (on_case(questions.record), "The agency’s question is on record."),
    "stop_clock": (on_case(review.stop_clock), "The clock is stopped."),
    "complete_check": (on_case(review.complete_check), "The completed check is on record."),
    "resume_clock": (on_case(review.resume_clock), "The clock runs again."),
    "propose_decision": (
        on_case(decisions.propose),
        "The decision is proposed; another person countersigns it.",
    ),
    "countersign": (on_case(decisions.countersign), "The decision is made."),
    "correct": (on_case(corrections.propose), "The correction is proposed; another person countersigns it."),
    "countersign_correction": (on_case(corrections.countersign), "The correction is made."),
    "send_back": (on_case(decisions.send_back), "The proposal is sent back with your reason."),
    "record_decision": (on_document(decisions.record), "The agency’s decision is recorded."),
}
STEP_UP = {"countersign", "countersign_correction"}
WITH_FILE = {"record_decision", "meet_condition", "answer_question"}


@page("application.read")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """The dossier: how the case stands and what is next."""
    return shown(request, found_or_404(request, number))


def found_or_404(request: HttpRequest, number: str) -> Application:
    return casefile.found(user_of(request), number)


def shown(
    request: HttpRequest,
    case: Application,
    *,
    status: int = 200,
    tried: dict[str, Any] | None = None,
    **more: Any,
) -> HttpResponse:
    """The dossier, after a refusal with its blockers and with what was typed."""
    today = timezone.localdate()
    context = dossier.of(case, user_of(request), today=today, asked=request.GET, tried=tried or {})
    return render(request, "licenses/application.html", context | {"today": today} | more, status=status)


@csrf_exempt
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """Do one action of the table on a case; the limit of an upload stands before anything reads the request."""
    if action in WITH_FILE:
        documents.limited(request)
    return _act(request, number, action)


@csrf_protect
@page("application.read")
def _act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """GET shows the form of the action, and only POST calls the verb."""
    if action in ("edit", "submit", "amend"):
        return redirect("licenses:application-edit", number)
    if action not in {*ACTS, *condition_pages.ACTS, *question_pages.ACTS}:
        raise Http404(action)
    case = found_or_404(request, number)
    if action in condition_pages.ACTS:
        return condition_pages.act(request, case, action)
    if action in question_pages.ACTS:
        return question_pages.act(request, case, action)
    if request.method != "POST":
        return asked(request, case, action)
    if action in STEP_UP:
        stepup.ask(request)
    seats = cases.seats(user_of(request), timezone.localdate())
    form = (
        desks.form_of(case, user_of(request), request.POST)
        if action == "assign"
        else dossier.form_for(action, case, seats, request.POST, request.FILES)
    )
    if large := documents.too_large(request):
        return shown(request, case, status=413, tried={action: form}, refused=large.blockers)
    if not form.is_valid():
        return shown(request, case, status=400, tried={action: form}, wrong=form)
    verb, said = ACTS[action]
    try:
        verb(case, given(form), by=user_of(request), at=timezone.now())
    except Refused as refused:
        return shown(
            request,
            found_or_404(request, number),
            status=refused.status_code,
            tried={action: form},
            refused=refused.blockers,
        )
    shell.say(request, said)
    return redirect("licenses:application", number)


def asked(request: HttpRequest, case: Application, action: str) -> HttpResponse:
    """The form of one action on a page of its own, for who comes by a link."""
    row = next((row for row in TRANSITIONS if row.action == action), None)
    facts = applications.facts(case, by=user_of(request), on=timezone.localdate())
    offered = next((each for each in workflow.next_actions(facts) if each.action == action), None)
    offer = offered and dossier.offer(case, offered, facts.seats, {})
    if offer and action == "assign":
        offer.form = desks.form_of(case, user_of(request))
    context = {"case": case, "offer": offer, "label": row.label if row else action}
    return render(request, "licenses/application_act.html", context, status=200 if offer else 409)


def given(form: Any) -> dict[str, Any]:
    """What was typed, without the answers left open: the verbs know their own defaults."""
    return {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
