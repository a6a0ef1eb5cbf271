"""What the form of an application shows: its parts, what is missing, what it may be returned for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from exportctl.models import User
from exportctl.transitions import Blocker

from .. import advice, applications, cases, filing
from ..blocks import BLOCKS
from ..forms.draft import DraftForm, item_label, party_label
from ..models import Application, ApplicationLine, Decision, PartyRole, ReturnReason, Route
from ..workflow import Status
from . import panel, people

# part of the page -> its title and the fields whose gaps are mended there, besides the blocks of the part
PARTS = {
    "parties": ("1. Parties", ("parties", "roles", *PartyRole.values)),
    "items": ("2. Items", ("lines", "items", "quantity", "unit_price", "total_price")),
    "enduse": ("3. End use", ()),
    "filing": ("4. The filing", ("deemed",)),
    "documents": ("5. Documents", ("documents",)),
}  # fmt: skip


def may_amend(case: Application, user: User) -> bool:
    """Whether a filed case may be amended by this person now."""
    offered = applications.next_actions(case, user, timezone.localdate())
    return any(each.action == "amend" and each.allowed for each in offered)


def shown(
    request: HttpRequest,
    case: Application,
    form: DraftForm,
    roleset: Any,
    lineset: Any,
    *,
    status: int = 200,
    refused: Iterable[Blocker] = (),
    conflict: bool = False,
) -> HttpResponse:
    """The form beside what is still missing."""
    user = user_of(request)
    beside = side(request, case)
    standing = {party_label(person.party): person for person in beside["people"]}
    context = {
        "case": case,
        "form": form,
        "amending": case.status != Status.DRAFT,
        "roleset": roleset,
        "lineset": lineset,
        "rows": [(row, standing.get(row["party"].value() or "")) for row in roleset],
        "several_users": sum(row["role"].value() == "end_user" for row in roleset) > 1,
        "lines": list(rows_of(lineset, case)),
        "applicant": standing.get(party_label(case.applicant)),
        "refused": [replace(blocker, link=blocker.link or anchor(blocker)) for blocker in refused],
        "company": case.route == Route.COMPANY,
        "conflict": conflict,
        "limit": settings.DOCUMENT_LIMIT,
        "limit_mb": settings.DOCUMENT_LIMIT // 1048576,
        "mine": case.filed_by_id == user.pk,
        **{f"{name}_fields": form.part(name) for name in (*PARTS, "certify")},
        **beside,
    }
    return render(request, "licenses/application_edit.html", context, status=status)


def user_of(request: HttpRequest) -> User:
    return request.user  # type: ignore[return-value]


def side(request: HttpRequest, case: Application) -> dict[str, Any]:
    """What is done, missing, worth knowing and likely to be returned, as saved; the policy of the day."""
    user, today = user_of(request), timezone.localdate()
    involved = people.of(case, user)
    hits = [hit for each in involved for hit in each.standing.live]
    known = cases.filing_of(case)
    policy = panel.policy_of(case, hits, [], request.GET, today)
    gaps = filing.gaps(known)
    rules = [not tuple(rule.check(known)) for rule in filing.GAPS]
    likely = advice.predicted(known, policy["found"])
    counts = returns(user) if likely else {}
    return {
        "people": involved,
        "policy": policy,
        "gaps": [(gap, anchor(gap)) for gap in gaps],
        "advice": [(each, anchor(each)) for each in advice.advice(known)],
        "predictions": [
            (each, ReturnReason(each.reason).label, counts.get(each.reason, 0), sum(counts.values()))
            for each in likely
        ],
        "parts": parts_done(gaps, case),
        "rules_met": sum(rules),
        "rules": len(rules),
        "total": sum((line.total_price for line in case.lines.all()), 0),
    }


def returns(user: User) -> dict[str, int]:
    """How often each reason returned an application in the last year, among the cases in sight."""
    since = timezone.now() - timedelta(days=365)
    seen = Decision.objects.filter(application__in=Application.objects.for_user(user), made_at__gte=since)
    rows = seen.exclude(reason_code="").values("reason_code").annotate(count=Count("pk")).order_by()
    return {row["reason_code"]: row["count"] for row in rows}


def rows_of(lineset: Any, case: Application) -> Iterable[tuple[Any, ApplicationLine | None]]:
    """Each row of the form with the saved line it stands for, if it still does."""
    saved = {
        (item_label(line.item), f"{line.quantity.normalize():f}", f"{line.unit_price.normalize():f}"): line
        for line in case.lines.all()
    }
    for form in lineset:
        typed = [str(form[name].value() or "") for name in ("item", "quantity", "unit_price")]
        yield form, saved.get((typed[0], typed[1], typed[2]))


def anchor(gap: Blocker) -> str:
    """The part of the page where a gap is mended."""
    name = gap.field.split(".")[0].split("[")[0].split("-")[0]
    if name in BLOCKS or name in ("certify", "reason", "file"):
        return f"#id_{name}"
    return next((f"#{part}" for part, (_, fields) in PARTS.items() if name in fields), "#parties")


def place(gap: Blocker) -> str:
    """The part of the page a gap is counted in."""
    name = anchor(gap).removeprefix("#id_").removeprefix("#")
    return BLOCKS[name].part if name in BLOCKS else name


def parts_done(gaps: Iterable[Blocker], case: Application) -> list[dict[str, Any]]:
    """The parts of the form with the number of answers each still lacks."""
    places = [place(gap) for gap in gaps]
    files = len([each for each in case.attachments.all() if each.taken_off_at is None])
    rows = []
    for part, (title, _) in PARTS.items():
        lacks = places.count(part)
        state = f"{lacks} to go" if lacks else "done"
        if part == "documents" and not lacks:
            state = f"{files} file{'' if files == 1 else 's'}"
        tone = "late" if lacks else "good"
        rows.append({"words": title, "url": f"#{part}", "tone": tone, "icon": tone, "state": state})
    lacks = places.count("certify")
    certify = {
        "words": "6. Certify and submit",
        "url": "#certify",
        "icon": "lock" if places else "next",
        "tone": "",
    }
    return [
        *rows,
        certify | {"state": f"{lacks} to go" if lacks else "after the rest" if places else "ready"},
    ]
