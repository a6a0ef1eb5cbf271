import threading

import pytest
from django.db import Error, connection

from entities import coverage, hits, lists, parties, screening, worlds
from entities.matching.score import ENGINE
from entities.models import Finding, Hit, Screening
from exportctl import people
from exportctl.errors import NotAllowed, Refused
from exportctl.models import Event
from tests.factories import make_party

from .conftest import data_of, el, head, sdn, verbs_after

NAME = "Kestrel Avionics Research Institute"


@pytest.fixture
def job(db):
    return people.job_user("screening")


@pytest.fixture
def screen(job, now):
    def run(party, at=now):
        return screening.screen(party=party, trigger="manual", by=job, at=at)

    return run


@pytest.fixture
def cleared(officer, approver, kestrel, screen, now):
    """A party whose hit in the review band was closed as a false positive by two people."""
    kestrel()
    party = make_party(by=officer, at=now, name="Kestrel Avionics", country="DE")
    screen(party)
    hit = party.hits.get()
    assert hit.band == "review"
    hits.propose(
        hit=hit,
        outcome="false_positive",
        reason="different_registration",
        differing_fact="HRB 99",
        by=officer,
        at=now,
    )
    hits.agree(hit=hit, by=approver, at=now)
    return party


def test_screen_opens_a_hit_with_its_explanation(officer, kestrel, screen, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    before = head()
    run = screen(party)
    hit = party.hits.get()
    assert (hit.status, hit.score, hit.band, hit.listed_party.name) == ("open", 100, "strong", NAME)
    assert (run.hits, run.error, run.world) == (1, "", lists.current_world())
    assert run.findings.get().explanation["listed"] == NAME
    assert verbs_after(before) == ["party.screened", "hit.opened"]
    assert data_of("party.screened")["opened"] == 1
    assert screening.state(party) == "current"


def test_screen_again_keeps_one_hit_for_life(officer, kestrel, screen, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    screen(party)
    before = head()
    screen(party)
    assert (Hit.objects.count(), Finding.objects.count(), Screening.objects.count()) == (1, 2, 2)
    assert verbs_after(before) == ["party.screened"]


def test_screen_a_clean_name_finds_nothing_and_says_on_which_lists(officer, kestrel, screen, now):
    kestrel()
    run = screen(make_party(by=officer, at=now, name="Nordhafen Maschinenbau GmbH"))
    assert (run.hits, run.world) == (0, f"engine {ENGINE}+0; csl 1")


def test_screen_reads_aliases_of_the_party(officer, kestrel, screen, now):
    kestrel()
    party = make_party(by=officer, at=now, name="Falke GmbH", names=[(NAME, "former")])
    assert screen(party).hits == 1


def test_screen_keeps_a_false_positive_closed(cleared, screen):
    before = head()
    assert screen(cleared).hits == 1
    assert cleared.hits.get().status == "closed"
    assert verbs_after(before) == ["party.screened"]


def test_screen_opens_a_false_positive_again_when_the_entry_changed(cleared, kestrel, screen):
    kestrel(license_policy="Policy of denial")
    before = head()
    screen(cleared)
    hit = cleared.hits.get()
    assert (hit.status, hit.outcome, hit.proposed_by, hit.judged_print) == ("open", "", None, "")
    assert verbs_after(before) == ["hit.reopened", "party.screened"]
    told = data_of("hit.reopened")
    assert told["was"]["differing_fact"] == "HRB 99"
    [change] = told["changes"]
    assert (change["fact"], change["gone"], change["new"]) == (
        "policy", ["EL: PD: Presumption of denial"], ["EL: POD: Policy of denial"],
    )  # fmt: skip
    assert hit.changes == told["changes"]


def test_screen_opens_a_false_positive_again_when_our_facts_changed(cleared, officer, screen, now):
    parties.change(party=cleared, by=officer, at=now, version=1, country="CN")
    screen(cleared)
    hit = cleared.hits.get()
    assert (hit.status, hit.band) == ("open", "strong")
    assert data_of("hit.reopened")["why"] == "changed since it was judged: our countries"


def test_screen_keeps_a_true_match_closed_when_the_entry_changed(officer, approver, kestrel, screen, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    screen(party)
    hits.propose(
        hit=party.hits.get(), outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now
    )
    hits.agree(hit=party.hits.get(), by=approver, at=now)
    kestrel(remarks="Moved")
    screen(party)
    assert (party.hits.get().status, party.hits.get().outcome) == ("closed", "true_match")


def test_screen_300_cleared_namesakes_do_not_crowd_out_a_new_one(officer, csl, write, screen, now, job):
    same = [
        sdn(n, "Kestrel Avionics Research Institute", addresses=[{"city": f"City {n}", "country": "CN"}])
        for n in range(300)
    ]
    day = now.date()
    lists.stage(source=csl, path=write(same), by=job, at=now, effective_on=day)
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    assert screen(party).hits == 300
    lists.stage(
        source=csl, path=write([*same, sdn(999, NAME)], name="2.json"), by=job, at=now, effective_on=day
    )
    assert screen(party).hits == 301
    assert party.hits.filter(listed_party__key="SDN:999", status="open").count() == 1


def test_screen_without_a_list_is_a_failed_run_and_never_clear(officer, screen, now):
    party = make_party(by=officer, at=now)
    before = head()
    with pytest.raises(Refused, match="No list is in force"):
        screen(party)
    assert "No list is in force" in party.screenings.get().error
    assert verbs_after(before) == ["party.screening_failed"]
    assert screening.state(party) == "failed"
    assert screening.failed() == [party.pk]


def test_screen_leaves_nothing_when_the_log_refuses(officer, kestrel, screen, now, refusing_log):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    with refusing_log(), pytest.raises(Error):
        screen(party)
    assert (Hit.objects.count(), Screening.objects.count(), Finding.objects.count()) == (0, 0, 0)
    assert screening.state(party) == "missing"


def test_screen_without_the_role_is_refused(officer, auditor, kestrel, now):
    kestrel()
    with pytest.raises(NotAllowed):
        screening.screen(party=make_party(by=officer, at=now), trigger="manual", by=auditor, at=now)


def test_state_is_stale_after_a_change_and_after_a_new_list(officer, kestrel, screen, now):
    kestrel()
    party = make_party(by=officer, at=now)
    assert screening.state(party) == "missing"
    screen(party)
    assert screening.state(party) == "current"
    party = parties.change(party=party, by=officer, at=now, version=1, name="Other GmbH")
    assert screening.state(party) == "stale"
    screen(party)
    kestrel(remarks="New")
    assert screening.state(party) == "stale"


@pytest.mark.parametrize("count", [1, 3])
def test_states_ask_two_queries_whatever_the_number(
    officer, kestrel, screen, now, count, django_assert_num_queries
):
    kestrel()
    found = [make_party(by=officer, at=now) for _ in range(count)]
    screen(found[0])
    with django_assert_num_queries(2):
        states = screening.states(found)
    assert list(states.values()) == ["current", *["missing"] * (count - 1)]


def test_rescreen_is_a_batch_with_one_event_and_safe_twice(officer, kestrel, job, now):
    version = kestrel()
    found = [make_party(by=officer, at=now, name=f"Customer {n} GmbH") for n in range(3)]
    hit = make_party(by=officer, at=now, name=NAME, country="CN")
    before = head()
    batch = coverage.cover(version=version, after=0, count=3, by=job, at=now)
    assert (batch.last, batch.screened, batch.opened) == (found[-1].pk, 3, 0)
    batch = coverage.cover(version=version, after=batch.last, count=3, by=job, at=now)
    assert (batch.last, batch.screened, batch.opened) == (None, 1, 1)
    assert hit.hits.get().band == "strong"
    assert verbs_after(before) == ["screening.batch", "hit.opened", "screening.batch"]
    again = coverage.cover(version=version, after=0, count=10, by=job, at=now)
    assert (again.screened, again.opened, Screening.objects.count()) == (0, 0, 4)


def test_rescreen_leaves_nothing_when_the_log_refuses(officer, kestrel, job, now, refusing_log):
    version = kestrel()
    make_party(by=officer, at=now, name=NAME, country="CN")
    with refusing_log(), pytest.raises(Error):
        coverage.cover(version=version, after=0, count=10, by=job, at=now)
    assert (Screening.objects.count(), Hit.objects.count()) == (0, 0)


def test_look_up_stores_nothing_and_needs_a_list(kestrel):
    with pytest.raises(Refused, match="No list is in force"):
        worlds.look_up(name=NAME)
    kestrel()
    before = head()
    [match] = worlds.look_up(name=NAME, country="CN")
    assert (match.score, match.band) == (100, "strong")
    assert worlds.look_up(name="Nordhafen Maschinenbau GmbH", country="DE") == []
    assert (head(), Screening.objects.count()) == (before, 0)


def test_world_follows_a_new_version_at_once(kestrel):
    kestrel()
    index, name = worlds.index()
    assert (len(index), name) == (30, f"engine {ENGINE}+0; csl 1")
    assert worlds.index()[0] is index
    kestrel(remarks="Changed")
    assert worlds.index()[1] == f"engine {ENGINE}+0; csl 2"


def test_world_leaves_out_what_a_list_no_longer_carries(csl, write, job, now):
    rows = [el(f"Firm {n}") for n in range(10)]
    for name, given in (("1.json", rows), ("2.json", rows[:-1]), ("3.json", [*rows[:-1], rows[0]])):
        lists.stage(source=csl, path=write(given, name=name), by=job, at=now, effective_on=now.date())
    assert [entry.names[0].text for entry in worlds.index()[0].entries] == [f"Firm {n}" for n in range(9)]


@pytest.mark.django_db(transaction=True)
def test_two_workers_on_one_party_open_one_hit(officer, kestrel, job, now):
    kestrel()
    party = make_party(by=officer, at=now, name=NAME, country="CN")
    worlds.world()
    gate, errors = threading.Barrier(4), []

    def run():
        try:
            gate.wait()
            screening.screen(party=party, trigger="manual", by=job, at=now)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (party.hits.count(), party.screenings.count()) == (1, 4)
    assert Event.objects.filter(verb="hit.opened").count() == 1
