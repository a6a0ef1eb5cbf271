"""Filing over the API: every block, If-Match, amendments, documents, and bad input of every kind."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from licenses import applications
from licenses.blocks import CHOICE, CHOICES, FLAG, TABLE, YES_NO
from licenses.models import Application, Attachment
from tests.licenses.api.test_applications import URL, blockers, problem

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nA letter.\n%%EOF"


def answers() -> dict[str, object]:
    """A right answer to every block."""
    special = {"import_certificate_country": "DE", "resubmission_acn": "Z123456"}
    kinds = {CHOICES: lambda b: [b.choices[0][0]], CHOICE: lambda b: b.choices[0][0], YES_NO: lambda b: "no",
             FLAG: lambda b: True}  # fmt: skip
    return {
        block.name: special.get(block.name)
        or kinds.get(block.kind, lambda b: f"Answer {b.number}"[: b.limit].strip())(block)
        for block in TABLE
    }


def test_every_block_is_sent_and_shown_back(api, filer, company, listed) -> None:
    client, given = api(filer), answers()
    made = client.post(URL, {"applicant": company.pk, "kind": "REEXPORT", **given}, format="json")
    assert made.status_code == 201, made.json()
    shown = client.get(f"{URL}{made.json()['number']}/")
    assert {name: shown.json()[name] for name in given} == given
    assert shown["ETag"] == '"1"'
    assert {each["reason"] for each in shown.json()["predicted_returns"]} == {"DEFICIENT", "INFO_NOT_GIVEN"}


def test_if_match_guards_the_draft_with_a_field_diff(api, filer, draft) -> None:
    client, path = api(filer), f"{URL}{draft.number}/"
    etag = client.get(path)["ETag"]
    saved = client.patch(path, {"end_use": "Radar."}, format="json", headers={"If-Match": etag})
    assert (saved.status_code, saved["ETag"]) == (200, '"3"')
    body = {"end_use": "Radio.", "telephone": draft.telephone, "lines": []}
    late = client.patch(path, body, format="json", headers={"If-Match": etag})
    assert blockers(late, 412) == {("stale_version", "version"), ("changed", "end_use"), ("changed", "lines")}
    assert "saved “Radar.”, you sent “Radio.”" in problem(late, 412)["detail"]
    assert blockers(client.patch(path, {"version": 2, "end_use": "Radio."}, format="json"), 409) >= {
        ("stale_version", "version")
    }
    assert blockers(client.patch(path, {"end_use": "x"}, format="json"), 428) == {
        ("version_missing", "version")
    }
    odd = client.patch(path, {}, format="json", headers={"If-Match": "abc"})
    assert blockers(odd, 400) == {("invalid", "If-Match")}
    gone = client.post(f"{path}withdraw/", {}, format="json", headers={"If-Match": etag})
    assert blockers(gone, 412) == {("stale_version", "version")}
    case = Application.objects.get()
    assert (case.end_use, case.status, case.lines.count()) == ("Radar.", "draft", 1)


def test_wrong_totals_and_quantities_are_refused_with_the_field(api, filer, draft) -> None:
    client, path, item = api(filer), f"{URL}{draft.number}/", draft.lines.get().item_id

    def line(**changed):
        body = {"version": 2, "lines": [{"item": item, "quantity": "40", "unit_price": "8400", **changed}]}
        return client.patch(path, body, format="json")

    wrong = line(total_price="363000")
    assert blockers(wrong, 400) == {("invalid", "lines[0].total_price")}
    assert "40 at $8,400.00 is $336,000.00. Two digits look swapped." in problem(wrong, 400)["detail"]
    assert blockers(line(quantity="-1"), 400) == {("invalid", "lines[0].quantity")}
    assert blockers(line(quantity=None), 400) == {("invalid", "lines[0].quantity")}
    assert blockers(line(unit_price="-0.01"), 400) == {("invalid", "lines[0].unit_price")}
    assert client.patch(path, {"version": 2, "lines": [{"item": 10**9}]}, format="json").status_code == 400
    assert draft.lines.get().quantity == 10
    assert line(total_price="336000").status_code == 200


def test_unknown_eccn_is_refused(api, filer) -> None:
    body = {"part_number": "X", "name": "X", "eccn": "3Z991"}
    assert blockers(api(filer).post("/api/v1/items/", body, format="json"), 400) == {("invalid", "eccn")}


def test_same_transaction_is_not_filed_twice(api, filer, submitted) -> None:
    copied = applications.copy(application=submitted, by=filer, at=submitted.submitted_at)
    client, path = api(filer), f"{URL}{copied.number}/"
    client.patch(path, {"version": 1, "already_exported": "no", "detained": "no"}, format="json")
    assert client.get(path).json()["predicted_returns"][-1]["reason"] == "DUPLICATE"
    assert blockers(client.post(f"{path}submit/", {}, format="json"), 409) == {("duplicate", "lines")}


def test_amend_and_report_over_the_api(api, filer, submitted) -> None:
    client, path = api(filer), f"{URL}{submitted.number}/"
    body = {"reason": "New use.", "end_use": "Harbor radio."}
    assert blockers(client.post(f"{path}amend/", body, format="json"), 428) == {
        ("version_missing", "version")
    }
    etag = client.get(path)["ETag"]
    amended = client.post(f"{path}amend/", body, format="json", headers={"If-Match": etag})
    assert amended.status_code == 200, amended.json()
    assert amended.json()["versions"][1]["changes"] == [
        {"field": "end_use", "label": "What will the end user do with the items? (block 21)",
         "before": "Civil radio network.", "after": "Harbor radio."}
    ]  # fmt: skip
    late = client.post(f"{path}amend/", {**body, "end_use": "x"}, format="json", headers={"If-Match": etag})
    assert ("changed", "end_use") in blockers(late, 412)
    told = client.post(f"{path}report_change/", {"reason": "Consignee bought."}, format="json")
    assert [each["number"] for each in told.json()["versions"]] == [1, 2, 3]


def test_documents_are_uploaded_listed_and_given_back(api, filer, stranger, draft) -> None:
    client, path = api(filer), f"{URL}{draft.number}/documents/"

    def send(name="letter.pdf", content=PDF, kind="letter_of_explanation", by=client):
        return by.post(path, {"file": SimpleUploadedFile(name, content), "kind": kind}, format="multipart")

    made = send()
    assert made.status_code == 201, made.json()
    body = made.json()
    assert (body["size"], body["scan"], body["legal_hold"], len(body["sha256"])) == (len(PDF), "off", "", 64)
    assert b"".join(client.get(body["url"]).streaming_content) == PDF
    assert [each["id"] for each in client.get(path).json()] == [body["id"]]
    assert client.get(f"{URL}{draft.number}/").json()["documents"][0]["sha256"] == body["sha256"]
    assert send(by=api(stranger)).status_code == 404
    assert blockers(send(content=b"MZ\x90\x00 a renamed program"), 400) == {("invalid", "file")}
    assert blockers(send(kind="king"), 400) == {("invalid", "kind")}
    assert blockers(client.post(path, {"kind": "other"}, format="multipart"), 400) == {("required", "file")}
    assert client.post(path, {"kind": "other"}, format="json").status_code == 415
    assert Attachment.objects.count() == 1
    assert client.delete(f"{path}{body['id']}/").json()["taken_off_at"]
    assert client.get(f"{URL}{draft.number}/").json()["documents"] == []


def test_an_upload_beyond_the_limit_is_dropped_on_its_way(api, filer, draft, settings) -> None:
    settings.DOCUMENT_LIMIT = 1 << 20
    client = api(filer)
    big = SimpleUploadedFile("scan.pdf", PDF + b"0" * (3 << 20))
    answer = client.post(
        f"{URL}{draft.number}/documents/", {"file": big, "kind": "other"}, format="multipart"
    )
    assert blockers(answer, 400) == {("invalid", "file")}
    assert "larger than 1 MB" in problem(answer, 400)["detail"]
    assert not Attachment.objects.exists()
