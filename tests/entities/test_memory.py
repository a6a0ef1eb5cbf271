"""What was judged stands while its facts stand: the quick form of T05 to T09, and the rules one by one."""

from datetime import timedelta

import pytest

from entities import hits, parties, screening
from entities.fingerprints import differences, fingerprint, of_entry, of_party
from entities.models import Hit, Party
from exportctl import people
from exportctl.errors import Refused
from tests.drill import memory as drills
from tests.factories import make_party

from .conftest import data_of, el, head, many, sdn, verbs_after

NAME = "Kestrel Avionics Research Institute"


@pytest.mark.django_db
@pytest.mark.parametrize("run", ["no_op", "remembered", "followed", "crowded", "flapping"])
def test_drill_in_its_quick_form(run, seeded_users):
    figure, passed = getattr(drills, run)(False)
    assert passed, figure


@pytest.fixture
def seeded_users(db):
    people.job_user("import")


def test_fingerprint_knows_no_order_spacing_or_case():
    one = of_party(
        names=["Alpha  Co", "Beta"],
        kind="organization",
        countries=["DE"],
        addresses=["1 Road"],
        identifiers=[],
    )
    two = of_party(
        names=["BETA", "alpha co"],
        kind="organization",
        countries=["DE"],
        addresses=[" 1 Road "],
        identifiers=[],
    )
    assert fingerprint({"ours": one}) == fingerprint({"ours": two})
    assert differences({"ours": one}, {"ours": two}) == []


def test_fingerprint_reads_the_telling_part_of_remarks_only():
    def entry(remarks):
        return of_entry(names=["A"], kind="", countries=[], addresses=[], identifiers=[], birth_dates=[],
                        remarks=remarks, listings=[])  # fmt: skip

    plain = entry("Phone: 12; Programs: NPWMD")
    assert fingerprint({"listed": plain}) == fingerprint({"listed": entry("Programs: NPWMD; Website: x")})
    [found] = differences({"listed": plain}, {"listed": entry("Programs: IRAN")})
    assert (found["words"], found["gone"], found["new"]) == (
        "Their listing",
        ["Programs: NPWMD"],
        ["Programs: IRAN"],
    )


@pytest.fixture
def proposed(officer, kestrel, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    return hits.propose(hit=party.hits.get(), outcome="false_positive", reason="different_place",
                        differing_fact="Emden", by=officer, at=now)  # fmt: skip


def test_agree_refuses_what_rests_on_facts_that_changed(proposed, officer, approver, now):
    party = Party.objects.get(pk=proposed.party_id)
    parties.change(party=party, by=officer, at=now, version=1, country="HK")
    with pytest.raises(Refused) as refused:
        hits.agree(hit=proposed, by=approver, at=now)
    [blocker] = refused.value.blockers
    assert (blocker.code, "our countries" in blocker.message) == ("facts_changed", True)


def test_screen_opens_a_proposal_again_when_its_facts_changed(proposed, officer, now):
    party = Party.objects.get(pk=proposed.party_id)
    parties.change(party=party, by=officer, at=now, version=1, country="HK")
    screening.screen(party=party, trigger="changed", by=people.job_user("screening"), at=now)
    hit = Hit.objects.get(pk=proposed.pk)
    assert (hit.status, [one["words"] for one in hit.changes]) == ("open", ["Our countries"])


def test_expire_opens_what_is_over_and_guards_count_it_from_that_day(proposed, approver, now):
    hits.agree(hit=proposed, by=approver, at=now)
    over = now + timedelta(days=180)
    assert not Hit.objects.unjudged(on=over.date() - timedelta(days=1)).exists()
    assert Hit.objects.unjudged(on=over.date()).exists()
    before = head()
    assert hits.expire(by=people.job_user("screening"), at=over - timedelta(days=1)) == []
    [hit] = hits.expire(by=people.job_user("screening"), at=over)
    assert (hit.status, verbs_after(before)) == ("open", ["hit.reopened"])
    assert "it was recorded until" in data_of("hit.reopened")["why"]


def test_a_cleared_hit_follows_its_entry_to_a_new_id_once(csl, write, officer, approver, now):
    from entities import lists

    def publish(rows, name):
        lists.stage(source=csl, path=write(rows, name=name), by=people.job_user("import"), at=now,
                    effective_on=now.date())  # fmt: skip
        for party in Party.objects.order_by("pk"):
            screening.screen(party=party, trigger="list", by=people.job_user("screening"), at=now)

    party = make_party(by=officer, at=now, name=NAME, country="DE")
    others = [*many(30, start=100), el("Other Firm")]
    publish([sdn(1, NAME), *others], "1.json")
    hit = party.hits.get()
    hits.propose(
        hit=hit,
        outcome="false_positive",
        reason="different_place",
        differing_fact="Emden",
        by=officer,
        at=now,
    )
    hits.agree(hit=hit, by=approver, at=now)
    before = head()
    publish([sdn(2, NAME), sdn(3, NAME), *others], "2.json")
    carried = party.hits.get(listed_party__key="SDN:2")
    assert (carried.status, carried.carried_from, carried.agreed_by, carried.expires_on) == (
        "closed", hit, approver, Hit.objects.get(pk=hit.pk).expires_on,
    )  # fmt: skip
    assert party.hits.get(listed_party__key="SDN:3").status == "open"  # one judgment, one successor
    assert "hit.carried" in verbs_after(before)
