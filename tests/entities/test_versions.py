"""What the lists said: differences between any two versions, entries as of a day, links, and removals."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from entities import hits, lists, screening, worlds
from entities.models import Hit, HitStatus, ListedParty, Listing
from exportctl import people
from exportctl.errors import Invalid
from tests.factories import make_party

from .conftest import data_of, el, head, sdn, verbs_after

FIRST = date(2026, 8, 1)


@pytest.fixture
def day(csl, write, now):
    """`day(n, rows)`: the file of the n-th day, staged."""

    def stage(number, rows):
        path = write(rows, name=f"{number}.json", stamp=f"2026-08-{number:02}T05:00:00Z")
        on = FIRST + timedelta(days=number - 1)
        return lists.stage(source=csl, path=path, by=people.job_user("import"), at=now, effective_on=on)

    return stage


def firms(*numbers, **more):
    return [el(f"Firm {n}", **more) for n in numbers]


def told(changes):
    return [(one.kind, one.name, [each["field"] for each in one.fields]) for one in changes]


def test_compare_folds_every_step_between_two_versions(day):
    base = firms(*range(10))
    one = day(1, [*base, el("Left"), el("Blinks"), el("Shifts", "DE")])
    day(2, [*base, el("Shifts", "DE", license_policy="Case-by-case basis"), el("Passing")])
    two = day(3, [*base, el("Blinks"), el("Shifts", "DE", remarks="moved"), el("Came")])
    assert told(lists.compare(older=one, newer=two)) == [
        ("added", "Came", []),
        ("changed", "Shifts", ["remarks"]),
        ("removed", "Left", []),
    ]
    assert told(lists.compare(older=two, newer=one)) == [
        ("removed", "Came", []),
        ("changed", "Shifts", ["remarks"]),
        ("added", "Left", []),
    ]
    back = lists.compare(older=two, newer=one)[1].fields[0]
    assert (back["before"], back["after"]) == ("moved", "")


def test_compare_an_entry_that_comes_back_changed_tells_its_fields(day):
    base = firms(*range(10))
    one = day(1, [*base, el("Kestrel")])
    day(2, base)
    day(3, [*base, el("Other")])
    two = day(4, [*base, el("Other"), el("Kestrel", remarks="again")])
    assert told(lists.compare(older=one, newer=two)) == [
        ("added", "Other", []),
        ("changed", "Kestrel", ["remarks"]),
    ]


def test_compare_equals_the_difference_of_neighbors_and_is_empty_for_one(day):
    one, two = day(1, firms(*range(10))), day(2, firms(*range(1, 11)))
    assert told(lists.compare(older=one, newer=two)) == told(lists.difference(two))
    assert lists.compare(older=two, newer=two) == []


def test_compare_a_held_version_with_an_old_one(day):
    one = day(1, firms(*range(30)))
    day(2, firms(*range(31)))
    held = day(3, firms(*range(5)))
    assert held.state == "held"
    kinds = [each.kind for each in lists.compare(older=one, newer=held)]
    assert kinds == ["removed"] * 25


def test_compare_refuses_two_sources_and_a_rejected_version(day, approver, now):
    one = day(1, firms(*range(30)))
    held = day(2, firms(*range(5)))
    lists.reject(version=held, reason="Cut", by=approver, at=now)
    held.refresh_from_db()
    with pytest.raises(Invalid):
        lists.compare(older=one, newer=held)


def test_as_of_answers_with_the_content_of_the_day(day):
    base = firms(*range(9))
    day(1, [*base, el("Kestrel", remarks="first", start_date="2020-01-01")])
    day(10, [*base, el("Kestrel", remarks="second", start_date="2020-01-01")])
    day(20, base)
    day(21, [*base, el("New one")])

    def said(on):
        found = [one for one in lists.as_of(on, source="csl") if one.content["name"] == "Kestrel"]
        return [one.content["remarks"] for one in found]

    assert said(date(2019, 12, 31)) == []
    assert said(date(2020, 1, 1)) == ["first"]  # in effect before any file of ours told it
    assert said(FIRST) == ["first"]
    assert said(FIRST + timedelta(days=9)) == ["second"]
    assert said(FIRST + timedelta(days=18)) == ["second"]
    assert said(FIRST + timedelta(days=19)) == []
    assert not ListedParty.objects.as_of(FIRST + timedelta(days=19)).filter(name="Kestrel").exists()


def test_linked_by_name_and_country_or_by_identifier_never_merged(day):
    number = [{"type": "Registration Number", "number": "HRB 12345", "country": "DE"}]
    day(
        1,
        [
            el("Kestrel Avionics Institute", "IR"),
            sdn(1, "INSTITUTE, Kestrel Avionics"),
            sdn(2, "Kestrel Avionics Institute", addresses=[{"country": "CN"}]),
            el("Pelvor Works", "DE", ids=number),
            sdn(3, "Zantik Holding", ids=[{**number[0], "number": "HRB-12345"}]),
            sdn(4, "Alone"),
        ],
    )
    parties = list(ListedParty.objects.prefetch_related("listings").order_by("pk"))
    found = {one.name: [each.key for each in lists.linked(parties)[one.pk]] for one in parties}
    assert found["INSTITUTE, Kestrel Avionics"] == ["EL:kestrel avionics institute:IR"]
    assert found["Pelvor Works"] == ["SDN:3"]
    assert found["Zantik Holding"] == ["EL:pelvor works:DE"]
    assert found["Alone"] == []
    assert len(parties) == 6


def test_linked_takes_the_same_number_of_queries_for_one_and_many(day, django_assert_num_queries):
    day(1, [*firms(*range(20)), *(sdn(n, f"Firm {n}", addresses=[{"country": "CN"}]) for n in range(20))])
    parties = list(ListedParty.objects.prefetch_related("listings"))
    for some in (parties[:1], parties):
        with django_assert_num_queries(2):
            lists.linked(some)


@pytest.fixture
def true_match(kestrel, officer, approver, now):
    """A party confirmed to be the listed Kestrel."""
    kestrel()
    party = make_party(by=officer, at=now, name="Kestrel Avionics Research Institute", country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    hit = party.hits.get()
    hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now)
    return hits.agree(hit=hit, by=approver, at=now)


def without(write, csl, now, *, stamp):
    others = [el(f"Pel{n}vor Zan{n}tik Works") for n in range(9)]
    from .conftest import many

    path = write([*others, *many(20)], name=f"{stamp}.json", stamp=stamp)
    return lists.stage(source=csl, path=path, by=people.job_user("import"), at=now, effective_on=now.date())


def test_a_removal_opens_the_true_match_for_review_and_clears_nobody(true_match, write, csl, now):
    without(write, csl, now, stamp="first")
    assert Hit.objects.get(pk=true_match.pk).status == HitStatus.CLOSED  # still in force
    before = head()
    without(write, csl, now, stamp="second")
    assert verbs_after(before) == ["list.published", "hit.reopened"]
    told = data_of("hit.reopened")
    assert "removal clears nobody" in told["why"]
    assert told["was"]["outcome"] == "true_match"
    screening.screen(party=true_match.party, trigger="manual", by=people.job_user("screening"), at=now)
    assert Hit.objects.get(pk=true_match.pk).status == HitStatus.OPEN


def test_an_entry_marked_missing_is_still_screened(kestrel, write, csl, officer, now):
    kestrel()
    without(write, csl, now, stamp="first")
    found = worlds.look_up(name="Kestrel Avionics Research Institute", country="CN")
    assert found[0].entry.names[0].text == "Kestrel Avionics Research Institute"
    assert Listing.objects.exclude(missing_in=None).count() == 1
