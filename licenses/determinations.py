"""Determinations of a case: the facts recorded, memos kept and made again, records signed and relied on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings

from entities.models import Hit
from exportctl import audit, roles
from exportctl.errors import Conflict, Invalid, Stale, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import facts as facts_
from . import memos, policies, rulebook
from .determination import reading
from .determination.assess import assess
from .determination.case import Assessment, Case
from .determination.tables import POLICY_WORDS, Rules
from .determination.worksheet import Content, Worksheet, worksheet
from .models import Application, Determination, DeterminationState, Facts, Memo, Reliance

LONGEST = timedelta(days=366)


def facts_of(application: Application) -> Facts | None:
    """The facts recorded of a case; None where none are."""
    return getattr(application, "facts", None)


def record(
    *,
    application: Application,
    facts: Mapping[str, Any],
    version: int,
    by: User,
    at: datetime,
    if_match: bool = False,
) -> Facts:
    """Record what is known of a case beyond the application. Event facts.recorded with what changed.

    `version` is the version that was read, 0 for none: a stale form is refused (Conflict, Stale when it came by
    If-Match) with the facts that differ. Refuses unknown fields and answers, countries that are none, a red-flag
    sheet kept elsewhere that is not named, and a worksheet that does not add up; nothing is half-written.
    """
    roles.require(by, "determination.propose", person=True)
    with audit.action(by=by, at=at) as log:
        case = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
        row = Facts.objects.filter(application=case).first() or Facts(application=case, version=0)
        before = {name: getattr(row, name) for name in facts_.FIELDS}
        wanted = before | {name: one.strip() if isinstance(one, str) else one for name, one in facts.items()}
        found = facts_.wrong(wanted, at.date())
        if found:
            raise Invalid(found)
        wanted["lines"] = facts_.kept(wanted["lines"], case.lines.values_list("item", flat=True))
        changed = [name for name in facts_.FIELDS if wanted[name] != before[name]]
        if row.version != version:
            raise _stale(row, version, changed, if_match)
        for name in facts_.FIELDS:
            setattr(row, name, wanted[name])
        row.version, row.changed_by, row.changed_at = version + 1, by, at
        row.save()
        log("facts.recorded", case, application=case.number, version=row.version,
            changed=sorted(changed), answers=row.answers)  # fmt: skip
    application.facts = row
    return row


def _stale(row: Facts, version: int, changed: list[str], if_match: bool) -> Conflict:
    words = (
        f"Somebody else recorded facts in the meantime: you saw version {version}, it is at {row.version}."
    )
    found = [Blocker("stale_version", words, field="version", remedy="Load the page again and compare.")]
    for name in changed:
        found.append(Blocker("changed", f"Recorded now: {getattr(row, name) or 'nothing'}.", field=name,
                             remedy="Compare, then record it again over the new version."))  # fmt: skip
    return (Stale if if_match else Conflict)(found)


def case_of(
    application: Application, rules: Rules, on: date, hits: list[Hit] | None = None
) -> tuple[Case, Worksheet | None]:
    """The case with its recorded facts, and its worksheet, whose share stands for the US content.

    `hits` are those of `policies.hits_of` where they are loaded already.
    """
    facts = facts_of(application)
    hits = policies.hits_of(application) if hits is None else hits
    case = policies.case_of(application, hits, facts)
    sheet = sheet_of(facts, case, rules, on) if facts else None
    if sheet is not None and facts is not None:
        facts.us_content = sheet.percent
        case = policies.case_of(application, hits, facts)
    return case, sheet


def sheet_of(facts: Facts, case: Case, rules: Rules, on: date) -> Worksheet | None:
    """The de minimis worksheet of a case, None without lines. Refuses one that does not add up."""
    if not facts.worksheet or not facts.item_value:
        return None
    contents = [Content(each["what"], each["eccn"], Decimal(str(each["value"]))) for each in facts.worksheet]
    eccn = case.items[0].eccn if case.items else ""
    try:
        return worksheet(
            contents, facts.item_value, eccn=eccn, destination=case.destination, rules=rules, on=on
        )
    except ValueError as error:
        raise invalid("worksheet", f"The worksheet does not add up: {error}.", "Correct the values.",
                      "15 CFR 734.4(g)") from None  # fmt: skip


def of(application: Application, on: date) -> Assessment:
    """Whether a license is needed on what is known of the case on a day. Reads only."""
    rules = rulebook.current()
    case, _ = case_of(application, rules, on)
    return assess(case, rules, on)


def keep(*, application: Application, on: date, by: User, at: datetime, cause: str = "") -> Memo:
    """Keep a determination of the case for a day as a memo, HTML and PDF, with what changed since the last one.

    Event memo.kept.
    """
    roles.require(by, "determination.propose")
    with audit.action(by=by, at=at) as log:
        case_row = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
        last = case_row.memos.order_by("-number").first()
        known, answer = asked(case_row, on)
        memo = _written(case_row, last, on, known, answer, by=by, at=at, cause=cause)
        memo.save()
        log("memo.kept", memo, application=case_row.number, number=memo.number, on=on, result=memo.result,
            policy=memo.policy, sha256=memo.sha256, differs=len(memo.differs), cause=cause)  # fmt: skip
    return memo


def asked(application: Application, on: date) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts and the answer of a case on a day, as a memo keeps them."""
    return answered(application, on, rulebook.current())


