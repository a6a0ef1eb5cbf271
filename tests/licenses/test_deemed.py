"""The deemed-export form: protection first, named roles alone, nothing personal in lists, events or logs."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import applications, deemed
from licenses.models import DeemedExport
from tests import factories
from tests.licenses.conftest import codes, fields

pytestmark = pytest.mark.django_db
FORM = {
    "protected": "no", "person": "Quentin Ambrose", "country": "fr", "eccn": "3E001", "control_plan": "TCP-7 of 2026",
    "access_from": date(2026, 9, 1),
}  # fmt: skip


@pytest.fixture
def case(filer, company, listed, now):
    technology = factories.make_item(by=filer, eccn="3E001", name="Process technology")
    draft = applications.start(
        applicant=company, by=filer, at=now, **{**factories.BLOCKS, "deemed_export": True}
    )
    return applications.save_draft(
        application=draft, version=1, by=filer, at=now,
        lines=[{"item": technology, "quantity": None, "unit_price": Decimal(1000)}],
    )  # fmt: skip


def test_save_completes_the_form_and_tells_nobody(case, filer, auditor, reviewer, signed, api, now) -> None:
    assert {each.field for each in applications.gaps(case)} == {"deemed"}
    deemed.save(application=case, by=filer, at=now, **FORM)
    assert applications.gaps(case) == ()
    told = json.dumps([event.data for event in Event.objects.all()])
    assert "Quentin" not in told and '"fr"' not in told.lower()
    for url in ("/applications/", f"/applications/{case.number}/", f"/applications/{case.number}/keying/"):
        assert "Quentin" not in signed(filer).get(url).content.decode()
    assert "Quentin" not in json.dumps(api(filer).get(f"/api/v1/applications/{case.number}/").json())
    assert "Quentin" in signed(filer).get(f"/applications/{case.number}/deemed-export/").content.decode()
    assert signed(reviewer).get(f"/applications/{case.number}/deemed-export/").status_code == 403
    with pytest.raises(NotAllowed):
        deemed.read(application=case, by=reviewer)
    with pytest.raises(NotAllowed):
        deemed.save(application=case, by=auditor, at=now, **FORM)


def test_protection_is_asked_first_and_a_protected_person_is_not_kept(case, filer, now) -> None:
    with pytest.raises(Invalid) as refused:
        deemed.save(application=case, by=filer, at=now, **{**FORM, "protected": ""})
    assert fields(refused) == {"person", "country"}
    with pytest.raises(Invalid) as refused:
        deemed.save(application=case, by=filer, at=now, **{**FORM, "protected": "yes"})
    assert fields(refused) == {"person", "country"}
    deemed.save(application=case, by=filer, at=now, protected="yes")
    assert [each.code for each in applications.gaps(case)] == ["protected_person"]
    assert DeemedExport.objects.get().person == ""


def test_save_names_every_wrong_field(case, filer, draft, now) -> None:
    wrong = {**FORM, "country": "XX", "eccn": "3A001", "access_until": date(2026, 8, 1), "person": "x" * 121}
    with pytest.raises(Invalid) as refused:
        deemed.save(application=case, by=filer, at=now, **wrong)
    assert fields(refused) == {"country", "eccn", "access_until", "person"}
    with pytest.raises(Refused) as refused:
        deemed.save(application=draft, by=filer, at=now, **FORM)
    assert codes(refused) == {"no_deemed_draft"}
