from datetime import timedelta

import pytest
from django.db import Error

from entities import parties
from entities.models import Party, PartyMember
from exportctl.errors import Conflict, Invalid, NotAllowed
from tests.factories import make_party

from .conftest import data_of, head, verbs_after


def test_register_writes_the_party_its_parts_and_one_event(officer, now):
    before = head()
    party = parties.register(
        name="  Nordhafen   Maschinenbau GmbH ", country="de", by=officer, at=now,
        names=[("Nordhafen", "alias"), ("Нордхафен", "original")],
        addresses=[{"line": "Hafenstr. 1", "city": "Emden", "country": "DE"}],
        identifiers=[{"kind": "HRB", "value": "HRB 1234", "country": "DE"}],
    )  # fmt: skip
    stored = Party.objects.get(pk=party.pk)
    assert (stored.name, stored.country, stored.facts_version) == ("Nordhafen Maschinenbau GmbH", "DE", 1)
    assert parties.facts_of(stored).names == (("Nordhafen", "alias"), ("Нордхафен", "original"))
    assert parties.facts_of(stored).addresses == (("Hafenstr. 1", "Emden", "", "", "DE"),)
    assert parties.facts_of(stored).identifiers == (("HRB", "HRB 1234", "DE"),)
    assert verbs_after(before) == ["party.registered"]
    assert data_of("party.registered")["name"] == "Nordhafen Maschinenbau GmbH"


def test_register_names_every_gap_at_once(officer, now):
    with pytest.raises(Invalid) as refused:
        parties.register(
            name=" ", country="Germany", kind="club", by=officer, at=now, names=[("", "alias"), ("X",
            "primary")],
            addresses=[{"city": "Emden"}], identifiers=[{"kind": "HRB", "value": ""}],
        )  # fmt: skip
    assert [one.field for one in refused.value.blockers] == [
        "name", "kind", "names.0.text", "names.1.kind", "country", "addresses.0.country",
        "identifiers.0.value",
    ]  # fmt: skip
    assert all(one.remedy for one in refused.value.blockers)
    assert not Party.objects.filter(created_by=officer).exists()


def test_register_keeps_a_name_of_10_kb_and_drops_a_nul(officer, now):
    name = "华" * 9_999 + "\x00"
    assert parties.register(name=name, country="CN", by=officer, at=now).name == "华" * 9_999
    with pytest.raises(Invalid):
        parties.register(name="x" * 10_001, country="CN", by=officer, at=now)


def test_register_without_the_role_is_refused(auditor, now):
    with pytest.raises(NotAllowed):
        parties.register(name="X", country="DE", by=auditor, at=now)


def test_register_leaves_nothing_when_the_log_refuses(officer, now, refusing_log):
    with refusing_log(), pytest.raises(Error):
        parties.register(name="Nordhafen", country="DE", by=officer, at=now)
    assert not Party.objects.filter(name="Nordhafen").exists()


def test_change_raises_the_version_and_tells_before_and_after(officer, now):
    party = make_party(by=officer, at=now, name="Old", names=[("O", "alias")])
    later = now + timedelta(hours=1)
    changed = parties.change(
        party=party, by=officer, at=later, version=1, name="New", names=[("N", "former")]
    )
    assert (changed.name, changed.facts_version, changed.changed_at) == ("New", 2, later)
    assert parties.facts_of(Party.objects.get(pk=party.pk)).names == (("N", "former"),)
    told = data_of("party.changed")
    assert told["before"] == {"name": "Old", "names": [["O", "alias"]]}
    assert told["after"] == {"name": "New", "names": [["N", "former"]]}


def test_change_of_nothing_writes_nothing(officer, now):
    party = make_party(by=officer, at=now, name="Same")
    before = head()
    assert parties.change(party=party, by=officer, at=now, version=1, name="Same").facts_version == 1
    assert verbs_after(before) == []


def test_change_on_an_older_version_is_a_conflict_with_the_fields(officer, now):
    party = make_party(by=officer, at=now, name="One")
    parties.change(party=party, by=officer, at=now, version=1, name="Two")
    with pytest.raises(Conflict) as refused:
        parties.change(party=party, by=officer, at=now, version=1, name="Three")
    assert [one.field for one in refused.value.blockers] == ["version", "name"]
    assert "'Two'" in refused.value.blockers[1].message
    assert Party.objects.get(pk=party.pk).name == "Two"


def test_change_without_the_role_is_refused(officer, auditor, now):
    with pytest.raises(NotAllowed):
        parties.change(party=make_party(by=officer, at=now), by=auditor, at=now, version=1, name="Mine")


def test_change_leaves_nothing_when_the_log_refuses(officer, now, refusing_log):
    party = make_party(by=officer, at=now, name="Old", names=[("O", "alias")])
    with refusing_log(), pytest.raises(Error):
        parties.change(party=party, by=officer, at=now, version=1, name="New", names=[])
    stored = Party.objects.get(pk=party.pk)
    assert (stored.name, stored.facts_version, parties.facts_of(stored).names) == (
        "Old",
        1,
        (("O", "alias"),),
    )


def test_add_member_by_an_officer_twice_is_one_event(officer, filer, now):
    party = make_party(by=officer, at=now)
    before = head()
    parties.add_member(party=party, user=filer, by=officer, at=now)
    parties.add_member(party=party, user=filer, by=officer, at=now)
    assert verbs_after(before) == ["party.member_added"]
    assert PartyMember.objects.filter(party=party, user=filer).count() == 1


def test_add_member_by_a_filer_is_refused_for_a_party_of_others(officer, filer, integration, now):
    party = make_party(by=officer, at=now)
    for actor in (filer, integration):
        with pytest.raises(NotAllowed):
            parties.add_member(party=party, user=filer, by=actor, at=now)


def test_add_member_by_its_registrar_only_while_it_has_none(filer, stranger, now):
    own = make_party(by=filer, at=now, shared=False)
    parties.add_member(party=own, user=filer, by=filer, at=now)
    with pytest.raises(NotAllowed):
        parties.add_member(party=own, user=stranger, by=filer, at=now)


def test_add_member_leaves_nothing_when_the_log_refuses(officer, filer, now, refusing_log):
    party = make_party(by=officer, at=now)
    with refusing_log(), pytest.raises(Error):
        parties.add_member(party=party, user=filer, by=officer, at=now)
    assert not party.members.exists()


def test_possible_duplicates_are_alike_and_of_the_same_country(officer, now):
    alike = make_party(by=officer, at=now, name="Nordhafen Maschinenbau GmbH", country="DE")
    make_party(by=officer, at=now, name="Nordhafen Maschinenbau GmbH", country="NL")
    make_party(by=officer, at=now, name="Palomar Silicon", country="DE")
    assert parties.possible_duplicates(name="Nordhafen Maschinenbau AG", country="DE") == [alike]
    assert parties.possible_duplicates(name=" \x00", country="DE") == []


def test_for_user_hides_what_another_company_keeps_to_itself(filer, stranger, company, officer, now):
    shared = make_party(by=officer, at=now)
    assert set(Party.objects.for_user(stranger)) == {stranger.memberships.get().party, shared}
    assert company in Party.objects.for_user(filer)
    assert company in Party.objects.for_user(officer)
