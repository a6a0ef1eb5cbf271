"""The letter book: a letter for each decision of this office, written once, kept with its hash and code."""

from __future__ import annotations

import io
import secrets
from datetime import date, datetime

from django.conf import settings

from exportctl import audit, documents, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import refuse
from exportctl.models import User

from . import applications, cases, letters, riders
from .letters import KINDS
from .models import (
    Application,
    ApplicationParty,
    Condition,
    ConditionCode,
    Decision,
    DecisionState,
    DenialReason,
    Letter,
    LetterKind,
    Outcome,
    PartyRole,
    ReturnReason,
    Route,
)
from .wordings import Earlier, Facts, Line, Rider


def write(
    *, decision: Decision, final: bool = False, corrects: bool = False, by: User, at: datetime
) -> Letter | None:
    """Write the letter of a decision made here, keep its HTML and PDF, and give it a code. Safe twice.

    `final` writes the letter of a denial that became final on day 45 (750.6(b)), `corrects` one that replaces
    what an earlier decision said. None where the letter is written already, and where the agency writes it
    (company route). Refuses a decision that is not made. Events document.kept and letter.written.
    """
    roles.require(by, "letter.write", person=False)
    with audit.action(by=by, at=at) as log:
        case = applications.locked(decision.application)
        made = next(each for each in case.decisions.all() if each.pk == decision.pk)
        if case.route == Route.COMPANY or made.recorded:
            return None
        if made.state != DecisionState.MADE or made.made_at is None or final and made.final_at is None:
            raise refuse("not_made", "The decision is not made.", remedy="A letter is written once it is.")
        book = list(case.letters.defer("html").order_by("number"))
        replaced = standing([each for each in book if each.decision_id < made.pk])
        kind = kind_of(made, final=final, corrects=corrects, known=bool(replaced))
        if any(each.decision_id == made.pk and each.kind == kind for each in book):
            return None
        if kind == LetterKind.FINAL_DENIAL:  # it follows its notice, or upholds a denial on appeal
            replaced = []
        on = cases.day((made.final_at if final else made.corrected_at) or made.made_at)
        code = "".join(secrets.choice(letters.DIGITS) for _ in range(16))
        facts = facts_of(case, made, on=on, book=book, replaced=replaced)
        said = letters.content(kind, facts, number=len(book) + 1, code=code, verify=verify_address())
        paper = letters.pdf(said)
        document = documents.keep(
            file=io.BytesIO(paper), name=f"{case.number}-letter-{said['number']}.pdf", by=by, at=at
        )
        letter = Letter.objects.create(
            application=case, decision=made, kind=kind, number=said["number"], on=on, content=said,
            html=letters.html(said), document=document, sha256=document.sha256, code=code,
            replaces=replaced[-1] if replaced else None, made_at=at,
        )  # fmt: skip
        log("letter.written", case, application=case.number, letter=letter.number, kind=str(kind),
            decision=made.pk, on=on, sha256=letter.sha256,
            replaces=letter.replaces.number if letter.replaces else None)  # fmt: skip
    return letter


def owed(decision: Decision) -> dict[str, bool] | None:
    """How the letter is to be written that a decision made here still lacks, as `write` takes it; None where it
    lacks none. The letter of a day-45 denial follows its notice."""
    if (
        decision.recorded
        or decision.state != DecisionState.MADE
        or decision.application.route == Route.COMPANY
    ):
        return None
    corrects = decision.supersedes_id is not None
    book = list(decision.application.letters.defer("html", "content").order_by("number"))
    mine = {each.kind for each in book if each.decision_id == decision.pk}
    known = any(each.decision_id < decision.pk for each in book)
    if kind_of(decision, corrects=corrects, known=known) not in mine:
        return {"corrects": corrects}
    if decision.final_at and decision.outcome == Outcome.INTEND_TO_DENY and not corrects:
        return {"final": True} if LetterKind.FINAL_DENIAL not in mine else None
    return None


def write_owed(*, decision: Decision, by: User, at: datetime) -> Letter:
    """Write the letter that a decision still lacks, where its job could not. What is written is never rewritten:
    a correction of the decision gets a letter of its own.

    Refuses a decision that lacks none. Events document.kept and letter.written.
    """
    roles.require(by, "letter.write")
    how = owed(decision)
    letter = write(decision=decision, **how, by=by, at=at) if how is not None else None
    if letter is None:
        raise refuse("written", "This decision lacks no letter.", remedy="Read it in the dossier; a correction of "
                     "the decision gets a letter of its own.")  # fmt: skip
    return letter


def draft(application: Application, decision: Decision, on: date) -> dict[str, object]:
    """The letter as it would read if the proposal were signed on a day; nothing is kept. Reads only.

    Reads the prefetched relations of the case where they are loaded.
    """
    book = list(application.letters.order_by("number"))
    replaced = standing(book)
    kind = kind_of(decision, corrects=decision.supersedes_id is not None, known=bool(replaced))
    facts = facts_of(application, decision, on=on, book=book, replaced=replaced)
    return letters.content(kind, facts, number=len(book) + 1, code="", verify="", draft=True)


