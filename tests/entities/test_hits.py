import threading
from datetime import timedelta

import pytest
from django.db import Error, IntegrityError, connection, transaction

from entities import hits, screening
from entities.api.hits import HitViewSet
from entities.models import Hit
from exportctl import people
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from tests.factories import make_party

from .conftest import data_of, head, verbs_after


@pytest.fixture
def hit(officer, kestrel, now):
    kestrel()
    party = make_party(by=officer, at=now, name="Kestrel Avionics Research Institute", country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    return party.hits.get()


@pytest.fixture
def proposed(hit, officer, now):
    return hits.propose(
        hit=hit,
        outcome="false_positive",
        reason="different_place",
        differing_fact="Emden, not Beijing",
        by=officer,
        at=now,
    )


def test_propose_waits_for_another_person(hit, officer, now):
    before = head()
    done = hits.propose(
        hit=hit, outcome="true_match", reason="same_address", note=" Seen. ", by=officer, at=now
    )
    assert (done.status, done.outcome, done.reason, done.note) == (
        "proposed",
        "true_match",
        "same_address",
        "Seen.",
    )
    assert (done.proposed_by, done.proposed_at) == (officer, now)
    assert verbs_after(before) == ["hit.proposed"]


def test_propose_names_every_gap_at_once(hit, officer, now):
    with pytest.raises(Invalid) as refused:
        hits.propose(hit=hit, outcome="false_positive", reason="same_address", by=officer, at=now)
    assert [one.field for one in refused.value.blockers] == ["reason", "differing_fact"]
    with pytest.raises(Invalid) as refused:
        hits.propose(hit=hit, outcome="maybe", reason="whim", by=officer, at=now)
    assert [one.field for one in refused.value.blockers] == ["outcome", "reason"]
    assert Hit.objects.get(pk=hit.pk).status == "open"


def test_propose_twice_is_refused(proposed, approver, now):
    with pytest.raises(Refused) as refused:
        hits.propose(
            hit=proposed, outcome="true_match", reason="same_address", note="Seen.", by=approver, at=now
        )
    assert refused.value.blockers[0].code == "wrong_status"


def test_propose_by_a_machine_or_without_the_role_is_refused(hit, integration, filer, auditor, now):
    for actor in (integration, filer, auditor, people.job_user("screening")):
        with pytest.raises(NotAllowed):
            hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=actor, at=now)


def test_agree_by_another_person_closes_the_hit(proposed, approver, now):
    before = head()
    done = hits.agree(hit=proposed, by=approver, at=now)
    assert (done.status, done.outcome, done.agreed_by, done.closed_at) == (
        "closed",
        "false_positive",
        approver,
        now,
    )
    assert len(done.judged_print) == 64
    assert done.facts["listed"]["names"] == ["Kestrel Avionics Research Institute"]
    assert done.expires_on == now.date() + timedelta(days=180)
    assert verbs_after(before) == ["hit.agreed", "hit.closed"]
    assert data_of("hit.closed")["outcome"] == "false_positive"


def test_agree_by_the_proposer_is_refused_by_the_verb_and_by_the_database(hit, approver, now):
    done = hits.propose(
        hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=approver, at=now
    )
    with pytest.raises(Refused) as refused:
        hits.agree(hit=done, by=approver, at=now)
    assert [one.code for one in refused.value.blockers] == ["same_person"]
    done.status, done.agreed_by, done.closed_at = "closed", approver, now
    with pytest.raises(IntegrityError, match="entities_hit_four_eyes"), transaction.atomic():
        done.save()


def test_agree_by_an_officer_is_refused(proposed, officer2, now):
    with pytest.raises(NotAllowed):
        hits.agree(hit=proposed, by=officer2, at=now)


def test_agree_without_a_proposal_is_refused(hit, approver, now):
    with pytest.raises(Refused):
        hits.agree(hit=hit, by=approver, at=now)


