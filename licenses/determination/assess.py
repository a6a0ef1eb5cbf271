"""Is a license needed, by which rule, on which day? Pure: the steps of a determination in their order.

0 another agency; 1 denied and blocked persons; 2 subject to the EAR; 3 classification; 4 embargoes; 5 end users
and end uses; 6 entries that bypass the chart; 7 the chart; 8 what the entry's words require; 9 exceptions;
10 "no license required", only when every input is supplied and negative and every table is of the day.
"""

from __future__ import annotations

from datetime import date

from . import chart, exceptions, parties, places, subject, triggers
from .case import Assessment, Case, CaseItem, Offer, Reason, Result
from .findings import HARD, Findings, most_restrictive
from .places import Place
from .scope import Answer
from .tables import Day, Rules

ORDER = list(Result)
NO_ITEM = CaseItem("", "")


def assess(case: Case, rules: Rules, on: date) -> Assessment:
    """Assess a case on a day under dated rules; of several items the most serious answer counts.

    OTHER_AGENCY: the jurisdiction is another agency's. PROHIBITED: a denied or blocked person is a party (without
    the agency's own authorization). NOT_SUBJECT: every route of 734.3 is closed by a fact. LICENSE_REQUIRED: a
    requirement stands on the facts. EXCEPTION: a person recorded every condition of an exception as met, and it
    overcomes every requirement. NLR: every input that a determination needs is supplied and negative, and the
    tables are of the day. NEEDS_REVIEW: everything else, with the questions that stay open; a missing input, a
    table later than the day or an embargoed destination's blank row never gives NLR. Every reason carries its
    citation and the edition it rests on.
    """
    day = rules.day(on)
    answers = [_item(case, item, day) for item in case.items or (NO_ITEM,)]
    if len(answers) == 1:
        return answers[0]
    worst = min(answers, key=lambda each: ORDER.index(each.result))
    return Assessment(
        result=worst.result,
        reasons=tuple(dict.fromkeys(reason for each in answers for reason in each.reasons)),
        policy=most_restrictive([each.policy for each in answers if each.policy]),
        questions=tuple(dict.fromkeys(question for each in answers for question in each.questions)),
        on=on,
        exceptions=_common(
            [each for each in answers if each.result in (*HARD, Result.NEEDS_REVIEW, Result.EXCEPTION)]
        ),
        agency=worst.agency,
    )


def _common(answers: list[Assessment]) -> tuple[Offer, ...]:
    """The exceptions left for every item that needs one."""
    if not answers:
        return ()
    symbols = set.intersection(*({offer.symbol for offer in each.exceptions} for each in answers))
    return tuple(offer for offer in answers[0].exceptions if offer.symbol in symbols)


def _item(case: Case, item: CaseItem, day: Day) -> Assessment:
    found = Findings(day)
    agency = subject.agency(item, found)
    parties.read(case, found)
    if agency:
        return _told(Result.OTHER_AGENCY, found, agency=agency)
    eccn, paragraph, entry = chart.classify(item, found)
    if item is NO_ITEM:
        found.ask("Which items? There is no line.")
    place = places.read(case, found)
    answer = subject.subject(case, item, entry, place, found)
    if any(weight is Result.PROHIBITED for weight, _ in found.reasons):
        return _told(Result.PROHIBITED, found)
    triggers.ask(case, found)
    if answer is Answer.NO and case.answers.get("us_person") is not True:
        return _told(Result.NOT_SUBJECT, found)
    places.russia(place, eccn, item.hts, found)
    triggers.end_uses(case, item, place, found)
    triggers.headquarters(case, item, place, found)
    triggers.whereabouts(case, place, found)
    chart.read(item, eccn, paragraph, entry, place, found)
    exceptions.barred_by_group(item, entry, place, found)
    offers = exceptions.offers(case, item, entry, place, found)
    return _settled(found, place, offers, presumed=answer is not Answer.ASK)


def _settled(found: Findings, place: Place, offers: tuple[Offer, ...], *, presumed: bool) -> Assessment:
    """The answer of an item that may be subject to the EAR. `presumed` is False while that is an open question."""
    day = found.day
    required = any(weight is Result.LICENSE_REQUIRED for weight, _ in found.reasons)
    review = any(weight is Result.NEEDS_REVIEW for weight, _ in found.reasons)
    if not day.chart or not day.groups or not day.entries:
        found.ask("The country chart, the country groups or the Commerce Control List are not on file. "
                  "(15 CFR 738.4, 774.1)")  # fmt: skip
    if day.later and not required:
        found.ask(
            f"The tables on file ({', '.join(day.later)}) are later than {day.on}: read the rules of that day."
        )
    open_questions = bool(found.asked) or day.later or review
    if required and not presumed:
        return _told(Result.NEEDS_REVIEW, found, offers)
    if required:
        met = [each for each in offers if exceptions.verified(each)]
        if met and not open_questions and not found.barred:
            return _told(Result.EXCEPTION, found, tuple(met))
        return _told(Result.LICENSE_REQUIRED, found, tuple(exceptions.open_again(each) for each in offers))
    if open_questions or place.embargoed or place.row is None:
        return _told(Result.NEEDS_REVIEW, found, offers)
    text = "No license requirement found on these facts."
    cited = "15 CFR 738.4(a)(2)(ii)(B)"
    found.note(Result.NLR, Reason("NLR", text, cited, day.chart_edition))
    return _told(Result.NLR, found)


def _told(result: Result, found: Findings, offers: tuple[Offer, ...] = (), agency: str = "") -> Assessment:
    """The findings in order, the weightiest first; questions only where an answer may change something."""
    ordered = sorted(found.reasons, key=lambda each: ORDER.index(each[0]))
    settled = result in (Result.PROHIBITED, Result.OTHER_AGENCY)
    outside = result in (Result.NOT_SUBJECT, Result.OTHER_AGENCY)
    if result is Result.NOT_SUBJECT:
        ordered = [each for each in ordered if each[0] is not Result.LICENSE_REQUIRED]
    if result is Result.NEEDS_REVIEW and not found.asked:
        found.asked += [f"How is this settled? {reason.text}" for weight, reason in ordered
                        if weight is result and reason.code not in ("POLICY", "NO_EXCEPTIONS")]  # fmt: skip
    return Assessment(
        result=result,
        reasons=tuple(dict.fromkeys(reason for _, reason in ordered)),
        policy="" if outside else most_restrictive(found.codes),
        questions=() if settled else tuple(dict.fromkeys(found.asked)),
        on=found.day.on,
        exceptions=offers,
        agency=agency,
    )