def answered(
    application: Application, on: date, rules: Rules, hits: list[Hit] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """`asked`, by rules and of hits that are loaded already."""
    case, sheet = case_of(application, rules, on, hits)
    return memos.facts(case, sheet), reading.told(assess(case, rules, on))


def _written(
    application: Application, last: Memo | None, on: date, known: dict[str, Any], answer: dict[str, Any], *,
    by: User, at: datetime, cause: str,
) -> Memo:  # fmt: skip
    number = last.number + 1 if last else 1
    differs = memos.differences((last.facts, last.answer), (known, answer)) if last else []
    words = {
        "title": f"Determination memo {number}, {application.number}", "number": number, "on": on, "facts": known,
        "application": application.number, "answer": answer, "differs": differs, "by": by.name, "cause": cause,
        "at": f"{at:%Y-%m-%d %H:%M}", "policy_words": POLICY_WORDS.get(answer.get("policy", ""), ""),
    }  # fmt: skip
    document = memos.pdf(words)
    return Memo(
        application=application, number=number, on=on, result=answer["result"], policy=answer.get("policy", ""),
        facts=known, answer=answer, editions=memos.editions(answer), differs=differs, cause=cause,
        html=memos.html(words), pdf=document, sha256=hashlib.sha256(document).hexdigest(), by=by, at=at,
    )  # fmt: skip


def renew(*, application: Application, cause: str, by: User, at: datetime) -> Memo | None:
    """Make the last memo of a case again; keep it only where facts or answer are another. Safe twice.

    A memo that was made for its own day is asked again for today, one for another day for that day.
    """
    last = application.memos.order_by("-number").first()
    if last is None:
        return None
    on = at.date() if last.on == last.at.date() else last.on
    if asked(application, on) == (last.facts, last.answer):
        return None
    return keep(application=application, on=on, by=by, at=at, cause=cause)


def propose(
    *, memo: Memo, basis: str, valid_until: date, by: User, at: datetime, symbol: str = ""
) -> Determination:
    """Sign a memo's NLR or exception as a record of its own. Event determination.proposed (and .signed).

    Refuses a memo that is not the last of its case, says something else, or would not be answered the same
    today; an exception that the memo does not record as met; a term of more than a year. One signature is
    enough only where the office says so (DETERMINATION_SIGNATURES=1).
    """
    roles.require(by, "determination.propose", person=True)
    result = "EXCEPTION" if symbol else "NLR"
    problems = []
    if not basis.strip() or len(basis) > 4000:
        problems.append(Blocker("missing", "Why are the facts believed?", field="basis", citation="15 CFR 762.2",
                                remedy="Name what the facts rest on, in up to 4,000 characters."))  # fmt: skip
    if not at.date() < valid_until <= at.date() + LONGEST:
        problems.append(Blocker("invalid", "A determination is valid from one day to one year.", field="valid_until",
                                remedy="Name a day in the coming year."))  # fmt: skip
    if problems:
        raise Invalid(problems)
    with audit.action(by=by, at=at) as log:
        case = Application.objects.select_for_update(no_key=True).get(pk=memo.application_id)
        _still_holds(memo, case, result, symbol, at.date())
        made = Determination.objects.create(
            number=f"D{memo.pk:07d}", memo=memo, result=result, symbol=symbol, basis=basis.strip(),
            valid_until=valid_until, proposed_by=by, proposed_at=at,
        )  # fmt: skip
        log("determination.proposed", made, number=made.number, application=case.number, result=result, symbol=symbol,
            valid_until=valid_until)  # fmt: skip
        if settings.DETERMINATION_SIGNATURES == 1:
            _sign(made, log, by=by, at=at)
    return made


def _still_holds(memo: Memo, case: Application, result: str, symbol: str, today: date) -> None:
    if case.memos.filter(number__gt=memo.number).exists():
        raise refuse("newer_memo", f"Memo {memo.number} is not the last of {case.number}.",
                     remedy="Sign the last one.")  # fmt: skip
    if Determination.objects.filter(memo=memo).exists():
        raise refuse("signed", "This memo is signed already.", remedy="Keep a new memo first.")
    met = {each["symbol"] for each in memo.answer["exceptions"] if each["status"] != "requires verification"}
    if memo.result != result or (symbol and symbol not in met):
        raise refuse("other_result", f"Memo {memo.number} says {memo.result}: it is no ground for this.",
                     remedy="Answer what is open, and keep a new memo.")  # fmt: skip
    if memo.on != today or asked(case, today) != (memo.facts, memo.answer):
        raise refuse("changed", "Facts or rules are not those of the memo any more, or it is not of today.",
                     remedy="Keep a new memo and sign that.")  # fmt: skip


def sign(*, determination: Determination, by: User, at: datetime) -> Determination:
    """The second signature, by another person. Event determination.signed. Refuses facts or rules that changed."""
    roles.require(by, "determination.sign", person=True)
    with audit.action(by=by, at=at) as log:
        row = _locked(determination, DeterminationState.PROPOSED)
        if row.proposed_by_id == by.pk:
            raise refuse("same_person", "You signed it first: another person signs now.",
                         remedy="Hand it to an approver.")  # fmt: skip
        if asked(row.memo.application, row.memo.on) != (row.memo.facts, row.memo.answer):
            raise refuse("changed", "Facts or rules changed since the memo.", remedy="Send it back.")
        _sign(row, log, by=by, at=at)
    return row


def _sign(row: Determination, log: audit.Log, *, by: User, at: datetime) -> None:
    row.state, row.signed_by, row.signed_at = DeterminationState.SIGNED, by, at
    row.save(update_fields=["state", "signed_by", "signed_at"])
    log("determination.signed", row, number=row.number, result=row.result, symbol=row.symbol)


def send_back(*, determination: Determination, reason: str, by: User, at: datetime) -> Determination:
    """Send a first signature back with the reason. Event determination.sent_back."""
    roles.require(by, "determination.sign", person=True)
    return _close(
        determination, DeterminationState.PROPOSED, DeterminationState.SENT_BACK, reason, by=by, at=at
    )


def end(*, determination: Determination, reason: str, by: User, at: datetime) -> Determination:
    """End a signed determination before its time; shipments that relied on it stay. Event determination.ended."""
    roles.require(by, "determination.propose", person=True)
    return _close(determination, DeterminationState.SIGNED, DeterminationState.ENDED, reason, by=by, at=at)


def _close(
    row: Determination, was: str, becomes: str, reason: str, *, by: User, at: datetime
) -> Determination:
    if not reason.strip() or len(reason) > 4000:
        raise invalid("reason", "The reason is missing or too long.", "Say why, in up to 4,000 characters.")
    with audit.action(by=by, at=at) as log:
        row = _locked(row, was)
        row.state, row.note = becomes, reason.strip()
        row.save(update_fields=["state", "note"])
        log(f"determination.{becomes}", row, number=row.number, reason=row.note)
    return row


def _locked(determination: Determination, state: str) -> Determination:
    row = Determination.objects.select_for_update(no_key=True, of=("self",)).select_related("memo__application").get(
        pk=determination.pk
    )  # fmt: skip
    if row.state != state:
        raise refuse("state", f"{row.number} is {DeterminationState(row.state).label.lower()}.",
                     remedy="Nothing is to be done here.")  # fmt: skip
    return row


def standing(determination: Determination, on: date) -> str:
    """Why a determination cannot be relied on for a shipment on a day; "" where it can."""
    if determination.state != DeterminationState.SIGNED:
        return f"{determination.number} is not signed, or has ended."
    if determination.signed_at is not None and on < determination.signed_at.date():
        return f"{determination.number} was signed after {on}."
    if on > determination.valid_until:
        return f"{determination.number} was valid until {determination.valid_until}."
    memo = determination.memo
    known, answer = asked(memo.application, on)
    if known != memo.facts or answer["result"] != memo.result:
        return "Facts or rules are not those it was signed on any more."
    return ""


def rely(
    *, determination: Determination, reference: str, shipped_on: date, value: Decimal, by: User, at: datetime
) -> Reliance:
    """Note a shipment that relies on a signed determination. Event determination.relied.

    Refuses one that is not signed, is over, or rests on facts or rules that changed; a reference noted before;
    a day to come; a negative value.
    """
    roles.require(by, "usage.record")
    text = reference.strip()
    if not text or len(text) > 60:
        raise invalid(
            "reference", "The order, invoice or ITN is missing or too long.", "Give it, up to 60 characters."
        )
    if shipped_on > at.date():
        raise invalid("shipped_on", "A shipment is noted once it has left.", "Give a day that has come.")
    if value < 0:
        raise invalid("value", "The value is negative.", "Give US dollars from 0.")
    with audit.action(by=by, at=at) as log:
        row = Determination.objects.select_for_update(no_key=True).get(pk=determination.pk)
        if trouble := standing(row, shipped_on):
            raise refuse(
                "not_standing", trouble, remedy="Make a new determination first.", citation="15 CFR 762.2"
            )
        if row.shipments.filter(reference=text).exists():
            raise refuse(
                "noted", f"{text} is noted already.", field="reference", remedy="Nothing is to be done."
            )
        made = Reliance.objects.create(determination=row, reference=text, shipped_on=shipped_on, value=value, by=by,
                                       at=at)  # fmt: skip
        log(
            "determination.relied", row, number=row.number, reference=text, shipped_on=shipped_on, value=value
        )
    return made
