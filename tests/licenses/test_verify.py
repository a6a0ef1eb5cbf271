"""/verify/: anybody learns whether a letter is genuine, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from licenses import decisions
from licenses.models import Letter
from licenses.views import verify

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(license: Any, drain: Any) -> Letter:
    drain()
    return Letter.objects.get()


@pytest.fixture
def anybody() -> Client:
    return Client(enforce_csrf_checks=True)


def address(code: str) -> str:
    return reverse("licenses:verify-code", args=[code])


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_form_leads_to_the_letter_however_the_code_is_typed(letter: Letter, anybody: Client) -> None:
    assert "Is this letter genuine?" in text(anybody.get("/verify/"))
    answer = anybody.get(
        "/verify/", {"code": f" {letter.spelled.lower().replace('-', ' ').replace('1', 'l')} "}
    )
    assert (answer.status_code, answer["Location"]) == (302, address(letter.spelled))
    refused = anybody.get("/verify/", {"code": "short"})
    assert refused.status_code == 400 and "This is no code of ours" in text(refused)
    assert anybody.get("/verify/", {"code": "x" * 100}).status_code == 400


def test_a_code_tells_the_letter_and_no_name(letter: Letter, anybody: Client) -> None:
    answer = anybody.get(address(letter.spelled))
    page = text(answer)
    assert answer.status_code == 200
    for told in ("Approval", letter.application.number, "Aug 5, 2026", letter.sha256, "no, it stands"):
        assert told in page
    for role in letter.application.roles.select_related("party"):
        assert role.party.name not in page
    for name in ("Officer", "Approver", "Filer", letter.application.license.number):
        assert name not in page
    assert (answer["X-Robots-Tag"], "no-store" in answer["Cache-Control"]) == ("noindex", True)
    assert anybody.get(address(letter.code.lower())).status_code == 200


def test_a_replaced_letter_says_so(
    registered: Any, officer: Any, approver: Any, now: Any, drain: Any, anybody: Client
) -> None:
    decisions.propose(
        application=registered, outcome="intend_to_deny", justification="x", legal_basis="y", considerations="withheld",
        modifications="none", denial_reasons=["END_USE"], by=officer, at=now,
    )  # fmt: skip
    decisions.countersign(application=registered, by=approver, at=now)
    drain()
    first = Letter.objects.get()
    assert "no, it stands" in text(anybody.get(address(first.spelled)))
    at = now + timedelta(days=9)
    decisions.propose(application=registered, outcome="approve", justification="x", by=officer, at=at)
    decisions.countersign(application=registered, by=approver, at=at)
    drain()
    assert "yes, by a later letter" in text(anybody.get(address(first.spelled)))
    assert "no, it stands" in text(anybody.get(address(Letter.objects.get(number=2).spelled)))


@pytest.mark.parametrize("code", ["0000-0000-0000-0000", "nonsense", "<b>x</b>", "UUUU-UUUU-UUUU-UUUU"])
def test_an_unknown_code_is_a_clear_404(letter: Letter, anybody: Client, code: str) -> None:
    answer = anybody.get(address(code)) if "/" not in code else anybody.get("/verify/%3Cb%3Ex/")
    assert answer.status_code == 404
    assert "No letter carries this code" in text(answer) and "<b>x</b>" not in text(answer)


def test_a_file_is_compared_and_not_kept(
    letter: Letter, anybody: Client, monkeypatch: Any, tmp_path: Any
) -> None:
    with letter.document.file.open() as kept:
        paper = kept.read()
    path = address(letter.spelled)
    same = anybody.post(path, {"file": SimpleUploadedFile("letter.pdf", paper)})
    assert (same.status_code, "Your file is this letter," in text(same)) == (200, True)
    other = anybody.post(path, {"file": SimpleUploadedFile("letter.pdf", paper + b" ")})
    assert "Your file is not this letter." in text(other)
    assert not other.wsgi_request.FILES
    none = anybody.post(path, {})
    assert (none.status_code, "No file was chosen" in text(none)) == (400, True)


def test_a_file_too_large_is_not_read(letter: Letter, anybody: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(verify, "MOST", 1000)
    path = address(letter.spelled)
    for size in (1001, 1000 + verify.ENVELOPE):
        answer = anybody.post(path, {"file": SimpleUploadedFile("x.pdf", b"x" * size)})
        assert (answer.status_code, "larger than" in text(answer)) == (413, True)
    fits = anybody.post(path, {"file": SimpleUploadedFile("x.pdf", b"x" * 1000)})
    assert "Your file is not this letter." in text(fits)


def test_questions_are_limited_by_address(letter: Letter, anybody: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(verify, "RATE", {"verify": "3/m/ip"})
    path = address("0000-0000-0000-0000")
    assert [anybody.get(path).status_code for _ in range(4)] == [404, 404, 404, 429]
    answer = anybody.get(address(letter.spelled))
    assert answer.status_code == 429 and "Too many questions at once" in text(answer)
    assert letter.sha256 not in text(answer)
    assert anybody.get(path, REMOTE_ADDR="10.1.1.1").status_code == 404
    assert anybody.get("/verify/").status_code == 200
