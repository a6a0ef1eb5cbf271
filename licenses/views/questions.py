"""Questions on the pages of a case, and the page on which one is answered, withdrawn or reminded of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from exportctl import documents, roles, shell
from exportctl.errors import Refused
from exportctl.models import User

from .. import applications, cases, questions, workflow
from ..forms.questions import AnswerForm, OneQuestionForm, OutsideAnswerForm, WithdrawQuestionForm
from ..models import Application, Asked, Question, Route
from .page import user_of

ACTS: dict[str, tuple[Callable[..., Any], str, type[OneQuestionForm]]] = {
    "answer_question": (questions.answer, "The answer is on record.", AnswerForm),
    "withdraw_question": (questions.withdraw, "The question is withdrawn.", WithdrawQuestionForm),
    "remind_question": (questions.remind, "Who was asked is reminded.", OneQuestionForm),
}


def rows(
    found: Iterable[Question], *, case: Application, user: User, on: date, review: bool, offers: Any
) -> list[dict[str, Any]]:
    """Each question this person may read, with its state and buttons. Reads `documents`."""
    return [
        {
            "question": each,
            "late": each.open and each.due_on < on,
            "documents": [one.attachment_id for one in each.documents.all()],
            "offers": [offers[name] for name in ACTS if name in offers and may(each, name, case, user)],
        }
        for each in found
        if review or each.to == Asked.FILER
    ]


def may(question: Question, name: str, case: Application, user: User) -> bool:
    """Whether an action makes sense for this person; the verbs have the last word."""
    if not question.open:
        return False
    if name == "answer_question":
        own = roles.sees(user) == "own"
        return (question.to == Asked.FILER) == own or question.outside
    return True


def act(request: HttpRequest, case: Application, action: str) -> HttpResponse:
    """Answer, withdraw or remind: GET shows the question with its form, POST calls the verb."""
    key = (request.POST if request.method == "POST" else request.GET).get("question", "")
    if request.method != "POST" and not key:
        return redirect(reverse("licenses:application", args=[case.number]) + "#questions")
    user, on = user_of(request), timezone.localdate()
    review = cases.shows_review(case, user)
    seen = case.questions.all() if review else Question.objects.filter(application=case, to=Asked.FILER)
    question = next((each for each in seen if str(each.pk) == key), None)
    if question is None:
        question = get_object_or_404(Question, pk=0)
    question.application = case
    verb, said, kind = ACTS[action]
    if action == "answer_question" and question.outside:
        kind = OutsideAnswerForm
    form = kind(request.POST, request.FILES) if request.method == "POST" else kind(initial={"question": key})
    status, blockers = 200, cast("Any", ())
    if request.method == "POST":
        try:
            if no := documents.too_large(request):
                raise no
            if form.is_valid():
                verb(question=question, **given(form), by=user, at=timezone.now())
                shell.say(request, said)
                return redirect("licenses:application", case.number)
            status = 400
        except Refused as refused:
            status, blockers = refused.status_code, refused.blockers
    facts = applications.facts(case, by=user, on=on)
    offer = next((each for each in workflow.next_actions(facts) if each.action == action), None)
    (row,) = rows([question], case=case, user=user, on=on, review=True, offers={})
    context = {
        "case": case, "row": row, "label": next(e.label for e in workflow.TRANSITIONS if e.action == action),
        "what": "The question", "shown": "licenses/_question.html", "number": question.number,
        "offer": offer, "form": form, "company": case.route == Route.COMPANY,
        "refused": blockers, "today": on, "wrong": form if status == 400 else None,
    }  # fmt: skip
    return render(
        request, "licenses/part_act.html", context, status=status if offer or status != 200 else 409
    )


def given(form: Any) -> dict[str, Any]:
    fields = {name: value for name, value in form.cleaned_data.items() if value not in (None, "", "question")}
    fields.pop("question", None)
    if file := fields.pop("file", None):
        fields |= {"file": file.file, "name": file.name or ""}
    return fields