def kind_of(
    decision: Decision, *, final: bool = False, corrects: bool = False, known: bool = True
) -> LetterKind:
    """The kind of letter a decision gets. What corrects something that is not `known`, since its letter was never
    written here, is written as its own kind."""
    if corrects and known:
        return LetterKind.CORRECTION
    if final or corrects and decision.final_at:
        return LetterKind.FINAL_DENIAL
    return LetterKind(KINDS[decision.outcome])


def standing(book: list[Letter]) -> list[Letter]:
    """The letters of a case that no later one replaced."""
    last = max((each.decision_id for each in book if each.replaces_id), default=0)
    return [each for each in book if each.decision_id >= last]


def verify_address() -> str:
    """Where anybody checks a code, as it is printed."""
    return f"{settings.SITE_URL}/verify/" if settings.SITE_URL else "/verify/ on the site of this office"


def facts_of(
    case: Application, decision: Decision, *, on: date, book: list[Letter], replaced: list[Letter]
) -> Facts:
    """What a letter of a decision tells, read from the case."""
    license = getattr(case, "license", None)
    notice = next((each for each in reversed(book) if each.decision_id == decision.pk), None)
    applicant = next(each for each in case.roles.all() if each.role == PartyRole.APPLICANT)
    signer, before = decision.countersigned_by, decision.supersedes
    noticed = decision.made_at or (before.made_at if before else None)
    final = decision.final_at or (before.final_at if before else None)
    reason = dict(ReturnReason.choices).get(decision.reason_code, decision.reason_code)
    return Facts(
        application=case.number, on=on, to=_addressee(case, applicant), office=settings.LETTER_OFFICE,
        contact=_contact(decision.proposed_by), transaction=_transaction(case), outcome=decision.outcome,
        signed=(signer.name if signer else "(waits for the second person)", "for " + settings.LETTER_OFFICE),
        justification=decision.justification, legal_basis=decision.legal_basis, reason_code=decision.reason_code,
        reason=reason, considerations=decision.considerations, modifications=decision.modifications,
        authority=decision.authority, license=license.number if license else "",
        issued_on=license.issued_on if license else None, expires_on=license.expires_on if license else None,
        lines=_lines(case, decision), riders=_riders(case),
        notice=_earlier(notice) if notice else None,
        notice_on=cases.day(noticed) if noticed else None,
        final_on=cases.day(final) if final else None,
        denied_for=tuple(DenialReason(code).label for code in decision.denial_reasons),
        replaces=tuple(_earlier(each) for each in replaced),
    )  # fmt: skip


def _addressee(case: Application, applicant: ApplicationParty) -> tuple[str, ...]:
    country = applicant.country_as_filed or applicant.party.country
    attention = f"Attention: {case.contact_person}" if case.contact_person else ""
    filed = applicant.address_as_filed.removesuffix(country).rstrip(", \n")
    address = [line for line in filed.splitlines() if line.strip()]
    lines = (
        applicant.name_as_filed or applicant.party.name,
        attention,
        *address,
        COUNTRIES.get(country, country),
    )
    return tuple(filter(None, lines))


def _contact(officer: User) -> tuple[str, ...]:
    return tuple(filter(None, (officer.name, settings.LETTER_OFFICE, officer.email, settings.LETTER_CONTACT)))


def _transaction(case: Application) -> str:
    abroad = dict.fromkeys(
        role.name_as_filed or role.party.name for role in case.roles.all() if role.role != PartyRole.APPLICANT
    )
    return f"{case.get_kind_display()}; {', '.join(abroad)}" if abroad else case.get_kind_display()


def _lines(case: Application, decision: Decision) -> tuple[Line, ...]:
    """The lines applied for, with what an approval in part says of each."""
    parts = {part.number: part for part in decision.lines.all()}
    license = getattr(case, "license", None)
    licensed = {each.number: each.value for each in license.lines.all()} if license else {}
    found = []
    for line in sorted(case.lines.all(), key=lambda each: each.number):
        part = parts.get(line.number)
        granted = part.quantity if part else line.quantity
        value = licensed.get(line.number) or granted * line.unit_price
        why = part.reason if part else ""
        found.append(Line(line.number, line.name, line.eccn, line.unit, line.quantity, granted, value, why))
    return tuple(found)


def _riders(case: Application) -> tuple[Rider, ...]:
    """The conditions that hold: neither removed nor waived."""
    live = (each for each in case.conditions.all() if each.withdrawn_at is None and each.waived_at is None)
    return tuple(_rider(each) for each in sorted(live, key=lambda each: each.number))


def _rider(condition: Condition) -> Rider:
    """A condition that binds somebody besides the licensee is passed on in writing (750.7(d))."""
    binds = PartyRole(condition.addressee)
    return Rider(
        condition.number, ConditionCode(condition.code).label, condition.text,
        addressee="Licensee" if binds == PartyRole.APPLICANT else binds.label,
        due=riders.due_words(condition.code, condition.params, condition.due_on),
        passed_on=binds != PartyRole.APPLICANT, acknowledged=condition.code == ConditionCode.ACKNOWLEDGEMENT,
    )  # fmt: skip


def _earlier(letter: Letter) -> Earlier:
    return Earlier(letter.number, letter.content["title"], letter.on, letter.code)
