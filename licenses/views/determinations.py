"""The register of determinations: memos and what was signed on them, each with its standing of today."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from .. import memos, standings
from ..models import ApplicationLine, DeterminationState, Memo
from .page import asked, older, page, user_of

GROUPS: dict[str, tuple[str, Q]] = {
    "": ("Current", Q(determination__isnull=False) | Q(number=F("last_number"))),
    "signed": ("Signed", Q(determination__state=DeterminationState.SIGNED)),
    "waiting": ("Wait for the second person", Q(determination__state=DeterminationState.PROPOSED)),
    "unsigned": ("Memos not signed", Q(determination=None, number=F("last_number"))),
    "over": (
        "Sent back or ended",
        Q(determination__state__in=(DeterminationState.SENT_BACK, DeterminationState.ENDED)),
    ),
    "all": ("Every memo", Q()),
}
# standing -> chip's words, tone, icon
CHIPS = {
    standings.HOLDS: ("Holds today", "good", "good"),
    standings.WAITS: ("Waits for a signature", "soon", "soon"),
    standings.RERUN: ("Run it again", "late", "return"),
    standings.REPLACED: ("Replaced", "plain", "info"),
    standings.OVER: ("Over", "plain", "no"),
}

SAME = ("Same answer today", "plain", "good")


def plain(memo: Memo, standing: standings.Standing) -> bool:
    """A memo that would be answered alike and that nobody signed: nothing is released by it."""
    return standing.holds and getattr(memo, "determination", None) is None


def of_item(found: QuerySet[Memo], item: int) -> QuerySet[Memo]:
    """Those of cases that hold an item."""
    return found.filter(application__in=ApplicationLine.objects.filter(item=item).values("application"))


def found_by(found: QuerySet[Memo], words: str) -> QuerySet[Memo]:
    """By the number of a determination or application, the applicant, a party or an item's part number."""
    if not words:
        return found
    lines = ApplicationLine.objects.filter(part_number__iexact=words).values("application")
    return found.filter(
        Q(determination__number__iexact=words)
        | Q(application__number__iexact=words)
        | Q(application__applicant__name__icontains=words)
        | Q(application__in=lines)
    )


def told(rows: list[Memo], on: date) -> list[dict[str, Any]]:
    """Each memo as a row: its determination, result in words, standing of a day."""
    found = standings.of(rows, on)
    return [
        {
            "memo": memo,
            "made": getattr(memo, "determination", None),
            "words": memos.WORDS[memo.result],
            "standing": found[memo.pk],
            "chip": SAME if plain(memo, found[memo.pk]) else CHIPS[found[memo.pk].code],
        }
        for memo in rows
    ]


@page("application.read")
def index(request: HttpRequest) -> HttpResponse:
    """Memos and signed determinations, newest first: what each says, until when, and whether it still holds."""
    wanted, group, item = asked(request), asked(request, "show"), asked(request, "item")
    group = group if group in GROUPS else ""
    found = found_by(standings.listed(user_of(request)).filter(GROUPS[group][1]), wanted)
    if item.isdecimal() and len(item) < 19:
        found = of_item(found, int(item))
    rows, after = older(found, request.GET.get("before", ""))
    context = {
        "rows": told(rows, timezone.localdate()),
        "after": after,
        "wanted": wanted,
        "group": group,
        "item": item,
        "tabs": [
            {"words": words, "url": f"?show={code}" if code else "?", "current": code == group}
            for code, (words, _) in GROUPS.items()
        ],
    }
    return render(request, "licenses/determinations.html", context)
