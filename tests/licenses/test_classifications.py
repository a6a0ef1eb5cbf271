"""The register of classifications: two people, parameters, open questions, re-opened by a changed entry."""

from __future__ import annotations

from datetime import date

import pytest

from exportctl.errors import Conflict, Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import classifications, items
from licenses.models import Item
from tests import factories
from tests.licenses.conftest import codes, fields

pytestmark = pytest.mark.django_db
GIVEN = {
    "eccn": "2B350.g.1", "basis": "self", "edition_on": date(2026, 7, 23), "reasons": "CB column 2, AT column 1",
    "parameters": [
        {"paragraph": "2B350.g.1.a", "asks": "Over 1 cm", "item": "8 cm", "source": "Drawing F", "result": "met"},
        {"paragraph": "2B350.g.1.b", "asks": "Lining", "item": "", "source": "", "result": "unknown"},
    ],
}  # fmt: skip


@pytest.fixture
def valve(filer):
    return factories.make_item(by=filer, part_number="DV-80", eccn="EAR99")


def test_propose_and_sign_take_two_people(valve, filer, person, approver, now) -> None:
    both = person("both", "officer")
    row = classifications.propose(item=valve, by=both, at=now, **GIVEN)
    assert (row.state, len(row.open_questions), Item.objects.get().eccn) == ("proposed", 1, "EAR99")
    with pytest.raises(Refused) as refused:
        classifications.sign(classification=row, by=both, at=now)
    assert codes(refused) == {"same_person"}
    with pytest.raises(NotAllowed):
        classifications.sign(classification=row, by=filer, at=now)
    with pytest.raises(Refused) as refused:
        classifications.propose(item=valve, by=filer, at=now, **GIVEN)
    assert codes(refused) == {"proposed"}
    signed = classifications.sign(classification=row, by=approver, at=now)
    assert (signed.state, signed.reviewer, Item.objects.get().eccn) == ("signed", approver, "2B350.g.1")
    assert Event.objects.latest("seq").data["data"]["before"] == "EAR99"


def test_a_changed_entry_reopens_its_items_and_a_new_signature_replaces(
    valve, filer, officer, approver, now
) -> None:
    other = factories.make_item(by=filer, part_number="DV-81", eccn="EAR99")
    for item, eccn in ((valve, "2B350.g.1"), (other, "2B351")):
        row = classifications.propose(item=item, by=filer, at=now, **{**GIVEN, "eccn": eccn})
        classifications.sign(classification=row, by=approver, at=now)
    assert classifications.reopen(eccn="2B350", reason="Paragraph g changed.", by=officer, at=now) == [valve]
    assert valve.classifications.get().state == "reopened"
    row = classifications.propose(
        item=valve, by=filer, at=now, **{**GIVEN, "basis": "ccats", "number": "G184402"}
    )
    classifications.sign(classification=row, by=approver, at=now)
    assert sorted(valve.classifications.values_list("state", flat=True)) == ["replaced", "signed"]
    assert Item.objects.get(pk=valve.pk).ccats_number == "G184402"


def test_propose_names_every_wrong_field_and_can_be_taken_back(valve, filer, now) -> None:
    wrong = {
        "eccn": "9Z1",
        "basis": "ccats",
        "parameters": [{"paragraph": "", "result": "met"}],
        "note": "x" * 4001,
    }
    with pytest.raises(Invalid) as refused:
        classifications.propose(item=valve, by=filer, at=now, **wrong)
    assert fields(refused) == {"eccn", "number", "parameters[0]", "note"}
    with pytest.raises(Invalid) as refused:
        classifications.propose(item=valve, by=filer, at=now, eccn="EAR99", basis="self")
    assert fields(refused) == {"edition_on"}
    row = classifications.propose(item=valve, by=filer, at=now, **GIVEN)
    classifications.take_back(classification=row, by=filer, at=now)
    assert not valve.classifications.exists()


def test_change_of_an_item_is_versioned_and_leaves_its_eccn(valve, filer, now) -> None:
    changed = items.change(item=valve, version=1, manufacturer="Ventil AG", app="0.5", by=filer, at=now)
    assert (changed.version, changed.manufacturer, str(changed.app)) == (2, "Ventil AG", "0.5000")
    with pytest.raises(Conflict) as refused:
        items.change(item=valve, version=1, manufacturer="Other", by=filer, at=now)
    assert fields(refused) == {"version", "manufacturer"}
    with pytest.raises(Invalid) as refused:
        items.change(item=valve, version=2, eccn="3A001", by=filer, at=now)
    assert fields(refused) == {"eccn"}
    with pytest.raises(Invalid) as refused:
        items.change(item=valve, version=2, name="", app="-1", by=filer, at=now)
    assert fields(refused) == {"name", "app"}


def test_pages_of_the_register(valve, filer, approver, signed, now, django_assert_max_num_queries) -> None:
    client = signed(filer)
    made = client.post(
        f"/items/{valve.pk}/classify/",
        {
            "eccn": "2B350.g.1", "basis": "self", "edition_on": "2026-07-23", "parameters-TOTAL_FORMS": "1",
            "parameters-INITIAL_FORMS": "0", "parameters-0-paragraph": "g.1.a", "parameters-0-result": "unknown",
        },
    )  # fmt: skip
    assert made.status_code == 302, made.content.decode()
    row = valve.classifications.get()
    other = signed(approver)
    assert "Sign as reviewer" in other.get(f"/items/{valve.pk}/").content.decode()
    assert other.post(f"/items/{valve.pk}/classifications/{row.pk}/sign/").status_code == 302
    with django_assert_max_num_queries(15):
        shown = client.get(f"/items/{valve.pk}/").content.decode()
    assert "1 question open" in shown and "2B350.g.1" in shown
    for show in ("", "open", "due", "unclassified"):
        listed = client.get("/items/", {"show": show}).content.decode()
        assert ("DV-80" in listed) is (show in ("", "open"))
    assert (
        f'value="DV-80, {valve.name}"'
        in client.get("/items/options/", {"lines-0-item": "dv-8"}).content.decode()
    )
