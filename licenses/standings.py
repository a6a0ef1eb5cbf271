"""Whether memos and signed determinations still hold on a day, for a whole page of them. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, JSONObject

from exportctl.errors import Refused
from exportctl.models import User

from . import determinations, policies, rulebook
from .models import (
    Application,
    ApplicationLine,
    ApplicationParty,
    Determination,
    DeterminationState,
    Memo,
)
from .models.determinations import RULES_MARK

HOLDS, WAITS, RERUN, REPLACED, OVER = "holds", "waits", "rerun", "replaced", "over"
LINE: dict[str, Any] = {
    "number": "number", "item_id": "item_id", "name": "name", "eccn": "eccn",
    "total_price": Cast("total_price", CharField()),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How a memo stands on a day, with its determination: a code, and why in words ("" where it holds)."""

    code: str
    words: str = ""

    @property
    def holds(self) -> bool:
        return self.code == HOLDS


def listed(user: User) -> QuerySet[Memo]:
    """The memos a user sees with their determinations, without the documents: what a list tells."""
    last = Memo.objects.filter(application=OuterRef("application")).order_by("-number")
    return (
        Memo.objects.for_user(user)
        .select_related("application__applicant", "by", "determination__proposed_by", "determination__signed_by")
        .annotate(last_number=Subquery(last.values("number")[:1]))
        .defer("pdf", "html")
    )  # fmt: skip


def of(memos: Iterable[Memo], on: date) -> dict[int, Standing]:
    """How each memo of `listed` stands on a day. Three queries for those that must be asked again, whatever
    their number: the cases with parties and facts, their hits, the list entries of these."""
    rows = list(memos)
    told = {memo.pk: _plainly(memo, on) for memo in rows}
    ask = [memo for memo in rows if told[memo.pk] is None]
    cases = _cases({memo.application_id for memo in ask})
    return {
        memo.pk: told[memo.pk] or _asked(memo, cases[memo.application_id], on) for memo in rows
    }  # fmt: skip


def _plainly(memo: Memo, on: date) -> Standing | None:
    """What needs no new determination to be told; None where it must be asked again."""
    made: Determination | None = getattr(memo, "determination", None)
    if made is not None and made.state == DeterminationState.ENDED:
        return Standing(OVER, "Ended before its time.")
    if made is not None and made.state == DeterminationState.SENT_BACK:
        return Standing(OVER, "Sent back.")
    if made is not None and on > made.valid_until:
        return Standing(OVER, f"Valid until {made.valid_until}.")
    if made is None and memo.last_number > memo.number:  # type: ignore[attr-defined]
        return Standing(REPLACED, f"Memo {memo.last_number} took its place.")  # type: ignore[attr-defined]
    return None


def _asked(memo: Memo, found: tuple[Application, list[Any]], on: date) -> Standing:
    """The memo against what its case is answered now: a memo that was made for another day is asked for that."""
    case, hits = found
    made: Determination | None = getattr(memo, "determination", None)
    day = on if made is not None or memo.on == memo.at.date() else memo.on
    try:
        known, answer = determinations.answered(case, day, rulebook.current(case.rules_mark), hits)  # type: ignore[attr-defined]
    except Refused as refused:
        return Standing(RERUN, str(refused))
    if known != memo.facts:
        return Standing(RERUN, "The facts changed since.")
    if answer["result"] != memo.result or (made is None and answer != memo.answer):
        return Standing(RERUN, "The rules answer otherwise now.")
    if made is not None and made.state == DeterminationState.PROPOSED:
        return Standing(WAITS, "Waits for the second signature.")
    return Standing(HOLDS)


def _cases(keys: set[int]) -> dict[int, tuple[Application, list[Any]]]:
    """The cases as a determination reads them, each with the hits of its parties."""
    if not keys:
        return {}
    lines = ApplicationLine.objects.filter(application=OuterRef("application")).order_by("number")
    roles = (
        ApplicationParty.objects.filter(application__in=keys)
        .select_related("party", "application__facts")
        .annotate(
            lines_said=ArraySubquery(lines.values(said=JSONObject(**LINE))),
            flags_said=policies.said_flags("application"),
            rules_mark=RawSQL(RULES_MARK, ()),
        )
        .order_by("application", "pk")
    )
    cases: dict[int, Application] = {}
    held: dict[int, list[ApplicationParty]] = {}
    for role in roles:
        case = cases.setdefault(role.application_id, role.application)
        held.setdefault(case.pk, []).append(role)
        case.flags_said = role.flags_said  # type: ignore[attr-defined]
        case.rules_mark = role.rules_mark  # type: ignore[attr-defined]
        _hold(case, "lines", [_line(each) for each in role.lines_said])  # type: ignore[attr-defined]
    for key, rows in held.items():
        _hold(cases[key], "roles", rows)
    hits = policies.hits_of_parties({role.party_id for rows in held.values() for role in rows})
    return {
        key: (case, [hit for role in {each.party_id: each for each in held[key]} for hit in hits.get(role, ())])
        for key, case in cases.items()
    }  # fmt: skip


def _line(said: dict[str, Any]) -> ApplicationLine:
    fields = {field.attname: field for field in ApplicationLine._meta.concrete_fields}
    return ApplicationLine(**{name: fields[name].to_python(said[name]) for name in LINE})


def _hold(case: Application, name: str, rows: list[Any]) -> None:
    """Give a case rows of a relation as a prefetch would."""
    known = getattr(case, name).all()
    known._result_cache, known._prefetch_done = rows, True
    vars(case).setdefault("_prefetched_objects_cache", {})[name] = known
