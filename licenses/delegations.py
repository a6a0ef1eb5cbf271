"""Delegations of authority: recorded, ended, what they leave out of a referral (15 CFR 750.3(b)(1), 750.4(c)(5))."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal

from exportctl import audit, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import delegated, rulebook
from .concerns import AGENCIES, REASONS
from .days import day
from .determination import places as places_
from .determination.scope import parse
from .determination.tables import reasons as reasons_of
from .models import Application, Delegation, PartyRole, Route, Waiver
from .models.delegations import GIVERS
from .workflow import Status

CITATION = "15 CFR 750.3(b)(1)"
BEGINNING = re.compile(r"[0-9](?:[A-E](?:[0-9]{1,3})?)?")
GROUP = re.compile(r"[A-E](?::[0-9])?")
MOST = 50  # entries of one scope
BEFORE = (Status.SUBMITTED, Status.REGISTERED, Status.REFERRED)
ABROAD = (
    PartyRole.ULTIMATE_CONSIGNEE, PartyRole.END_USER, PartyRole.INTERMEDIATE_CONSIGNEE, PartyRole.PURCHASER,
    PartyRole.OTHER,
)  # fmt: skip


def record(
    *, body: str, reference: str, given_by: str, since: date, until: date | None = None, eccns: Iterable[str] = (),
    reasons: Iterable[str] = (), places: Iterable[str] = (), most_value: Decimal | None = None, by: User, at: datetime,
) -> Delegation:  # fmt: skip
    """Record an agency's delegation of authority: cases of its scope need not be referred to it from `since` on.

    What the scope names must all fit a case: `eccns` (entries, paragraphs or beginnings), `reasons` for control (no
    line is controlled for others), `places` (countries and country groups of every party abroad), `most_value` of the
    case in US dollars. Refuses, all at once: Commerce, a scope that names nothing, entries, reasons and places that
    are none, a paper without reference or giver, and a reference of that agency that is on record. Event
    delegation.recorded. Needs delegation.record.
    """
    roles.require(by, "delegation.record", person=True)
    row = checked(body=body, reference=reference, given_by=given_by, since=since, until=until, eccns=eccns,
                  reasons=reasons, places=places, most_value=most_value)  # fmt: skip
    with audit.action(by=by, at=at) as log:
        row.recorded_by, row.recorded_at = by, at
        row.save()
        log("delegation.recorded", row, body=row.body, reference=row.reference, given_by=row.given_by, since=since,
            until=until, scope=row.scope.words)  # fmt: skip
    return row


def checked(
    *, body: str, reference: str, given_by: str, since: date, until: date | None = None, eccns: Iterable[str] = (),
    reasons: Iterable[str] = (), places: Iterable[str] = (), most_value: Decimal | None = None,
) -> Delegation:  # fmt: skip
    """A delegation as it would be recorded, not stored: for its preview. Raises Invalid with every wrong field."""
    row = Delegation(
        body=body, reference=reference.strip(), given_by=given_by.strip(), since=since, until=until,
        eccns=_each(eccns), reasons=_each(each.upper() for each in reasons),
        places=_each(each.upper() for each in places),
        most_value=most_value,
    )  # fmt: skip
    found = [*_of_paper(row), *_of_scope(row)]
    if found:
        raise Invalid(found)
    return row


def _each(given: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, (each.strip() for each in given))))


def _of_paper(row: Delegation) -> Iterable[Blocker]:
    if row.body not in GIVERS:
        names = ", ".join(AGENCIES[code].name for code in GIVERS)
        yield wrong("body", "A delegation comes from an agency that cases are referred to.", f"One of: {names}.",
                    CITATION)  # fmt: skip
    for field, most, words in (
        ("reference", 120, "The paper's reference"),
        ("given_by", 200, "Who gave it at the agency"),
    ):
        value = getattr(row, field)
        if not value or len(value) > most or "\x00" in value:
            yield wrong(
                field, f"{words} is missing, or longer than {most} characters.", "As it stands on the paper."
            )
    if row.until is not None and row.until <= row.since:
        yield wrong("until", "It ends after it began.", f"Choose a day after {row.since}, or leave it open.")
    if Delegation.objects.filter(body=row.body, reference=row.reference).exists():
        yield wrong(
            "reference", f"{row.reference} is on record already.", "End that one, or give the new paper's."
        )


def _of_scope(row: Delegation) -> Iterable[Blocker]:
    if not (row.eccns or row.reasons or row.places or row.most_value is not None):
        yield wrong("eccns", "The scope names nothing.", "Name ECCNs, reasons for control, places or a value.",
                    CITATION)  # fmt: skip
    for field in ("eccns", "reasons", "places"):
        if len(getattr(row, field)) > MOST:
            yield wrong(field, f"More than {MOST} of them.", "Record the rest as a delegation of its own.")
    if bad := [each for each in row.eccns if not BEGINNING.fullmatch(each.upper()) and not parse(each)[0]]:
        yield wrong(
            "eccns", f"'{bad[0][:20]}' is no ECCN and no beginning of one.", "For example 3A991 or 5A."
        )
    if bad := [each for each in row.reasons if each not in REASONS]:
        yield wrong("reasons", f"'{bad[0][:20]}' is no reason for control.", f"Of: {', '.join(REASONS)}.",
                    "15 CFR 738.2(d)(2)")  # fmt: skip
    if bad := [each for each in row.places if each not in COUNTRIES and not GROUP.fullmatch(each)]:
        yield wrong("places", f"'{bad[0][:20]}' is no country and no country group.", "For example DE or A:1.",
                    "Supp. 1 to 15 CFR part 740")  # fmt: skip
    if row.most_value is not None and not 0 < row.most_value < Decimal(10) ** 14:
        yield wrong("most_value", "The most value is above 0.", "US dollars, or leave it open.")


def end(*, delegation: Delegation, until: date, reason: str, by: User, at: datetime) -> Delegation:
    """End a delegation; `until` is the first day without it. What it left out before stays as it was.

    Refuses a day before the one of the recording of this end, one after an end that was set, a delegation that has
    ended, and a missing reason. Event delegation.ended. Needs delegation.record.
    """
    roles.require(by, "delegation.record", person=True)
    with audit.action(by=by, at=at) as log:
        row = Delegation.objects.select_for_update(no_key=True).get(pk=delegation.pk)
        today, found = day(at), []
        if row.ended_at is not None or (row.until is not None and row.until <= today):
            raise refuse("ended", f"It ended on {row.until}.", remedy="Nothing is to be done.")
        if not reason.strip() or len(reason) > 2000 or "\x00" in reason:
            found.append(
                wrong("reason", "A reason is missing, or longer than 2,000 characters.", "Say what ended it.")
            )
        if until < today or until <= row.since:
            found.append(wrong("until", "An end does not reach back: what was left out before stays.",
                               f"Choose {today} or later, after {row.since}."))  # fmt: skip
        elif row.until is not None and until > row.until:
            found.append(wrong("until", f"It ends on {row.until} already.", "Choose an earlier day."))
        if found:
            raise Invalid(found)
        row.until, row.ended_by, row.ended_at, row.end_reason = until, by, at, reason.strip()
        row.save(update_fields=["until", "ended_by", "ended_at", "end_reason"])
        log(
            "delegation.ended",
            row,
            body=row.body,
            reference=row.reference,
            until=until,
            reason=row.end_reason,
        )
    return row


def of_case(application: Application, on: date) -> delegated.Case:
    """A case as delegations read it on a day; reads the prefetched roles and lines.

    Its places are the countries of every party abroad: where the goods go, and where they pass.
    """
    known = rulebook.current(getattr(application, "rules_mark", None)).day(on)
    codes = {role.party.country for role in application.roles.all() if role.role in ABROAD} - {"US"}
    lines = sorted(application.lines.all(), key=lambda line: line.number)
    return delegated.Case(
        lines=tuple(delegated.Line(line.number, line.eccn, reasons_of(known, line.eccn)) for line in lines),
        places=tuple(
            delegated.Place(code, frozenset(places_.resolve(code, known).groups)) for code in sorted(codes)
        ),
        value=sum((line.total_price for line in lines), Decimal(0)),
    )


def waive(
    case: Application, *, chosen: Collection[str] = (), by: User, at: datetime, log: audit.Log
) -> list[Waiver]:
    """Keep which agencies a case is not referred to because their delegation covers every line on the day.

    Leaves out those that have the case, are `chosen` now, or were waived before. Inside a verb on the office route,
    the case's row locked. Event referral.waived each.
    """
    if case.route != Route.OFFICE:
        return []
    on, given = day(at), []
    held = {referral.body for referral in case.referrals.all()} | set(chosen)
    held |= set(case.waivers.values_list("body", flat=True))
    asked = None
    for delegation in Delegation.objects.standing(on).exclude(body__in=held).order_by("pk"):
        asked = asked or of_case(case, on)
        if delegation.body in held or not delegated.covers(delegation.scope, asked).yes:
            continue
        held.add(delegation.body)
        row = Waiver.objects.create(
            application=case, body=delegation.body, delegation=delegation, reference=delegation.reference,
            since=delegation.since, scope=delegation.scope.words, on=on, by=by, at=at,
        )  # fmt: skip
        log("referral.waived", case, application=case.number, body=row.body, delegation=delegation.pk,
            reference=row.reference, since=row.since, scope=row.scope)  # fmt: skip
        given.append(row)
    return given


def pending(delegation: Delegation, on: date) -> list[Application]:
    """The cases that a referral may still come to, not referred to its agency, that a delegation would cover on a day.

    A fixed number of queries.
    """
    cases = Application.objects.filter(status__in=BEFORE, route=Route.OFFICE)
    cases = cases.exclude(referrals__body=delegation.body).exclude(waivers__body=delegation.body)
    return [
        case
        for case in cases.with_dossier().order_by("number")
        if delegated.covers(delegation.scope, of_case(case, on)).yes
    ]
