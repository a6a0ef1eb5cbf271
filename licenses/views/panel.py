"""The panel beside a case: the determination and the license review policy of a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from entities.models import Hit
from exportctl.errors import Refused

from .. import determinations, policies, rulebook
from ..determination.assess import assess
from ..determination.case import Assessment, Reason, Result
from ..determination.tables import POLICY_WORDS
from ..forms.register import OnForm
from ..models import Application, Decision
from .policies import told as told_version

# Never "no license required": that answer is signed by people, not computed here.
RESULTS = {
    Result.PROHIBITED: ("Prohibited", "late", "no"),
    Result.LICENSE_REQUIRED: ("License requirement found", "plain", "lock"),
    Result.NEEDS_REVIEW: ("Needs review", "soon", "warn"),
    Result.OTHER_AGENCY: ("Another agency’s item", "plain", "no"),
    Result.EXCEPTION: ("A license exception covers it, not signed", "soon", "policy"),
    Result.NLR: ("No license requirement found on these facts", "soon", "policy"),
    Result.NOT_SUBJECT: ("Not subject to the EAR on these facts", "soon", "policy"),
}


def policy_of(
    application: Application, hits: list[Hit], made: list[Decision], asked: Mapping[str, str], today: date
) -> dict[str, Any]:
    """The license review policy in force on a day: the one asked for, else the decision's, else today."""
    decided = timezone.localdate(made[0].made_at) if made and made[0].made_at else None
    filed = timezone.localdate(application.submitted_at) if application.submitted_at else None
    usual = decided or today
    form = OnForm(asked if "on" in asked else None, initial={"on": usual}, auto_id="policy_%s")
    on = (form.is_bound and form.is_valid() and form.cleaned_data["on"]) or usual
    started = None if application.submitted_at else timezone.localdate(application.created_at)
    days = [
        ("Started", started if started != today else None),
        ("Filed", filed),
        ("Decided", decided),
        ("Today", None if decided == today else today),
    ]
    choices = [
        {"words": words, "url": f"?on={day.isoformat()}#policy", "current": day == on}
        for words, day in days
        if day
    ]
    mark = getattr(application, "rules_mark", None)
    versions = rulebook.in_force((hit.listed_party.group for hit in hits), on, mark)
    rules = rulebook.current(mark)
    try:
        known, _ = determinations.case_of(application, rules, on, hits)
    except Refused:  # a worksheet that does not add up any more; its page says so
        known = policies.case_of(application, hits)
    assessment = assess(known, rules, on)
    first, more = told_reasons(assessment)
    words, tone, icon = RESULTS[assessment.result]
    return {
        "form": form,
        "on": on,
        "choices": choices,
        "found": assessment,
        "result": words,
        "tone": tone,
        "icon": icon,
        "review": POLICY_WORDS.get(assessment.policy, ""),
        "reasons": first,
        "more": more,
        "questions": assessment.questions,
        "versions": [told_version(version, on) for version in versions],
    }


def told_reasons(assessment: Assessment) -> tuple[list[Reason], list[Reason]]:
    """The first reason of each kind and party, and the rest; policies are told from their versions."""
    seen: set[tuple[str, str]] = set()
    first: list[Reason] = []
    more: list[Reason] = []
    for reason in assessment.reasons:
        if reason.code != "POLICY":
            (more if (reason.party, reason.code) in seen else first).append(reason)
            seen.add((reason.party, reason.code))
    return first, more
