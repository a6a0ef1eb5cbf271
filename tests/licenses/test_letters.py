"""Letters: what each kind says, written once after its decision, kept with hash and code, never changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import InternalError, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from exportctl import outbox, people
from exportctl.errors import NotAllowed, Refused
from exportctl.models import Document, Event, Job, User
from licenses import appeals, conditions, corrections, decisions, letterbook, letters, wordings
from licenses.models import Application, Decision, Letter, LetterKind, Outcome, ReturnReason
from licenses.wordings import Earlier, Facts, Line, Rider
from tests import factories
from tests.exportctl.test_exports import pdf_strings

Signed = Callable[[User], Client]
FACTS = Facts(
    application="Z100001", on=date(2026, 8, 6), to=("Meridian Instruments Inc.", "1 Harbor Way"), office="The Office",
    contact=("Olive Officer", "olive@example.org"), signed=("Anna Approver",), transaction="Export; Nordhafen GmbH",
    outcome="approve", justification="Civil use.", legal_basis="15 CFR 744.11", authority="Commerce",
    license="D1000001", issued_on=date(2026, 8, 6), expires_on=date(2030, 8, 6),
    lines=(
        Line(1, "Radio unit", "5A991.b.4", "pieces", Decimal(10), Decimal(4), Decimal("86.00"), "Enough for one site"),
        Line(2, "华为 antenna", "EAR99", "pieces", Decimal("2.500"), Decimal(0), Decimal(0), "No use stated"),
    ),
)  # fmt: skip


def written(kind: str, **facts: Any) -> dict[str, Any]:
    told = replace(FACTS, **facts)
    return letters.content(kind, told, number=1, code="0123456789ABCDEF", verify="https://x.example/verify/")


def headings(letter: dict[str, Any]) -> list[str]:
    return [section["heading"] for section in letter["sections"]]


def said(letter: dict[str, Any], heading: str = "") -> str:
    blocks = [b for s in letter["sections"] if heading in ("", s["heading"]) for b in s["blocks"]]
    return " ".join(
        b if isinstance(b, str) else " ".join(" | ".join(row) for row in b["rows"]) for b in blocks
    )


def text_of(paper: bytes) -> str:
    return " ".join(" ".join(pdf_strings(paper)).split())


# Words


def test_every_outcome_has_a_letter_and_every_kind_its_form() -> None:
    assert set(Outcome.values) <= set(letters.KINDS)
    assert {*letters.FORMS, letters.CORRECTION} == set(LetterKind.values)
    assert set(letters.KINDS.values()) <= set(letters.FORMS)
    assert set(wordings.RETURN_CITATIONS) <= set(ReturnReason.values)


def test_an_intent_to_deny_has_everything_of_750_6() -> None:
    letter = written(
        "intent_to_deny", outcome="intend_to_deny", considerations="Diversion.", modifications="A site."
    )
    assert headings(letter) == [
        "Decision", "Statutory and regulatory basis", "Specific considerations",
        "Modifications that could change the decision", "How to answer", "When the denial becomes final", "Appeal",
    ]  # fmt: skip
    assert said(letter, "Statutory and regulatory basis") == "15 CFR 744.11"
    assert said(letter, "Specific considerations") == "Diversion."
    answer = said(letter, "How to answer")
    assert "until August 26, 2026" in answer and "olive@example.org" in answer
    assert "20 days from August 6, 2026" in answer
    assert "On September 20, 2026, 45 days" in said(letter, "When the denial becomes final")
    appeal = said(letter, "Appeal")
    assert "until November 4, 2026" in appeal and "756.2" in appeal and "Under Secretary" in appeal


def test_a_corrected_notice_keeps_its_days() -> None:
    old = Earlier(1, "Intent to deny", date(2026, 8, 6), "0000111122223333")
    letter = written(
        "correction",
        outcome="intend_to_deny",
        on=date(2026, 8, 20),
        notice_on=date(2026, 8, 6),
        replaces=(old,),
    )
    assert letter["title"] == "Correction: Intent to deny"
    assert "until August 26, 2026, 20 days from August 6, 2026" in said(letter, "How to answer")
    assert "On September 20, 2026, 45 days" in said(letter, "When the denial becomes final")
    assert "until November 4, 2026" in said(letter, "Appeal")


def test_considerations_may_be_withheld_and_no_modification_named() -> None:
    letter = written(
        "intent_to_deny", outcome="intend_to_deny", considerations="Withheld.", modifications="None"
    )
    assert said(letter, "Specific considerations").startswith("Withheld: they cannot be told")
    assert said(letter, "Modifications that could change the decision").startswith(
        "We know of no modification"
    )


def test_a_final_denial_tells_its_notice_and_the_appeal() -> None:
    notice = Earlier(1, "Intent to deny", date(2026, 8, 6), "0123456789ABCDEF")
    letter = written(
        "final_denial", outcome="intend_to_deny", on=date(2026, 9, 20), notice=notice, notice_on=notice.on,
        considerations="Diversion.",
    )  # fmt: skip
    decision = said(letter, "Decision")
    assert (
        "on August 6, 2026 (letter 1)" in decision and "final since September 20, 2026, 45 days" in decision
    )
    assert "until November 4, 2026" in said(letter, "Appeal")
    upheld = written("final_denial", outcome="deny", authority="Under Secretary", notice_on=date(2026, 8, 6))
    assert "so the Under Secretary decided on the appeal. That decision is final" in said(upheld, "Decision")
    assert headings(upheld) == ["Decision", "Statutory and regulatory basis"]


def test_an_approval_tells_license_lines_conditions_and_what_is_passed_on() -> None:
    riders = (
        Rider(1, "End use only", "No 5G use.", "End user", "at all times", passed_on=True),
        Rider(2, "Periodic report", "Each quarter.", "Licensee", "first on October 1, 2026"),
        Rider(
            3,
            "Written acknowledgment",
            "Get it signed.",
            "End user",
            "at all times",
            passed_on=True,
            acknowledged=True,
        ),
    )
    letter = written("approval", riders=riders)
    assert "License number: D1000001." in said(letter, "Decision")
    assert "from August 6, 2026 through August 6, 2030" in said(letter, "Decision")
    assert said(letter, "What is licensed") == "1 | Radio unit | 5A991.b.4 | 4 pieces | USD 86.00"
    assert said(letter, "Conditions") == (
        "1 | End use only: No 5G use. | End user | at all times "
        "2 | Periodic report: Each quarter. | Licensee | first on October 1, 2026 "
        "3 | Written acknowledgment: Get it signed. | End user | at all times"
    )
    passed = said(letter, "What you pass on in writing")
    assert "condition 1 and 3" in passed and "Condition 3 asks for a written acknowledgment" in passed
    assert "carries no conditions" in said(written("approval"), "Conditions")


def test_a_partial_approval_tells_what_is_granted_and_what_is_not() -> None:
    letter = written("partial_approval", outcome="approve_part")
    assert said(letter, "What is licensed") == "1 | Radio unit | 5A991.b.4 | 4 pieces | USD 86.00"
    refused = said(letter, "What is not granted")
    assert refused.startswith(
        "1 | Radio unit | 5A991.b.4 | 6 pieces | Enough for one site 2 | 华为 antenna | EAR99 |"
    )
    assert refused.endswith("2.5 pieces | No use stated Civil use.")
    assert said(letter, "Decision").startswith("The application is approved in part.")


@pytest.mark.parametrize(
    ("code", "source"),
    [("DEFICIENT", "15 CFR 750.4(a)(2)"), ("DUPLICATE", "15 CFR 748.4(f)"), ("WITHDRAWN", "15 CFR 1")],
)
def test_a_return_tells_its_reason_and_where_the_rule_stands(code: str, source: str) -> None:
    letter = written("return", outcome="return", reason_code=code, reason="In words", legal_basis="15 CFR 1")
    assert f"Reason: {code}, In words ({source})." in said(letter, "Decision")


def test_no_license_required_tells_what_it_rests_on() -> None:
    letter = written("no_license_required", outcome="no_license_required")
    assert "No license is required" in said(letter, "Decision") and "Civil use." in said(letter, "Why")


def test_a_correction_names_what_it_replaces() -> None:
    old = Earlier(1, "Return without action", date(2026, 7, 1), "0000111122223333")
    letter = written("correction", replaces=(old,))
    assert (letter["title"], headings(letter)[0]) == ("Correction: Approval", "What this letter replaces")
    assert "Letter 1, Return without action, of July 1, 2026, code 0000-1111-2222-3333." in said(letter)


def test_same_letter_same_bytes_and_the_code_on_every_page() -> None:
    letter = written(
        "approval", riders=tuple(Rider(n, "Other", "Words. " * 60, "Licensee", "") for n in range(1, 12))
    )
    paper = letters.pdf(letter)
    assert (paper, letters.html(letter)) == (letters.pdf(letter), letters.html(letter))
    words = text_of(paper)
    pages = words.count("code 0123-4567-89AB-CDEF Page ")
    assert pages >= 2 and f"Page 1 of {pages}" in words and f"Page {pages} of {pages}" in words
    assert "Enter the code 0123-4567-89AB-CDEF at https://x.example/verify/." in words
    assert "DRAFT" not in words
    assert b"STSong-Light" in letters.pdf(written("partial_approval"))


def test_html_escapes_what_people_wrote() -> None:
    html = letters.html(written("return", outcome="return", justification="<script>alert(1)</script>"))
    assert "<script>" not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("0123-4567-89ab-cdef", "0123456789ABCDEF"),
        (" oi l3 4567 89AB CDEF ", "0113456789ABCDEF"),
        ("0123-4567-89AB-CDEU", ""),
        ("0123-4567", ""),
        ("0123-4567-89AB-CDEF0", ""),
        ("٠123-4567-89AB-CDEF", ""),
        ("", ""),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, code: str) -> None:
    assert letters.code_of(typed) == code


# Written after the decision


def decide(
    case: Application, by: User, approver: User, at: datetime, outcome: str = "approve", **more: Any
) -> Decision:
    decisions.propose(application=case, outcome=outcome, justification="As read.", by=by, at=at, **more)
    return decisions.countersign(application=case, by=approver, at=at)


def test_a_decision_does_not_wait_for_its_letter(license: Any, drain: Any, now: datetime) -> None:
    assert not Letter.objects.exists()
    drain()
    letter = Letter.objects.get()
    assert (letter.kind, letter.number, letter.on, letter.made_at) == (
        "approval", 1, license.issued_on, now - timedelta(days=1),
    )  # fmt: skip
    assert letter.application == license.application
    with letter.document.file.open() as file:
        paper = file.read()
    assert hashlib.sha256(paper).hexdigest() == letter.sha256 == letter.document.sha256
    words = text_of(paper)
    assert license.number in words and letter.spelled in words and "August 5, 2030" in words
    assert "Anna Approver" in words and "Radio unit" in words
    assert letters.pdf(letter.content) == paper and letters.html(letter.content) == letter.html
    told = Event.objects.get(verb="letter.written").data
    assert (told["by"]["name"], told["data"]["letter"], told["data"]["sha256"]) == (
        "job:letters",
        1,
        letter.sha256,
    )


def test_a_second_delivery_writes_none(license: Any, drain: Any) -> None:
    drain()
    job = Job.objects.get(reader="letters.write")
    Job.objects.filter(pk=job.pk).update(state=Job.State.WAITING)
    outbox.run(job.pk)
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE
    assert Letter.objects.count() == Document.objects.count() == 1


def test_intent_to_deny_then_the_denial_on_day_45(
    registered: Application, officer: User, approver: User, now: datetime, drain: Any
) -> None:
    decide(
        registered, officer, approver, now, "intend_to_deny", legal_basis="744.11", **factories.PARTICULARS
    )
    drain()
    decisions.lapse(at=now + timedelta(days=50))
    drain()
    first, second = Letter.objects.with_standing().order_by("number")
    assert (first.kind, first.on) == ("intent_to_deny", now.date())
    assert (second.kind, second.on) == ("final_denial", now.date() + timedelta(days=45))
    assert (first.replaced, second.replaced, second.replaces) == (False, False, None)
    assert "on August 6, 2026 (letter 1)" in str(second.content)


def test_an_approval_after_the_notice_replaces_its_letter(
    registered: Application, officer: User, approver: User, now: datetime, drain: Any
) -> None:
    decide(
        registered, officer, approver, now, "intend_to_deny", legal_basis="744.11", **factories.PARTICULARS
    )
    drain()
    decide(registered, officer, approver, now + timedelta(days=10))
    drain()
    first, second = Letter.objects.with_standing().order_by("number")
    assert (first.replaced, second.replaced, second.replaces) == (True, False, first)
    assert second.content["title"] == "Approval" and wordings.spelled(first.code) in str(second.content)


def test_an_appeal_is_answered_by_a_letter(
    registered: Application, officer: User, approver: User, filer: User, now: datetime, drain: Any
) -> None:
    decide(
        registered, officer, approver, now, "intend_to_deny", legal_basis="744.11", **factories.PARTICULARS
    )
    decisions.lapse(at=now + timedelta(days=50))
    appeals.appeal(application=registered, statement="Wrong.", by=filer, at=now + timedelta(days=60))
    decide(
        registered,
        officer,
        approver,
        now + timedelta(days=70),
        "deny",
        legal_basis="744.11",
        denial_reasons=["END_USE"],
    )
    drain()
    found = list(Letter.objects.with_standing().order_by("number"))
    assert [each.kind for each in found] == ["intent_to_deny", "final_denial", "final_denial"]
    assert [each.replaced for each in found] == [False] * 3
    assert "That decision is final (15 CFR 756.2(d))." in str(found[-1].content)


def test_a_correction_gets_its_letter(
    registered: Application, officer: User, approver: User, now: datetime, drain: Any
) -> None:
    decide(
        registered, officer, approver, now, "intend_to_deny", legal_basis="744.11", **factories.PARTICULARS
    )
    drain()
    told = {**factories.PARTICULARS, "justification": "Typed wrong.", "legal_basis": "15 CFR 744.21"}
    at = now + timedelta(days=3)
    corrections.propose(application=registered, by=officer, at=at, **told)
    corrections.countersign(application=registered, by=approver, at=at)
    drain()
    first, second = Letter.objects.with_standing().order_by("number")
    assert (second.kind, second.replaces, second.on) == ("correction", first, at.date())
    assert (first.replaced, second.replaced) == (True, False)
    words = str(second.content)
    assert second.content["title"] == "Correction: Intent to deny" and wordings.spelled(first.code) in words
    assert "15 CFR 744.21" in words and "Prohibited or unresolved end use" in words
    assert "20 days from August 6, 2026" in words and "until August 26, 2026" in words
    by = people.job_user("letters")
    assert letterbook.write(decision=second.decision, corrects=True, by=by, at=at) is None
    decisions.lapse(at=now + timedelta(days=60))
    drain()
    third = Letter.objects.get(number=3)
    assert (third.kind, third.on, third.replaces) == ("final_denial", now.date() + timedelta(days=45), None)
    assert "on August 6, 2026 (letter 2)" in str(third.content)


def test_a_correction_of_a_final_denial_tells_the_denial(
    registered: Application, officer: User, approver: User, now: datetime, drain: Any, signed: Signed
) -> None:
    decide(
        registered, officer, approver, now, "intend_to_deny", legal_basis="744.11", **factories.PARTICULARS
    )
    drain()
    decisions.lapse(at=now + timedelta(days=60))
    drain()
    at = now + timedelta(days=61)
    told = {**factories.PARTICULARS, "justification": "Typed wrong.", "legal_basis": "15 CFR 744.21"}
    corrections.propose(application=registered, by=officer, at=at, **told)
    page = signed(approver).get(reverse("licenses:letter-preview", args=[registered.number])).content.decode()
    assert "Correction: Denial" in page and "final since September 20, 2026" in page
    corrections.countersign(application=registered, by=approver, at=at)
    drain()
    letter = Letter.objects.get(number=3)
    assert (letter.kind, letter.content["title"], letter.on) == (
        "correction",
        "Correction: Denial",
        at.date(),
    )
    assert "final since September 20, 2026" in str(letter.content)
    assert [each.replaced for each in Letter.objects.with_standing().order_by("number")] == [
        True,
        True,
        False,
    ]


def test_a_correction_of_what_was_never_written_is_its_own_kind(license: Any, now: datetime) -> None:
    by = people.job_user("letters")
    for expected in ("approval", None):
        letter = letterbook.write(decision=license.decision, corrects=True, by=by, at=now)
        assert (letter.kind if letter else None) == expected


def test_an_approval_in_part_tells_each_line(
    registered: Application, officer: User, approver: User, now: datetime, drain: Any, signed: Signed
) -> None:
    lines = [{"number": 1, "quantity": Decimal(4), "reason": "Enough for one site."}]
    decisions.propose(
        application=registered,
        outcome="approve_part",
        justification="As read.",
        lines=lines,
        by=officer,
        at=now,
    )
    page = signed(approver).get(reverse("licenses:letter-preview", args=[registered.number])).content.decode()
    assert "Enough for one site." in page and "USD 86.00" in page
    decisions.countersign(application=registered, by=approver, at=now)
    drain()
    letter = Letter.objects.get()
    assert (letter.kind, letter.replaces) == ("partial_approval", None)
    granted = said(letter.content, "What is licensed")
    assert " | 4 " in granted and "USD 86.00" in granted
    assert " | 6 " in said(letter.content, "What is not granted")


def test_the_company_route_gets_no_letter_of_ours(
    filed: Application, officer: User, now: datetime, drain: Any
) -> None:
    decision = decisions.record(
        application=filed, outcome="approve", justification="x", authority="BIS", decided_on=now.date(),
        no_document="x", by=officer, at=now,
    )  # fmt: skip
    drain()
    assert letterbook.write(decision=decision, by=people.job_user("letters"), at=now) is None
    assert not Letter.objects.exists()


def test_a_correction_of_a_recorded_decision_keeps_its_document_and_gets_no_letter(
    filed: Application, officer: User, approver: User, now: datetime, drain: Any
) -> None:
    decisions.record(
        application=filed, outcome="approve", justification="x", authority="BIS", decided_on=now.date(),
        no_document="By post.", by=officer, at=now,
    )  # fmt: skip
    made = corrections.propose(application=filed, justification="y", by=officer, at=now)
    assert (made.recorded, made.no_document) == (True, "By post.")
    corrections.countersign(application=filed, by=approver, at=now)
    drain()
    assert not Letter.objects.exists()


def test_write_is_for_the_job_and_officers_and_needs_a_made_decision(
    registered: Application, officer: User, approver: User, now: datetime
) -> None:
    decision = decisions.propose(
        application=registered, outcome="approve", justification="x", by=officer, at=now
    )
    with pytest.raises(NotAllowed):
        letterbook.write(decision=decision, by=approver, at=now)
    with pytest.raises(Refused) as refused:
        letterbook.write(decision=decision, by=people.job_user("letters"), at=now)
    assert refused.value.blockers[0].code == "not_made"
    assert not Letter.objects.exists() and not Document.objects.exists()


def test_letters_are_append_only(license: Any, drain: Any) -> None:
    drain()
    for change in (lambda: Letter.objects.update(kind="return"), lambda: Letter.objects.all().delete()):
        with pytest.raises((InternalError, IntegrityError), match="append-only"), transaction.atomic():
            change()


# Pages


def test_the_dossier_shows_the_letters(
    license: Any, officer: User, filer: User, signed: Signed, drain: Any
) -> None:
    drain()
    letter, number = Letter.objects.get(), license.application.number
    for user in (officer, filer):
        page = signed(user).get(reverse("licenses:application", args=[number])).content.decode()
        assert reverse("licenses:letter", args=[number, 1]) in page and letter.spelled in page
        shown = signed(user).get(reverse("licenses:letter", args=[number, 1]))
        assert letter.html in shown.content.decode() and letter.sha256 in shown.content.decode()
        answer = signed(user).get(reverse("licenses:letter-pdf", args=[number, 1]))
        paper = b"".join(answer.streaming_content)
        assert hashlib.sha256(paper).hexdigest() == letter.sha256
        assert answer["Content-Disposition"] == f'attachment; filename="{number}-letter-1.pdf"'


def test_letters_of_others_are_not_found(
    license: Any, stranger: User, signed: Signed, api: Any, drain: Any
) -> None:
    drain()
    number = license.application.number
    for name in ("letter", "letter-pdf"):
        assert signed(stranger).get(reverse(f"licenses:{name}", args=[number, 1])).status_code == 404
    for path in ("", "1/", "1/pdf/"):
        assert api(stranger).get(f"/api/v1/applications/{number}/letters/{path}").status_code == 404


def test_preview_is_for_the_proposer_and_the_approver_and_kept_nowhere(
    registered: Application,
    officer: User,
    officer2: User,
    approver: User,
    filer: User,
    signed: Signed,
    now: datetime,
) -> None:
    pages = [reverse(f"licenses:letter-preview{form}", args=[registered.number]) for form in ("", "-pdf")]
    assert signed(approver).get(pages[0]).status_code == 404
    decisions.propose(
        application=registered, outcome="intend_to_deny", justification="x", legal_basis="744.11", by=officer, at=now,
        considerations="Diversion of radios.", modifications="none", denial_reasons=["END_USE"],
    )  # fmt: skip
    for user in (officer2, filer):
        assert [signed(user).get(page).status_code for page in pages] == [404, 404]
    for user in (officer, approver):
        html, paper = (signed(user).get(page) for page in pages)
        assert "DRAFT" in html.content.decode() and "Diversion of radios." in html.content.decode()
        words = text_of(paper.content)
        assert "DRAFT" in words and "Diversion of radios." in words and "Page 1 of 1" in words
    page = signed(approver).get(reverse("licenses:application", args=[registered.number])).content.decode()
    assert pages[0] in page
    page = signed(officer2).get(reverse("licenses:application", args=[registered.number])).content.decode()
    assert pages[0] not in page
    assert not Letter.objects.exists() and not Document.objects.exists()


def test_an_approval_tells_whom_each_condition_binds_and_when_it_is_due(
    registered: Application,
    officer: User,
    approver: User,
    filer: User,
    signed: Signed,
    now: datetime,
    drain: Any,
) -> None:
    first = (now + timedelta(days=60)).date()
    for code, more in (
        ("END_USE_ONLY", {}),
        ("PERIODIC_REPORT", {"params": {"months": 3}, "due_on": first}),
        ("SHIP_REPORT", {"params": {"days": 30}}),
        ("ACKNOWLEDGEMENT", {"params": {"days": 14}}),
        ("OTHER", {"text": "No 5G use."}),
        ("NO_REEXPORT", {}),
    ):
        made = conditions.propose(
            application=registered, code=code, origin="commerce", by=officer, at=now, **more
        )
        if code == "NO_REEXPORT":
            conditions.remove(condition=made, reason="Not needed.", by=officer, at=now)
        else:
            conditions.accept(condition=made, by=filer, at=now)
    decisions.propose(
        application=registered, outcome="approve_conditions", justification="x", by=officer, at=now
    )
    page = signed(officer).get(reverse("licenses:letter-preview", args=[registered.number])).content.decode()
    assert "No 5G use." in page and "given when the decision is signed" in page and ">10 " in page
    decisions.countersign(application=registered, by=approver, at=now)
    drain()
    told = Letter.objects.get().content
    (grid,) = next(each for each in told["sections"] if each["heading"] == "Conditions")["blocks"]
    assert [(row[0], row[2], row[3]) for row in grid["rows"]] == [
        ("1", "End user", "at all times"),
        ("2", "Licensee", "every 3 months, first on October 5, 2026"),
        ("3", "Licensee", "within 30 days after each shipment"),
        ("4", "Ultimate consignee", "within 14 days of the issue"),
        ("5", "Licensee", "as its words say"),
    ]
    passed = said(told, "What you pass on in writing")
    assert "condition 1 and 4" in passed and "Condition 4 asks for a written acknowledgment" in passed


def test_who_reads_no_case_reads_no_letter(license: Any, administrator: User, lists: User, api: Any) -> None:
    path = f"/api/v1/applications/{license.application.number}/letters/"
    assert [api(user).get(path).status_code for user in (administrator, lists, None)] == [403, 403, 401]


def test_letters_over_the_api(license: Any, filer: User, api: Any, drain: Any) -> None:
    drain()
    letter, client = Letter.objects.get(), api(filer)
    path = f"/api/v1/applications/{license.application.number}/letters/"
    (row,) = client.get(path).json()
    assert row == {
        "number": 1, "kind": "approval", "title": "Approval", "on": str(letter.on), "code": letter.spelled,
        "made_at": row["made_at"], "sha256": letter.sha256, "replaces": None, "replaced": False, "url": f"{path}1/pdf/",
    }  # fmt: skip
    assert client.get(f"/api/v1/applications/{license.application.number}/").json()["letters"] == [row]
    assert client.get(f"{path}1/").json()["content"]["title"] == "Approval"
    answer = client.get(row["url"])
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == letter.sha256
    assert client.get(f"{path}2/").status_code == 404
