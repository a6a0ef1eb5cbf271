"""The determination beside an application: the answer of a day, the facts behind it, memos and signatures."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.transitions import Blocker

from .. import determinations, memos, policies, rulebook
from ..determination.assess import assess
from ..determination.tables import POLICY_WORDS
from ..forms.determination import FactsForm, RelyForm, SignForm, WhyForm
from ..forms.register import OnForm
from ..models import Application, Determination, Memo
from . import casefile, panel
from .page import page, user_of
from .policies import told as told_version

REQUIRES = "requires verification"


@page("application.read")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """What the rules of a day say of the case, `?on=`; today where none is asked."""
    return shown(request, case_or_404(request, number))


def case_or_404(request: HttpRequest, number: str) -> Application:
    return casefile.found(user_of(request), number)


def shown(request: HttpRequest, case: Application, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page, after a refusal with what was typed."""
    today = timezone.localdate()
    days = OnForm(request.GET if "on" in request.GET else None, initial={"on": today})
    on: date = (days.is_bound and days.is_valid() and days.cleaned_data["on"]) or today
    context = (
        answer_of(case, on) | kept_of(request, case) | {"days": days, "on": on, "case": case, "today": today}
    )
    user = user_of(request)
    context["choices"] = choices(case, on, today)
    context["may_record"] = user.is_person and roles.may(user, "determination.propose")
    context["form"] = more.pop("facts_form", None) or facts_form(case, context["offers"])
    return render(request, "licenses/determination.html", context | more, status=status)


def choices(case: Application, on: date, today: date) -> list[dict[str, Any]]:
    """The days that matter to a case, as links."""
    filed = timezone.localdate(case.submitted_at) if case.submitted_at else None
    days = [("Filed", filed), ("Today", today)]
    return [
        {"words": words, "url": f"?on={each.isoformat()}", "current": each == on}
        for words, each in days
        if each and (words == "Filed" or each != filed)
    ]


def answer_of(case: Application, on: date) -> dict[str, Any]:
    """The answer of a day as the page tells it, with the review policies in force on it."""
    hits = policies.hits_of(case)
    mark = getattr(case, "rules_mark", None)
    rules = rulebook.current(mark)
    trouble: tuple[Any, ...] = ()
    try:
        asked, sheet = determinations.case_of(case, rules, on, hits)
    except Refused as refused:  # a worksheet that does not add up any more
        asked, sheet, trouble = policies.case_of(case, hits, None), None, refused.blockers
    found = assess(asked, rules, on)
    groups = {hit.listed_party.group for hit in hits}
    words, tone, icon = panel.RESULTS[found.result]
    first, rest = panel.told_reasons(found)
    return {
        "result": words, "tone": tone, "icon": icon, "found": found, "reasons": first, "more": rest,
        "review": POLICY_WORDS.get(found.policy, ""), "offers": found.exceptions, "sheet": sheet,
        "versions": [told_version(each, on) for each in rulebook.in_force(groups, on, mark)],
        "sheet_trouble": trouble,
        "regimes": [{"regime": each, "current": each.in_force(on), "url": f"?on={each.since.isoformat()}"}
                    for each in rules.policies if each.group in groups and each.since],
    }  # fmt: skip


def facts_form(case: Application, offers: Any, data: Any = None) -> FactsForm:
    parties = policies.case_of(case, []).parties
    keys = {role.party.name: role.party_id for role in case.roles.all()}
    known = {keys[party.name]: party for party in parties if party.roles != ("applicant",)}
    symbols = [each.symbol for each in offers]
    return FactsForm(
        data, parties=known, lines=case.lines.all(), offered=symbols, known=determinations.facts_of(case),
        auto_id="fact_%s",
    )  # fmt: skip


def kept_of(request: HttpRequest, case: Application) -> dict[str, Any]:
    """The memos of the case, the newest first, each with what may be done with it."""
    user = user_of(request)
    rows = list(
        case.memos.select_related("by", "determination__proposed_by", "determination__signed_by")
        .prefetch_related("determination__shipments")
        .defer("pdf", "html")
        .order_by("-number")
    )
    told = []
    for place, memo in enumerate(rows):
        made = getattr(memo, "determination", None)
        met = [each["symbol"] for each in memo.answer["exceptions"] if each["status"] != REQUIRES]
        free = memo.result == "NLR" or (memo.result == "EXCEPTION" and met)
        may = (
            place == 0
            and made is None
            and free
            and user.is_person
            and roles.may(user, "determination.propose")
        )
        told.append({"memo": memo, "words": memos.WORDS[memo.result], "made": made,
                     "sign": SignForm(symbols=met if memo.result == "EXCEPTION" else (),
                                      auto_id=f"sign{memo.number}_%s") if may else None})  # fmt: skip
    return {
        "kept": told,
        "may_sign": user.is_person and roles.may(user, "determination.sign"),
        "may_rely": roles.may(user, "usage.record"),
        "rely": RelyForm(auto_id="rely_%s"),
        "why": WhyForm(auto_id="why_%s"),
    }


