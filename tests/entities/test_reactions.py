from datetime import timedelta

from django.utils import timezone

from entities import parties, reactions, screening
from entities.models import Screening
from exportctl import audit, outbox
from exportctl.models import Event, Job
from tests.factories import make_party

from .conftest import data_of, head, verbs_after

NAME = "Kestrel Avionics Research Institute"


def test_a_registered_party_is_screened_by_the_worker(officer, kestrel, drain):
    kestrel()
    drain()  # the version is settled before anybody is registered
    party = make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    assert screening.state(party) == "missing"
    drain()
    run = party.screenings.get()
    assert (screening.state(party), run.trigger, run.hits) == ("current", "registered", 1)
    assert Event.objects.get(verb="party.screened").data["by"]["name"] == "job:screening"


def test_a_changed_party_is_screened_once_for_two_changes(officer, kestrel, drain):
    kestrel()
    drain()  # the version is settled before anybody is registered
    now = timezone.now()
    party = make_party(by=officer, at=now)
    drain()
    parties.change(party=party, by=officer, at=now, version=1, name="Second GmbH")
    parties.change(party=party, by=officer, at=now, version=2, name=NAME, country="CN")
    drain()
    assert list(party.screenings.order_by("pk").values_list("trigger", "facts_version")) == [
        ("registered", 1),
        ("changed", 3),
    ]
    assert party.hits.count() == 1


def test_a_filed_application_has_every_party_screened_again(officer, kestrel, drain):
    kestrel()
    drain()  # the version is settled before anybody is registered
    now = timezone.now()
    found = [make_party(by=officer, at=now) for _ in range(2)]
    drain()
    with audit.action(by=officer, at=now) as log:
        log("application.submitted", found[0], parties=[party.pk for party in found])
    drain()
    assert [list(p.screenings.order_by("pk").values_list("trigger", flat=True)) for p in found] == [
        ["registered", "filed"]
    ] * 2


def test_a_published_list_screens_every_party_in_turns(officer, kestrel, drain, monkeypatch):
    kestrel()
    drain()  # the version is settled before anybody is registered
    now = timezone.now()
    found = [make_party(by=officer, at=now, name=f"Customer {n} GmbH") for n in range(4)]
    found.append(make_party(by=officer, at=now, name=NAME, country="CN"))
    drain()
    monkeypatch.setattr(reactions, "BATCH", 2)
    monkeypatch.setattr(reactions, "CHUNK_SECONDS", 0)
    kestrel(remarks="Second version")
    before = head()
    drain()
    assert set(screening.states(found).values()) == {"current"}
    assert verbs_after(before) == ["screening.batch"] * 3 + ["screening.finished"]
    told = data_of("screening.finished")
    assert (told["parties"], told["screened"], told["unaffected"], told["opened"], told["number"]) == (
        5,
        1,
        4,
        0,
        2,
    )
    job = Job.objects.filter(reader="screening.lists").latest("event_id")
    assert (job.state, job.done, job.total) == ("done", 5, 5)


def test_a_party_that_failed_without_lists_is_screened_when_one_is_published(officer, kestrel, drain):
    party = make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    drain()
    assert screening.state(party) == "failed"
    assert "No list is in force" in Job.objects.get(reader="screening.party").error
    kestrel()
    drain()
    assert screening.state(party) == "current"
    assert party.hits.count() == 1


def test_an_event_entered_late_is_answered_for_its_own_day(officer, kestrel, drain, now):
    kestrel()
    drain()  # the version is settled before anybody is registered
    day = now - timedelta(days=2000)
    party = make_party(by=officer, at=day)
    drain()
    assert party.screenings.get().at == day
    assert Event.objects.get(verb="party.screened").is_late


def test_a_job_delivered_twice_screens_once(officer, kestrel):
    kestrel()
    party = make_party(by=officer, at=timezone.now())
    outbox.pump(now=timezone.now())
    job = Job.objects.get(reader="screening.party")
    outbox.run(job.pk)
    outbox.run(job.pk)
    assert Screening.objects.filter(party=party).count() == 1
