"""The item master."""

import pytest

from exportctl.errors import Invalid, NotAllowed
from exportctl.models import Event
from licenses import items
from licenses.models import Item, RuleTable

from .conftest import fields

pytestmark = pytest.mark.django_db
GOOD = {"part_number": " PR-4M20 ", "name": "4G modem", "eccn": "5A991.b.4"}


def test_add_logs_and_strips(filer, now) -> None:
    item = items.add(**GOOD, by=filer, at=now)
    assert (item.part_number, item.unit) == ("PR-4M20", "each")
    assert Event.objects.latest("seq").verb == "item.added"


def test_add_names_every_wrong_field(filer, now) -> None:
    with pytest.raises(Invalid) as refused:
        items.add(part_number=" ", name="x" * 201, eccn="5X991", unit="", by=filer, at=now)
    assert fields(refused) == {"part_number", "name", "eccn", "unit"}


def test_add_refuses_a_taken_part_number_and_who_may_not(filer, auditor, now) -> None:
    items.add(**GOOD, by=filer, at=now)
    with pytest.raises(Invalid) as refused:
        items.add(**GOOD, by=filer, at=now)
    assert fields(refused) == {"part_number"}
    with pytest.raises(NotAllowed):
        items.add(**GOOD | {"part_number": "other"}, by=auditor, at=now)


@pytest.mark.parametrize("eccn", ["EAR99", "3A001", "3A991.a.1", "0A501.a", "9E991", "3A001.b.12.d"])
def test_add_takes_eccn_forms(filer, now, eccn) -> None:
    items.add(**GOOD | {"eccn": eccn}, by=filer, at=now)
    assert Item.objects.get().eccn == eccn


ENTRY = {"eccn": "2A999", "heading": "A heading.", "reasonForControl": "AT", "countryChart": []}


def test_add_refuses_an_entry_that_the_whole_list_on_file_lacks(filer, now) -> None:
    items.add(
        **GOOD | {"eccn": "3A555"}, by=filer, at=now
    )  # only the delivered entries are on file: nothing is said
    RuleTable.objects.create(
        kind="ccl", edition_on=now.date(), rows=[ENTRY], count=633, file="ccl.json", sha256="0" * 64, imported_by=filer,
        imported_at=now,
    )  # fmt: skip
    with pytest.raises(Invalid) as refused:
        items.add(**GOOD | {"part_number": "other", "eccn": "3A555"}, by=filer, at=now)
    assert [(each.code, each.field) for each in refused.value.blockers] == [("unknown", "eccn")]
    assert items.add(**GOOD | {"part_number": "third", "eccn": "3A991.a.1"}, by=filer, at=now).pk