@page("application.read")
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """Record facts, keep a memo, sign, send back, end, or note a shipment; only POST calls a verb."""
    if action not in ACTS:
        raise Http404(action)
    case = case_or_404(request, number)
    if request.method != "POST":
        return redirect("licenses:determination", number)
    try:
        answered = ACTS[action](request, case)
    except Refused as refused:
        return shown(request, case, status=refused.status_code, refused=refused.blockers)
    if answered is not None:
        return answered
    on = request.POST.get("on", "")
    return redirect(f"{request.path.rsplit('/', 2)[0]}/" + (f"?on={on}" if len(on) == 10 else ""))


def record(request: HttpRequest, case: Application) -> HttpResponse | None:
    form = facts_form(case, answer_of(case, timezone.localdate())["offers"], request.POST)
    if not form.is_valid():
        return shown(request, case, status=400, facts_form=form)
    try:
        determinations.record(application=case, facts=form.facts(), version=form.cleaned_data["version"],
                              by=user_of(request), at=timezone.now())  # fmt: skip
    except Refused as refused:
        left = at_fields(form, refused)
        return shown(request, case, status=refused.status_code, facts_form=form, refused=left)
    shell.say(request, "The facts are recorded; the answer is made anew.")
    return None


def at_fields(form: FactsForm, refused: Refused) -> tuple[Blocker, ...]:
    """Tell each blocker at its field of the form; returns those that have none."""
    left = []
    for blocker in refused.blockers:
        name = re.sub(r"^lines\.(\d+)\.", r"line_\1_", blocker.field)
        if name in form.fields and name != "version":
            form.add_error(name, f"{blocker.message} {blocker.remedy}".strip())
        else:
            left.append(blocker)
    return tuple(left)


def keep(request: HttpRequest, case: Application) -> HttpResponse | None:
    form = OnForm(request.POST)
    on = form.cleaned_data["on"] if form.is_valid() else None
    memo = determinations.keep(
        application=case, on=on or timezone.localdate(), by=user_of(request), at=timezone.now()
    )
    shell.say(request, f"Memo {memo.number} is kept: {memos.WORDS[memo.result].lower()}.")
    return None


def propose(request: HttpRequest, case: Application) -> HttpResponse | None:
    memo = memo_of(case, request.POST.get("memo", ""))
    met = [each["symbol"] for each in memo.answer["exceptions"] if each["status"] != REQUIRES]
    form = SignForm(request.POST, symbols=met if memo.result == "EXCEPTION" else ())
    if not form.is_valid():
        return shown(request, case, status=400, wrong=form)
    made = determinations.propose(memo=memo, **form.cleaned_data, by=user_of(request), at=timezone.now())
    shell.say(request, f"{made.number} is signed by you; another person signs it next." if made.state == "proposed"
              else f"{made.number} is signed.")  # fmt: skip
    return None


def sign(request: HttpRequest, case: Application) -> HttpResponse | None:
    row = determinations.sign(determination=made_of(request, case), by=user_of(request), at=timezone.now())
    shell.say(request, f"{row.number} is signed.")
    return None


def closing(
    verb: Callable[..., Determination], said: str
) -> Callable[[HttpRequest, Application], HttpResponse | None]:
    def close(request: HttpRequest, case: Application) -> HttpResponse | None:
        form = WhyForm(request.POST)
        if not form.is_valid():
            return shown(request, case, status=400, wrong=form)
        row = verb(
            determination=made_of(request, case), **form.cleaned_data, by=user_of(request), at=timezone.now()
        )
        shell.say(request, f"{row.number} {said}.")
        return None

    return close


def rely(request: HttpRequest, case: Application) -> HttpResponse | None:
    form = RelyForm(request.POST)
    if not form.is_valid():
        return shown(request, case, status=400, wrong=form)
    made = determinations.rely(
        determination=made_of(request, case), **form.cleaned_data, by=user_of(request), at=timezone.now()
    )
    shell.say(request, f"Noted: {made.reference} relied on it.")
    return None


ACTS: dict[str, Callable[[HttpRequest, Application], HttpResponse | None]] = {
    "facts": record,
    "keep": keep,
    "propose": propose,
    "sign": sign,
    "send-back": closing(determinations.send_back, "is sent back"),
    "end": closing(determinations.end, "is ended"),
    "rely": rely,
}


def memo_of(case: Application, number: str) -> Memo:
    return get_object_or_404(
        Memo, application=case, number=int(number) if number.isdigit() and len(number) < 6 else 0
    )


def made_of(request: HttpRequest, case: Application) -> Determination:
    return get_object_or_404(
        Determination, memo__application=case, number=str(request.POST.get("made", ""))[:12]
    )


@page("application.read")
def memo(request: HttpRequest, number: str, memo: int, form: str = "html") -> HttpResponse:
    """A kept memo, word for word: as a page or as the PDF."""
    case = case_or_404(request, number)
    kept = get_object_or_404(Memo.objects.select_related("by"), application=case, number=memo)
    if form == "pdf":
        name = f"{case.number}-memo-{kept.number}.pdf"
        disposition = content_disposition_header(True, name) or ""
        return HttpResponse(
            bytes(kept.pdf), content_type="application/pdf", headers={"Content-Disposition": disposition}
        )
    return render(request, "licenses/determination_kept.html", {"case": case, "memo": kept})