def test_send_back_opens_the_hit_and_keeps_the_history_in_the_log(proposed, approver, now):
    done = hits.send_back(hit=proposed, reason="Which register?", by=approver, at=now)
    assert (done.status, done.outcome, done.differing_fact, done.proposed_by) == ("open", "", "", None)
    told = data_of("hit.returned")
    assert (told["why"], told["was"]["differing_fact"]) == ("Which register?", "Emden, not Beijing")


def test_send_back_without_a_reason_or_by_the_proposer_is_refused(proposed, approver, hit, now):
    with pytest.raises(Invalid):
        hits.send_back(hit=proposed, reason=" ", by=approver, at=now)
    hits.send_back(hit=proposed, reason="No", by=approver, at=now)
    own = hits.propose(
        hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=approver, at=now
    )
    with pytest.raises(Refused):
        hits.send_back(hit=own, reason="Mine", by=approver, at=now)


def test_reopen_a_closed_hit(proposed, approver, officer, now):
    closed = hits.agree(hit=proposed, by=approver, at=now)
    done = hits.reopen(hit=closed, reason="New letterhead seen.", by=officer, at=now)
    assert (done.status, done.agreed_by, done.closed_at, done.judged_print) == ("open", None, None, "")
    assert done.facts  # kept, to tell what changed since
    assert data_of("hit.reopened")["was"]["outcome"] == "false_positive"
    with pytest.raises(Refused):
        hits.reopen(hit=done, reason="Again", by=officer, at=now)


@pytest.mark.parametrize("verb", ["propose", "agree", "send_back", "reopen"])
def test_each_verb_leaves_nothing_when_the_log_refuses(verb, hit, officer, approver, now, refusing_log):
    if verb != "propose":
        hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now)
    if verb == "reopen":
        hits.agree(hit=hit, by=approver, at=now)
    stored = Hit.objects.filter(pk=hit.pk).values().get()
    more = {"propose": {"outcome": "true_match", "reason": "same_address", "note": "Seen."}, "agree": {}}.get(
        verb, {"reason": "Why"}
    )
    with refusing_log(), pytest.raises(Error):
        getattr(hits, verb)(hit=hit, by=approver, at=now, **more)
    assert Hit.objects.filter(pk=hit.pk).values().get() == stored


def test_next_actions_say_what_may_happen_and_what_blocks_it(
    proposed, officer, approver, auditor, integration, now
):
    def told(by):
        found = hits.next_actions(proposed, by, at=now)
        return {one.action: [b.code for b in one.blockers] for one in found}

    assert told(approver) == {"assign": [], "agree": [], "send_back": [], "undo": ["not_yours"]}
    assert told(officer) == {"assign": [], "undo": []}
    assert told(auditor) == told(integration) == {}
    proposed.proposed_by = approver
    assert told(approver) == {
        "assign": [],
        "agree": ["same_person"],
        "send_back": ["same_person"],
        "undo": [],
    }


def test_the_api_has_an_action_for_each_row_of_the_table():
    posts = {one.__name__ for one in HitViewSet.get_extra_actions() if "post" in one.mapping}
    assert posts - {"full"} == {one.action for one in hits.HITS}  # a look changes no hit


def test_every_reason_belongs_to_one_outcome_and_every_false_positive_needs_a_fact():
    assert {one.outcome for one in hits.REASONS.values()} == {"true_match", "false_positive"}
    assert all(one.needs_fact == (one.outcome == "false_positive") for one in hits.REASONS.values())


@pytest.mark.django_db(transaction=True)
def test_two_who_agree_at_once_close_it_once(hit, officer, approver, approver2, now):
    hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now)
    gate, results = threading.Barrier(2), []

    def agree(user):
        try:
            gate.wait()
            hits.agree(hit=hit, by=user, at=now)
            results.append("closed")
        except Refused as refused:
            results.append(refused.blockers[0].code)
        finally:
            connection.close()

    threads = [threading.Thread(target=agree, args=(user,)) for user in (approver, approver2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["closed", "wrong_status"]
    assert Event.objects.filter(verb="hit.closed").count() == 1
