"""The form in the browser's own words: autosave, upload, typed totals, amend, and the pages around a case."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from entities import parties
from licenses import applications, attachments, flags
from licenses.models import Attachment
from tests import factories
from tests.licenses.test_views import draft_form, page, url

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nA letter.\n%%EOF"
FORM_QUERIES = 14
DOSSIER_QUERIES = 14


@pytest.fixture
def client(filer, signed) -> Any:
    return signed(filer)


def test_autosave_keeps_what_is_whole_and_tells_the_rest(draft, client) -> None:
    form = draft_form(draft, end_use="Half typed", lines__0__quantity="4o", act="autosave", page="p-1")
    answer = client.post(url("application-edit", draft.number), form)
    draft.refresh_from_db()
    assert (answer.status_code, draft.end_use, draft.lines.get().quantity) == (200, "Half typed", 10)
    shown = page(answer)
    assert "Saved at" in shown and "but for the items" in shown
    assert f'name="version" value="{draft.version}"' in shown and "End use too general" in shown


def test_autosave_never_collides_with_itself_but_with_others(draft, client, filer) -> None:
    address, form = url("application-edit", draft.number), draft_form(draft, act="autosave", page="p-1")
    for words in ("One", "Two"):  # the second still names the version it began with
        assert "Saved at" in page(client.post(address, {**form, "end_use": words}))
    draft.refresh_from_db()
    applications.save_draft(
        application=draft, version=draft.version, blocks={"end_use": "Theirs"}, by=filer, at=factories.NOW
    )
    late = client.post(address, {**form, "end_use": "Mine"})
    assert "Not saved: The draft changed" in page(late)
    draft.refresh_from_db()
    assert draft.end_use == "Theirs"


def test_a_typed_total_is_checked(draft, client) -> None:
    form = draft_form(
        draft, lines__0__quantity="40", lines__0__unit_price="8,400", lines__0__total_price="363,000"
    )
    answer = client.post(url("application-edit", draft.number), form)
    assert answer.status_code == 400
    assert "40 at $8,400.00 is $336,000.00. Two digits look swapped." in page(answer)
    assert 'value="363,000"' in page(answer)


def upload(client, case, name, content, **changed):
    form = draft_form(case, act="upload", document_kind="letter_of_explanation", **changed)
    return client.post(
        url("application-edit", case.number), {**form, "file": SimpleUploadedFile(name, content)}
    )


def test_upload_saves_the_draft_and_keeps_the_file(draft, client) -> None:
    answer = upload(client, draft, "letter.pdf", PDF, end_use="Typed before the upload")
    assert answer["Location"].endswith("#documents")
    one = Attachment.objects.get()
    draft.refresh_from_db()
    assert (one.document.name, draft.end_use) == ("letter.pdf", "Typed before the upload")
    given = client.get(url("document", one.pk))
    assert b"".join(given.streaming_content) == PDF
    assert "attachment" in given["Content-Disposition"] and "sandbox" in given["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("name", "content", "words", "status"),
    [
        ("letter.pdf", b"MZ\x90\x00 a renamed program", "none of the types taken here", 400),
        ("scan.pdf", PDF + b"0" * (3 << 20), "larger than 1 MB", 413),
        ("empty.pdf", b"", "empty", 400),
    ],
)
def test_a_refused_upload_keeps_the_draft(draft, client, settings, name, content, words, status) -> None:
    settings.DOCUMENT_LIMIT = 1 << 20
    answer = upload(client, draft, name, content, end_use="Typed before the upload")
    assert (answer.status_code, words in page(answer)) == (status, True)
    draft.refresh_from_db()
    assert draft.end_use == "Typed before the upload"
    assert "Typed before the upload" in page(answer)
    assert not Attachment.objects.exists()


def test_amend_in_the_browser_shows_what_differs(draft, client, filer, now) -> None:
    case = applications.submit(application=draft, by=filer, at=now)
    address = url("application-edit", case.number)
    assert "Filed as" in page(client.get(address))
    form = draft_form(case, end_use="Harbor radio.", act="amend")
    assert "says why" in page(client.post(address, form))
    done = client.post(address, {**form, "reason": "The buyer told us."})
    assert done["Location"] == url("application", case.number)
    shown = page(client.get(url("application-versions", case.number)))
    assert "<del>Civil radio network.</del>" in shown and "<ins>Harbor radio.</ins>" in shown


def test_pages_around_a_case(draft, client, filer, approver, signed, now) -> None:
    one = attachments.attach(
        file=SimpleUploadedFile("a.pdf", PDF).file,
        name="a.pdf",
        kind="order",
        application=draft,
        by=filer,
        at=now,
    )
    boss = signed(approver)
    assert boss.post(url("document-act", one.pk, "hold"), {"reason": "Matter 12"}).status_code == 302
    assert client.post(url("document-act", one.pk, "take-off")).status_code == 409
    assert "Matter 12" in page(client.get(url("files", draft.number)))
    sheet = client.post(
        url("red-flags", draft.number), {"cash-answer": "yes", "cash-evidence": "Asked for cash"}
    )
    assert sheet.status_code == 302
    assert flags.sheet(draft).open == ("cash",)
    half = client.post(url("red-flags", draft.number), {"evasive-answer": "no", "evasive-evidence": ""})
    assert half.status_code == 400
    keyed = page(client.get(url("keying", draft.number)))
    assert all(
        f">{box}</th>" in keyed for box in ("1", "5", "14", "18", "19", "21", "22a", "22j", "23", "25")
    )
    assert client.post(url("draft-share", draft.number), {"shared": "no"}).status_code == 302
    assert client.get(url("draft-hand-over", draft.number)).status_code == 200


def test_form_and_dossier_take_few_queries_whatever_the_volume(draft, client, filer, officer, signed) -> None:
    def taken(browser, address) -> int:
        with CaptureQueriesContext(connection) as seen:
            assert browser.get(address).status_code == 200
        return len(seen)

    address = url("application-edit", draft.number)
    few = taken(client, address)
    items = [factories.make_item(by=filer) for _ in range(12)]
    people = [factories.make_party(by=filer) for _ in range(8)]
    applications.save_draft(
        application=draft, version=draft.version, by=filer, at=factories.NOW,
        roles=[("end_user", each) for each in people],
        lines=[{"item": each, "quantity": Decimal(3), "unit_price": Decimal(2)} for each in items],
    )  # fmt: skip
    many = taken(client, address)
    assert (few, many) <= (FORM_QUERIES, FORM_QUERIES), (few, many)
    assert few == many
    assert taken(signed(officer), url("application", draft.number)) <= DOSSIER_QUERIES


def test_a_party_without_an_address_is_named(draft, client, filer, now) -> None:
    bare = parties.register(name="Nowhere Ltd", country="DE", by=filer, at=now)
    form = draft_form(draft, parties__0__party=bare.name, act="autosave")
    assert "Nowhere Ltd has no address" in page(client.post(url("application-edit", draft.number), form))
