"""The transition table by itself: what is legal, and what its guards say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exportctl import transitions
from exportctl.roles import JOB_PERMISSIONS, ROLES
from exportctl.transitions import Blocker
from licenses import workflow
from licenses.guards import Denied, Positions, Ruled
from licenses.models import Outcome
from licenses.workflow import CLOSED, OUTCOMES, TRANSITIONS, CaseFacts, PartyFact, Status

EVERYTHING = frozenset().union(*(role.permissions for role in ROLES.values())) | JOB_PERMISSIONS
TODAY = date(2026, 8, 6)
SPLIT = Positions(objecting=("Defense",), approving=("State",))
READY = CaseFacts(
    status=Status.REFERRED,
    permissions=EVERYTHING,
    is_person=True,
    actor_id=2,
    parties=(PartyFact("Nordhafen", "current", 0),),
    proposal="approve",
    proposed_by=1,
)


def blocked(facts: CaseFacts, action: str) -> set[str]:
    offered = {each.action: each for each in workflow.next_actions(facts)}
    return {blocker.code for blocker in offered[action].blockers}


def test_every_permission_of_the_table_is_held_by_someone() -> None:
    assert {row.permission for row in TRANSITIONS} <= EVERYTHING


def test_every_action_is_in_the_table_once() -> None:
    actions = [row.action for row in TRANSITIONS]
    assert len(actions) == len(set(actions)) == 45


def test_every_outcome_has_a_status_and_every_status_words() -> None:
    assert set(OUTCOMES) == set(Outcome.values)
    assert set(workflow.WORDS) == set(Status)


@pytest.mark.parametrize("status", CLOSED)
def test_nothing_leaves_a_closed_case(status: Status) -> None:
    """A change of facts is reported after the license too (748.6(f)), its conditions are shown as met or waived
    (750.7(d)), a decision is corrected; all leave the case where it is. A denial can be appealed (756.2)."""
    told = {"report_change", "meet_condition", "waive_condition"} if status in workflow.LICENSED else set()
    if status not in (Status.WITHDRAWN, Status.RETURNED_UNREGISTERED):
        told |= {"correct", "countersign_correction", "send_back"}
    appeal = {"appeal"} if status == Status.DENIED else set()
    assert {each.action for each in workflow.next_actions(replace(READY, status=status))} == told | appeal
    assert {row.action for row in TRANSITIONS if workflow.targets(row.action, status) - {status}} == appeal


def test_every_status_is_reached_from_draft() -> None:
    reached, frontier = {Status.DRAFT}, [Status.DRAFT]
    while frontier:
        status = frontier.pop()
        for row in TRANSITIONS:
            for target in workflow.targets(row.action, status):
                if target not in reached:
                    reached.add(Status(target))
                    frontier.append(Status(target))
    assert reached == set(Status)


def test_a_denial_goes_through_the_letter_on_the_office_route() -> None:
    leads_to_denied = {
        (row.action, status)
        for row in TRANSITIONS
        for status in Status
        if Status.DENIED in workflow.targets(row.action, status) - {status}
    }
    assert leads_to_denied == {
        ("lapse", Status.INTENT_TO_DENY), ("record_decision", Status.FILED), ("countersign", Status.APPEAL),
        ("withdraw_appeal", Status.APPEAL),
    }  # fmt: skip


def test_an_escalation_leads_one_rung_up_and_from_nowhere_else() -> None:
    assert {status: workflow.targets("escalate", status) for status in Status} == {
        status: frozenset() for status in Status
    } | {
        Status.COMMITTEE: {Status.ACEP}, Status.ACEP: {Status.EARB}, Status.EARB: {Status.PRESIDENT},
    }  # fmt: skip


def test_every_pair_of_state_and_action_is_legal_or_refused() -> None:
    """All pairs: from a state outside its row an action leads nowhere and says so; inside, to states there are."""
    for status in Status:
        facts = replace(READY, status=status)
        offered = {each.action for each in workflow.next_actions(facts)}
        for row in TRANSITIONS:
            led = workflow.targets(row.action, status)
            found = {blocker.code for blocker in transitions.blockers(row, facts)}
            assert (
                (status in row.sources)
                == bool(led)
                == (row.action in offered)
                == ("wrong_status" not in found)
            )
            assert led <= set(Status)
            assert row.target is None or led in (frozenset(), {row.target})
            assert not row.clock or row.citation or row.action in ("withdraw", "record_decision")


def test_a_return_without_action_stays_possible_before_every_decision() -> None:
    """On each rung, ruled or not: nothing of the ladder stands against a return (750.4(a)(2))."""
    rungs = [
        None, Ruled("Operating Committee"), Ruled("Operating Committee", "deny", TODAY, TODAY, open=True),
        Ruled("Operating Committee", "approve", TODAY, TODAY, open=False),
    ]  # fmt: skip
    for status in (*workflow.IN_REVIEW, Status.INTENT_TO_DENY):
        for ruled in rungs:
            facts = replace(READY, status=status, proposal="return", ruled=ruled, positions=SPLIT)
            assert blocked(facts, "countersign") == set()


@pytest.mark.parametrize(
    ("ruled", "outcome", "code"),
    [
        (Ruled("Operating Committee"), "approve", "no_ruling"),
        (Ruled("Operating Committee", "approve", TODAY, TODAY, open=True), "approve", "ruling_open"),
        (Ruled("Operating Committee", "deny", TODAY, TODAY), "approve", "ruling_contradicted"),
        (Ruled("Operating Committee", "approve_conditions", TODAY, TODAY), "approve", "ruling_contradicted"),
        (Ruled("Operating Committee", "approve", TODAY, TODAY), "intend_to_deny", "ruling_contradicted"),
        (Ruled("Operating Committee", "approve", TODAY, TODAY), "approve", None),
        (Ruled("Operating Committee", "deny", TODAY, TODAY), "intend_to_deny", None),
    ],
)
def test_a_decision_waits_for_the_ruling_and_follows_it(ruled: Ruled, outcome: str, code: str | None) -> None:
    facts = replace(READY, status=Status.COMMITTEE, ruled=ruled, proposal=outcome)
    assert blocked(facts, "countersign") == ({code} if code else set())


@pytest.mark.parametrize(
    ("positions", "outcome", "stands"),
    [
        (Positions(), "approve", False),
        (Positions(approving=("State",)), "approve", False),
        (Positions(approving=("State",)), "intend_to_deny", True),
        (Positions(objecting=("Defense",)), "approve", True),
        (Positions(objecting=("Defense",)), "intend_to_deny", False),
        (Positions(objecting=("Defense",), indifferent=("State",)), "intend_to_deny", False),
        (Positions(objecting=("Defense",), indifferent=("State",)), "approve", True),
        (Positions(objecting=("Defense",), approving=("State",)), "approve", True),
        (Positions(objecting=("Defense",), approving=("State",)), "intend_to_deny", True),
    ],
)
def test_agencies_that_differ_go_to_the_committee(positions: Positions, outcome: str, stands: bool) -> None:
    facts = replace(READY, positions=positions, proposal=outcome)
    assert blocked(facts, "countersign") == ({"agencies_differ"} if stands else set())


@pytest.mark.parametrize(
    ("positions", "codes"),
    [
        (Positions(objecting=("Defense",), approving=("State",)), set()),
        (Positions(objecting=("Defense",), indifferent=("State",)), set()),
        (Positions(objecting=("Defense", "State")), {"no_dispute"}),
        (Positions(approving=("Defense", "State")), {"no_dispute"}),
        (Positions(), {"no_dispute"}),
    ],
)
def test_convene_needs_an_objection_and_a_body_without_one(positions: Positions, codes: set[str]) -> None:
    facts = replace(READY, proposal="", proposed_by=None, positions=positions)
    assert blocked(facts, "convene") == codes
    assert blocked(replace(facts, waiting_bodies=("Energy",)), "convene") == codes | {"position_missing"}


def test_escalate_is_for_a_body_that_dissented_within_five_days() -> None:
    ruled = Ruled(
        "Operating Committee", "approve", TODAY, TODAY, open=True, dissenting=frozenset({"defense"})
    )
    facts = replace(READY, status=Status.COMMITTEE, ruled=ruled, seats=frozenset({"defense"}))
    assert blocked(facts, "escalate") == set()
    assert blocked(replace(facts, seats=frozenset({"state"})), "escalate") == {"no_dissent"}
    assert blocked(replace(facts, ruled=replace(ruled, open=False)), "escalate") == {"too_late"}
    assert blocked(replace(facts, ruled=Ruled("Operating Committee")), "escalate") == {"no_ruling"}
    called = replace(facts, status=Status.ACEP, seats=frozenset(), ruled=replace(ruled, secretary=True))
    assert blocked(called, "escalate") == set()
    agency = replace(called, permissions=frozenset({"ladder.escalate"}))
    assert blocked(agency, "escalate") == {"no_dissent"}


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, set()),
        ({"final": False}, {"not_denied_yet"}),
        ({"late": True}, {"appeal_late"}),
        ({"appealed": True}, {"appealed"}),
    ],
)
def test_appeal_asks_for_a_final_denial_its_days_and_no_appeal_before(change: dict, codes: set[str]) -> None:
    denied = Denied(TODAY, TODAY, final=True, appeal_until=TODAY, late=False)
    facts = replace(READY, status=Status.DENIED, denied=replace(denied, **change))
    assert blocked(facts, "appeal") == codes
    assert blocked(replace(facts, denied=None), "appeal") == {"no_denial"}


def test_countersign_without_anything_against_it() -> None:
    assert blocked(READY, "countersign") == set()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"parties": (PartyFact("A", "missing", 0),)}, "screening_missing"),
        ({"parties": (PartyFact("A", "stale", 0),)}, "screening_stale"),
        ({"parties": (PartyFact("A", "failed", 0),)}, "screening_failed"),
        ({"parties": (PartyFact("A", "current", 1),)}, "hit_open"),
        ({"parties": (PartyFact("A", "current", 0, ended_orders=1),)}, "order_ended"),
        ({"stale_lists": ("Consolidated Screening List",)}, "list_stale"),
        ({"waiting_bodies": ("Defense",)}, "position_missing"),
        ({"own_waiting": (("Legal", TODAY),)}, "own_body_waiting"),
        ({"own_objecting": ("Legal",)}, "own_body_objects"),
        ({"open_holds": ("pre-license check",)}, "clock_stopped"),
        ({"live_conditions": 1}, "conditions_live"),
        ({"proposal": "approve_conditions"}, "no_conditions"),
        (
            {"proposal": "approve_conditions", "live_conditions": 1, "unaccepted_conditions": (1,)},
            "condition_open",
        ),
        ({"policy_holds": ("Approvals stopped.",)}, "policy_hold"),
        (
            {"overrides": "presumption of denial", "permissions": EVERYTHING - {"decision.override"}},
            "senior_needed",
        ),
        ({"correcting": True}, "correction_open"),
        (
            {
                "proposal": "approve_conditions",
                "live_conditions": 1,
                "unaccepted_conditions": (1,),
                "declined_conditions": (1,),
            },
            "condition_declined",
        ),
        ({"proposed_by": 2}, "same_person"),
        ({"proposal": "", "proposed_by": None}, "no_proposal"),
        ({"final_since": date(2021, 1, 4)}, "denial_final"),
    ],
)
def test_countersign_names_what_stands_against_it(change: dict, code: str) -> None:
    assert blocked(replace(READY, **change), "countersign") == {code}


def test_countersign_names_all_at_once() -> None:
    facts = replace(
        READY,
        parties=(PartyFact("A", "stale", 2), PartyFact("B", "missing", 0)),
        waiting_bodies=("Defense", "State"),
        open_holds=("pre-license check",),
        live_conditions=1,
        unaccepted_conditions=(1,),
        proposed_by=2,
    )
    assert blocked(facts, "countersign") == {
        "screening_stale", "screening_missing", "hit_open", "position_missing", "clock_stopped", "condition_open",
        "conditions_live", "same_person",
    }  # fmt: skip


def test_return_without_action_needs_only_a_second_person() -> None:
    facts = replace(
        READY,
        proposal="return",
        parties=(PartyFact("A", "missing", 1),),
        waiting_bodies=("State",),
        open_holds=("x",),
    )
    assert blocked(facts, "countersign") == set()
    assert blocked(replace(facts, proposed_by=2), "countersign") == {"same_person"}


def test_denial_asks_for_screening_but_not_for_conditions() -> None:
    facts = replace(READY, proposal="intend_to_deny", live_conditions=1, unaccepted_conditions=(1,))
    assert blocked(facts, "countersign") == set()
    assert blocked(replace(facts, parties=(PartyFact("A", "missing", 0),)), "countersign") == {
        "screening_missing"
    }


def test_a_machine_is_offered_only_the_clock() -> None:
    offered = {
        each.action
        for status in Status
        for each in workflow.next_actions(replace(READY, status=status, is_person=False))
    }
    assert offered == {"lapse"}


@given(
    st.sampled_from(list(Status)),
    st.sets(st.sampled_from(sorted(EVERYTHING))),
    st.booleans(),
    st.sampled_from(["office", "company"]),
    st.sampled_from(["", *OUTCOMES]),
    st.sampled_from([None, 1, 2]),
    st.lists(st.sampled_from(["missing", "stale", "failed", "current"]), max_size=3),
    st.integers(0, 2),
)
def test_what_is_offered_is_legal_and_permitted(
    status: Status, permissions: set[str], person: bool, route: str, proposal: str, by: int | None,
    screenings: list[str], open_hits: int,
) -> None:  # fmt: skip
    facts = replace(
        READY, status=status, permissions=frozenset(permissions), is_person=person, route=route, proposal=proposal,
        proposed_by=by, parties=tuple(PartyFact("A", each, open_hits) for each in screenings),
    )  # fmt: skip
    for offer in workflow.next_actions(facts):
        assert status in offer.transition.sources
        assert offer.transition.permission in permissions
        assert person or offer.action == "lapse"
        assert workflow.targets(offer.action, status)
        assert all(isinstance(each, Blocker) and each.message and each.code for each in offer.blockers)
        assert all(each.remedy for each in offer.blockers)
        if offer.action == "countersign" and offer.allowed and proposal != "return":
            assert set(screenings) <= {"current"}
            assert open_hits == 0 or not screenings
            assert proposal
            assert by != READY.actor_id


def test_filing_waits_for_the_bodies_of_ones_own_and_their_objection() -> None:
    facts = replace(READY, status=Status.INTERNAL_REVIEW, route="company", proposal="", proposed_by=None)
    assert blocked(facts, "mark_filed") == set()
    held = replace(facts, own_waiting=(("Legal", TODAY),), own_objecting=("Engineering",))
    assert blocked(held, "mark_filed") == {"own_body_waiting", "own_body_objects"}
    told = [each.message for each in workflow.ask.own_bodies_answered(held)]
    assert len(told) == 1 and told[0].startswith("Legal has not answered; its target day is ")


def test_an_objection_of_ones_own_holds_no_denial_and_no_return() -> None:
    facts = replace(READY, own_objecting=("Legal",))
    assert blocked(replace(facts, proposal="intend_to_deny"), "countersign") == set()
    assert blocked(replace(facts, proposal="return", own_waiting=(("Legal", TODAY),)), "countersign") == set()


def test_bodies_of_ones_own_are_no_party_to_a_dispute() -> None:
    facts = replace(READY, status=Status.REFERRED, proposal="", proposed_by=None, own_objecting=("Legal",))
    assert blocked(facts, "convene") == {"no_dispute"}


@pytest.mark.parametrize("action", ["stop_clock", "propose_condition", "ask_question", "resume_clock"])
def test_what_the_law_gives_to_agencies_is_not_for_a_body_of_ones_own(action: str) -> None:
    facts = replace(
        READY, status=Status.REFERRED, proposal="", proposed_by=None, by_body=True, seats=frozenset({"legal"}),
        own_lanes=frozenset({"legal"}), open_lanes=frozenset({"defense"}), open_holds=("x",),
    )  # fmt: skip
    assert blocked(facts, action) == {"not_an_agency"}
    assert blocked(replace(facts, seats=frozenset({"defense"})), action) == set()
    assert blocked(replace(facts, by_body=False), action) == set()
